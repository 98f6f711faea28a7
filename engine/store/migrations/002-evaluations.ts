/** Evaluations of predictions files: what was mapped and measured; the rows stay in the file. */
export const evaluations = `
CREATE TABLE evaluations (
  evaluation_id TEXT PRIMARY KEY,  -- of path, size, time of change and mapping: the same file evaluated again is the same
  path          TEXT NOT NULL,     -- relative to the store's folder where it lies under it, else absolute
  run_id        TEXT,              -- the run whose output the file is
  task          TEXT NOT NULL,     -- binary, multiclass, regression
  n             INTEGER NOT NULL,  -- rows with a label and a prediction
  bytes         INTEGER NOT NULL,
  modified      REAL NOT NULL,     -- UTC ms, of the file
  created       INTEGER NOT NULL,  -- UTC ms
  mapping       TEXT NOT NULL,     -- JSON: roles of the columns
  metrics       TEXT NOT NULL,     -- JSON: estimates by name
  summary       TEXT NOT NULL      -- JSON: first metric, error, worst slice, number of weak slices
) STRICT;
CREATE INDEX evaluations_path ON evaluations (path, created);
CREATE INDEX evaluations_run ON evaluations (run_id) WHERE run_id IS NOT NULL;

CREATE VIEW v_evaluations AS
  SELECT e.evaluation_id, e.path, e.run_id, e.task, e.n, e.created, m.key AS metric, m.value ->> 'value' AS value, m.value ->> 'low' AS low,
         m.value ->> 'high' AS high, m.value ->> 'method' AS method
  FROM evaluations e, json_each(e.metrics) m;
`;
