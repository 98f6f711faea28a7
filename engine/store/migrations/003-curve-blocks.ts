/** Long curves in few rows: what a chart of the whole needs, kept while points are written (engine/store/blocks.ts). */
export const curveBlocks = `
ALTER TABLE latest ADD COLUMN block_level INTEGER; -- a block of this curve holds 2^block_level steps; NULL: it has no blocks

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
  PRIMARY KEY (run_key, key_id, block)
) STRICT, WITHOUT ROWID;

CREATE TABLE curve_backlog ( -- long curves of a store from before there were blocks; the writer works it off
  run_key INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  PRIMARY KEY (run_key, key_id)
) STRICT, WITHOUT ROWID;
INSERT INTO curve_backlog SELECT run_key, key_id FROM latest WHERE points > 2048;
`;
