/** Long curves in few rows: what a chart of the whole needs, kept while points are written (engine/store/blocks.ts). */
export const curveBlocks = `
ALTER TABLE latest ADD COLUMN block_level /* a block of this curve holds 2^block_level steps; NULL: it has no blocks */ INTEGER;

CREATE TABLE curve_blocks (
  run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  key_id INTEGER NOT NULL REFERENCES keys,
  block INTEGER NOT NULL, -- floor(step / 2^block_level)
  low REAL,               -- the least finite value, of the first point that has it; NULL where no value is finite
  low_step INTEGER,
  low_time INTEGER,
  high REAL,              -- the greatest finite value, of the first point that has it
  high_step INTEGER,
  high_time INTEGER,
  odd ANY,                -- the first value that is not finite: ±Infinity, or the text NaN; NULL where there is none
  odd_step INTEGER,
  odd_time INTEGER,
  since INTEGER NOT NULL, -- the least time of its points: steps may be logged again later
  until INTEGER NOT NULL, -- the greatest one
  PRIMARY KEY (run_key, key_id, block)
) STRICT, WITHOUT ROWID;

CREATE TABLE curve_backlog ( -- long curves of a store from before there were blocks; the writer works it off, some points at a time
  run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  key_id INTEGER NOT NULL REFERENCES keys,
  block_level INTEGER, -- of the blocks so far; NULL before the first
  step INTEGER,        -- the last point that is in them
  time INTEGER,
  value ANY,
  PRIMARY KEY (run_key, key_id)
) STRICT, WITHOUT ROWID;
INSERT INTO curve_backlog (run_key, key_id) SELECT run_key, key_id FROM latest WHERE points > 2048;
`;
