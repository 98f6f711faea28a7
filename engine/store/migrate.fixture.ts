import { openConnection } from "./connection.ts";
import { latestVersion, migrate, migrations } from "./migrations.ts";

/** `node migrate.fixture.ts FILE`: a migration that fills a new table for a long time, to be killed in it. */
const [file = ""] = process.argv.slice(2);
const slow = `
CREATE TABLE filled (number INTEGER PRIMARY KEY, text TEXT) STRICT;
INSERT INTO filled SELECT value, printf('%0200d', value) FROM (WITH RECURSIVE count(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM count LIMIT 5000000) SELECT value FROM count);
`;
const db = openConnection(file, "write");
// Pages go to the log while the transaction is open, as they do in a large store.
db.pragma("cache_size = 50");
migrate(db, [...migrations, { version: latestVersion() + 1, sql: slow }]);
