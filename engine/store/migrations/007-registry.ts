/** MLflow's model registry, and its evaluation datasets. */
export const registry = `
CREATE TABLE registered_models (
  registered_key INTEGER PRIMARY KEY,
  name           TEXT NOT NULL UNIQUE,
  created        INTEGER NOT NULL,
  updated        INTEGER NOT NULL,
  description    TEXT,
  request        TEXT               -- digest of the call that made it
) STRICT;

CREATE TABLE registered_tags (
  registered_key INTEGER NOT NULL REFERENCES registered_models ON DELETE CASCADE,
  key_id         INTEGER NOT NULL REFERENCES keys,
  value          TEXT NOT NULL,
  PRIMARY KEY (registered_key, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE registered_aliases (
  registered_key INTEGER NOT NULL REFERENCES registered_models ON DELETE CASCADE,
  alias          TEXT NOT NULL,
  version        INTEGER NOT NULL,
  PRIMARY KEY (registered_key, alias)
) STRICT, WITHOUT ROWID;

CREATE TABLE model_versions (
  version_key    INTEGER PRIMARY KEY,
  registered_key INTEGER NOT NULL REFERENCES registered_models ON DELETE CASCADE,
  version        INTEGER NOT NULL,   -- 1, 2, …; the number of a deleted one is not given again
  created        INTEGER NOT NULL,
  updated        INTEGER NOT NULL,
  description    TEXT,
  user           TEXT,
  stage          TEXT NOT NULL,      -- None, Staging, Production, Archived
  source         TEXT NOT NULL,      -- what was registered: models:/…, runs:/…, mlflow-artifacts:/…, s3://…
  location       TEXT NOT NULL,      -- where its files are: the source with models:/ followed
  run_id         TEXT,
  run_link       TEXT,
  model_id       TEXT,               -- the logged model that it was made of
  status         TEXT NOT NULL,      -- READY, PENDING_REGISTRATION, FAILED_REGISTRATION
  status_message TEXT,
  deleted        INTEGER,            -- when it was deleted, else NULL; then what it held is gone
  request        TEXT,               -- digest of the call that made it
  UNIQUE (registered_key, version)
) STRICT;
CREATE INDEX model_versions_by_request ON model_versions (request) WHERE request IS NOT NULL;
CREATE INDEX model_versions_by_run ON model_versions (run_id) WHERE run_id IS NOT NULL;

CREATE TABLE model_version_tags (
  version_key INTEGER NOT NULL REFERENCES model_versions ON DELETE CASCADE,
  key_id      INTEGER NOT NULL REFERENCES keys,
  value       TEXT NOT NULL,
  PRIMARY KEY (version_key, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE evaluation_datasets (
  dataset_key INTEGER PRIMARY KEY,
  dataset_id  TEXT NOT NULL UNIQUE,  -- d-<32 hex>
  name        TEXT NOT NULL,
  schema      TEXT,                  -- JSON: type by field of inputs, outputs, expectations
  profile     TEXT,                  -- JSON: {"num_records": n}
  digest      TEXT NOT NULL,
  created     INTEGER NOT NULL,
  updated     INTEGER NOT NULL,
  created_by  TEXT,
  updated_by  TEXT,
  request     TEXT                   -- digest of the call that made it
) STRICT;

CREATE TABLE evaluation_dataset_tags (
  dataset_key INTEGER NOT NULL REFERENCES evaluation_datasets ON DELETE CASCADE,
  key         TEXT NOT NULL,
  value       TEXT NOT NULL,
  UNIQUE (dataset_key, key)
) STRICT;

CREATE TABLE evaluation_dataset_experiments (
  dataset_key   INTEGER NOT NULL REFERENCES evaluation_datasets ON DELETE CASCADE,
  experiment_id TEXT NOT NULL,
  UNIQUE (dataset_key, experiment_id)
) STRICT;

CREATE TABLE evaluation_records (
  record_id    TEXT PRIMARY KEY,     -- dr-<32 hex>
  dataset_key  INTEGER NOT NULL REFERENCES evaluation_datasets ON DELETE CASCADE,
  inputs       TEXT NOT NULL,        -- JSON of the Python kind: NaN and Infinity may stand in it
  outputs      TEXT,
  expectations TEXT,
  tags         TEXT NOT NULL,
  source       TEXT,
  source_id    TEXT,
  source_type  TEXT,                 -- UNSPECIFIED, TRACE, HUMAN, DOCUMENT, CODE
  created      INTEGER NOT NULL,
  updated      INTEGER NOT NULL,
  created_by   TEXT,
  updated_by   TEXT,
  input_hash   TEXT NOT NULL,        -- sha-256 of the inputs, keys in order: the same inputs are the same record
  UNIQUE (dataset_key, input_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX evaluation_records_in_order ON evaluation_records (dataset_key, created, record_id);

CREATE VIEW v_model_versions AS
  SELECT m.name, v.version, v.stage, v.status, v.source, v.location, v.run_id, v.model_id, v.description, v.created, v.updated,
         (SELECT json_group_array(a.alias) FROM registered_aliases a WHERE a.registered_key = v.registered_key AND a.version = v.version) AS aliases
  FROM model_versions v JOIN registered_models m USING (registered_key) WHERE v.deleted IS NULL;
`;
