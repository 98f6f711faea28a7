import { openConnection } from "./connection.ts";
import { latestVersion, migrate, migrations } from "./migrations.ts";
import { slowMigration } from "./slowMigration.fixture.ts";

/** `node migrate.fixture.ts FILE`: migrates slowly, to be killed in it. */
const [file = ""] = process.argv.slice(2);
const db = openConnection(file, "write");
// Pages go to the log while the transaction is open, as they do in a large store.
db.pragma("cache_size = 50");
migrate(db, [...migrations, { version: latestVersion() + 1, sql: slowMigration }]);
