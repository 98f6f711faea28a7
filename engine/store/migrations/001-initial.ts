/**
 * The first schema. Comments inside the statements are kept by SQLite and become SCHEMA.md.
 * NaN cannot be stored as REAL (SQLite turns it into NULL), so a column that may hold it is ANY and NaN is the text
 * 'NaN'; ±Infinity are REAL. Times are UTC milliseconds.
 */
export const initial = `
CREATE TABLE keys (
  key_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE -- a metric, param or tag key; stored once
) STRICT;

CREATE TABLE experiments (
  experiment_id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  script TEXT, -- relative to the store's folder, where a script began it
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  deleted INTEGER -- when it was deleted, else NULL
) STRICT;

CREATE TABLE experiment_tags (
  experiment_id INTEGER NOT NULL REFERENCES experiments ON DELETE CASCADE,
  key_id INTEGER NOT NULL REFERENCES keys,
  value TEXT NOT NULL,
  PRIMARY KEY (experiment_id, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE launches (
  launch_key INTEGER PRIMARY KEY,
  launch_id TEXT NOT NULL UNIQUE,
  run_key INTEGER, -- the run that it began with
  adopted INTEGER NOT NULL DEFAULT 0, -- 1 once a run of the script's own client took that run over
  experiment_id INTEGER NOT NULL REFERENCES experiments, -- where runs go that name no experiment
  command TEXT NOT NULL, -- JSON array of words
  cwd TEXT NOT NULL,
  script TEXT, -- relative to the store's folder
  origin TEXT NOT NULL, -- editor, cli, debug, notebook
  status TEXT NOT NULL,
  exit_code INTEGER,
  signal TEXT,
  pid INTEGER,
  pty INTEGER NOT NULL DEFAULT 1,
  start INTEGER NOT NULL,
  end INTEGER,
  interpreter TEXT,
  host TEXT NOT NULL DEFAULT '{}', -- JSON object
  packages TEXT NOT NULL DEFAULT '[]', -- JSON array of {name, version}
  environment TEXT NOT NULL DEFAULT '{}', -- JSON object, secrets masked
  code TEXT, -- JSON, CodeState of engine/api/runs.ts
  notes TEXT NOT NULL DEFAULT '[]', -- JSON array of what could not be captured
  log_bytes INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE launch_offsets (
  launch_key INTEGER NOT NULL REFERENCES launches ON DELETE CASCADE,
  stream TEXT NOT NULL, -- events, log, samples
  offset INTEGER NOT NULL, -- bytes whose effects are stored
  PRIMARY KEY (launch_key, stream)
) STRICT, WITHOUT ROWID;

CREATE TABLE launch_files (
  launch_key INTEGER NOT NULL REFERENCES launches ON DELETE CASCADE,
  direction TEXT NOT NULL, -- input, output
  path TEXT NOT NULL,
  bytes INTEGER,
  digest TEXT, -- sha256:<hex>, or sampled-sha256:<hex>
  file TEXT, -- where in the code
  line INTEGER,
  model TEXT, -- JSON object from a model file's header
  time INTEGER NOT NULL,
  PRIMARY KEY (launch_key, direction, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE launch_sites (
  launch_key INTEGER NOT NULL REFERENCES launches ON DELETE CASCADE,
  key_id INTEGER NOT NULL REFERENCES keys, -- a metric
  file TEXT NOT NULL, -- relative to the store's folder: where it is logged
  line INTEGER NOT NULL, -- 1-based
  PRIMARY KEY (launch_key, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE launch_blobs (
  launch_key INTEGER NOT NULL REFERENCES launches ON DELETE CASCADE,
  kind TEXT NOT NULL, -- patch: what changed against the commit; source: a whole file
  path TEXT NOT NULL, -- '' for the patch, else relative to the repository or the folder
  digest TEXT NOT NULL, -- sha256:<hex> of the blob in artifacts/
  bytes INTEGER NOT NULL,
  PRIMARY KEY (launch_key, kind, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  run_key INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE,
  experiment_id INTEGER NOT NULL REFERENCES experiments,
  launch_key INTEGER REFERENCES launches,
  parent_key INTEGER REFERENCES runs,
  name TEXT NOT NULL DEFAULT '',
  name_from TEXT NOT NULL DEFAULT 'none', -- person, client, none
  user TEXT,
  status TEXT NOT NULL, -- scheduled, running, finished, failed, killed, lost
  start INTEGER NOT NULL,
  end INTEGER,
  deleted INTEGER, -- when it was deleted, else NULL
  starred INTEGER NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  color INTEGER NOT NULL, -- index into the run palette, kept
  error TEXT, -- why it did not finish, one line
  progress TEXT, -- 340/1000
  exception TEXT, -- JSON, RunException of engine/api/runs.ts, with its time
  request TEXT -- digest of the call that made it, to know the same call again
) STRICT;
CREATE INDEX runs_by_launch ON runs (launch_key);
CREATE INDEX runs_by_parent ON runs (parent_key);
CREATE INDEX runs_by_experiment ON runs (experiment_id);
CREATE INDEX runs_by_request ON runs (request) WHERE request IS NOT NULL;

CREATE TABLE metrics (
  run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  key_id INTEGER NOT NULL REFERENCES keys,
  step INTEGER NOT NULL,
  time INTEGER NOT NULL,
  value ANY NOT NULL, -- REAL, or the text NaN
  PRIMARY KEY (run_key, key_id, step, time, value) -- the same point sent twice is one point
) STRICT, WITHOUT ROWID;

CREATE TABLE latest (
  run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  key_id INTEGER NOT NULL REFERENCES keys,
  value ANY NOT NULL, -- of the greatest (step, time, value)
  step INTEGER NOT NULL,
  time INTEGER NOT NULL,
  min REAL, -- over all points that are no NaN
  max REAL,
  points INTEGER NOT NULL,
  origin TEXT NOT NULL, -- client, script, logger, printed, system
  PRIMARY KEY (run_key, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE params (
  run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  key_id INTEGER NOT NULL REFERENCES keys,
  source TEXT NOT NULL, -- client, script, argument, config, default, printed
  value TEXT NOT NULL,
  PRIMARY KEY (run_key, key_id, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE tags (
  run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  key_id INTEGER NOT NULL REFERENCES keys,
  value TEXT NOT NULL,
  PRIMARY KEY (run_key, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE datasets (
  dataset_key INTEGER PRIMARY KEY,
  experiment_id INTEGER NOT NULL REFERENCES experiments,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  source_type TEXT NOT NULL,
  source TEXT NOT NULL,
  schema TEXT,
  profile TEXT,
  UNIQUE (experiment_id, name, digest)
) STRICT;

CREATE TABLE run_datasets (
  run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  dataset_key INTEGER NOT NULL REFERENCES datasets,
  tags TEXT NOT NULL DEFAULT '[]', -- JSON array of {key, value}
  PRIMARY KEY (run_key, dataset_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE models (
  model_key INTEGER PRIMARY KEY,
  model_id TEXT NOT NULL UNIQUE, -- m-<32 hex>
  experiment_id INTEGER NOT NULL REFERENCES experiments,
  name TEXT NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  status TEXT NOT NULL, -- LOGGED_MODEL_PENDING, LOGGED_MODEL_READY, LOGGED_MODEL_UPLOAD_FAILED
  model_type TEXT,
  source_run TEXT, -- run_id
  deleted INTEGER,
  request TEXT -- digest of the call that made it
) STRICT;
CREATE INDEX models_by_request ON models (request) WHERE request IS NOT NULL;

CREATE TABLE model_values (
  model_key INTEGER NOT NULL REFERENCES models ON DELETE CASCADE,
  kind TEXT NOT NULL, -- param, tag
  key_id INTEGER NOT NULL REFERENCES keys,
  value TEXT NOT NULL,
  PRIMARY KEY (model_key, kind, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE model_metrics (
  model_key INTEGER NOT NULL REFERENCES models ON DELETE CASCADE,
  run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  key_id INTEGER NOT NULL REFERENCES keys,
  step INTEGER NOT NULL,
  time INTEGER NOT NULL,
  value ANY NOT NULL,
  dataset_name TEXT,
  dataset_digest TEXT,
  PRIMARY KEY (model_key, run_key, key_id, step, time, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_models (
  run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  direction TEXT NOT NULL, -- input, output
  model_id TEXT NOT NULL,
  step INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (run_key, direction, model_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE artifacts (
  root TEXT NOT NULL, -- run:<run_id> or model:<model_id>
  path TEXT NOT NULL, -- relative to the root, / as separator
  bytes INTEGER NOT NULL,
  digest TEXT NOT NULL, -- sha256:<hex>
  time INTEGER NOT NULL,
  PRIMARY KEY (root, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX artifacts_by_digest ON artifacts (digest);

CREATE VIEW v_runs AS
  SELECT r.run_id, l.launch_id, r.experiment_id, e.name AS experiment, r.name, p.run_id AS parent_run_id, r.user, r.status,
         r.start, r.end, r.deleted, r.starred, r.note, r.error, l.script, l.command, l.exit_code, l.signal
  FROM runs r JOIN experiments e USING (experiment_id)
  LEFT JOIN launches l ON l.launch_key = r.launch_key LEFT JOIN runs p ON p.run_key = r.parent_key;

CREATE VIEW v_metrics AS -- value is NULL and is_nan 1 where it is NaN
  SELECT r.run_id, k.name AS key, m.step, m.time, CASE WHEN typeof(m.value) = 'text' THEN NULL ELSE m.value END AS value,
         typeof(m.value) = 'text' AS is_nan
  FROM metrics m JOIN runs r USING (run_key) JOIN keys k USING (key_id);

CREATE VIEW v_params AS
  SELECT r.run_id, k.name AS key, p.source, p.value FROM params p JOIN runs r USING (run_key) JOIN keys k USING (key_id);

CREATE VIEW v_tags AS
  SELECT r.run_id, k.name AS key, t.value FROM tags t JOIN runs r USING (run_key) JOIN keys k USING (key_id);

INSERT INTO experiments (experiment_id, name, created, updated) VALUES (0, 'Default', 0, 0);
`;
