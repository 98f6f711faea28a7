/** What was imported from foreign trackers: which source, how far it was read, and what each of its things is here. */
export const sources = `
CREATE TABLE sources (
  source_key INTEGER PRIMARY KEY,
  path TEXT NOT NULL,           -- relative to the store's folder where it lies under it, else absolute; / between its parts
  format TEXT NOT NULL,         -- mlruns, mlflow-db, tensorboard, …
  imported INTEGER NOT NULL,    -- when it was read last
  follow INTEGER NOT NULL DEFAULT 0, -- 1: it is read on while it grows
  UNIQUE (path, format)
) STRICT;

CREATE TABLE source_files (
  source_key INTEGER NOT NULL REFERENCES sources ON DELETE CASCADE,
  file TEXT NOT NULL,           -- relative to the source
  inode TEXT NOT NULL,          -- a file of another inode is another file
  offset INTEGER NOT NULL,      -- bytes that were taken in
  state TEXT,                   -- what the reader must know to go on there
  PRIMARY KEY (source_key, file)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_experiments (
  source_key INTEGER NOT NULL REFERENCES sources ON DELETE CASCADE,
  key TEXT NOT NULL,            -- the id that it has in the source; MLflow's go beyond 2^53
  experiment_id INTEGER NOT NULL REFERENCES experiments ON DELETE CASCADE,
  own INTEGER NOT NULL,         -- 1 where the import made it
  said TEXT NOT NULL,           -- JSON: what the source said last; only what it says anew is applied
  PRIMARY KEY (source_key, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_runs (
  source_key INTEGER NOT NULL REFERENCES sources ON DELETE CASCADE,
  key TEXT NOT NULL,
  run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  own INTEGER NOT NULL,         -- 0: a run that was tracked here; nothing of the source is applied to it
  parent TEXT,                  -- key of the run that it is a child of
  said TEXT NOT NULL,           -- JSON, as above
  tags TEXT NOT NULL DEFAULT '{}', -- JSON: what the source said last of each tag
  PRIMARY KEY (source_key, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_runs_by_run ON source_runs (run_key);
CREATE INDEX source_runs_by_parent ON source_runs (source_key, parent) WHERE parent IS NOT NULL;

CREATE TABLE source_items (     -- models, registered models, versions, traces
  source_key INTEGER NOT NULL REFERENCES sources ON DELETE CASCADE,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  digest TEXT NOT NULL,         -- of what the source said last
  PRIMARY KEY (source_key, kind, key)
) STRICT, WITHOUT ROWID;
`;
