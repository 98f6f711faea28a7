/** SQL of a step that fills a new table for a long time, to be killed in it. */
export const slowMigration = `
CREATE TABLE filled (number INTEGER PRIMARY KEY, text TEXT) STRICT;
INSERT INTO filled SELECT value, printf('%0200d', value) FROM (WITH RECURSIVE count(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM count LIMIT 5000000) SELECT value FROM count);
`;
