/**
 * Traces of MLflow: what a program did in one request, as a tree of spans, and what people and judges say of it. A span's `content` is
 * the JSON that MLflow's own store keeps of it, word for word, for its filters look into that text.
 */
export const traces = `
CREATE TABLE traces (
  trace_key INTEGER PRIMARY KEY,
  trace_id TEXT NOT NULL UNIQUE, -- tr-<32 hex>
  experiment_id INTEGER NOT NULL REFERENCES experiments,
  time INTEGER NOT NULL, -- when it began
  duration INTEGER, -- milliseconds; NULL while it is open
  state TEXT NOT NULL, -- OK, ERROR, IN_PROGRESS, STATE_UNSPECIFIED
  client_request_id TEXT,
  request_preview TEXT,
  response_preview TEXT,
  request TEXT -- digest of the call that made it, where the id is ours
) STRICT;

CREATE INDEX traces_by_experiment ON traces (experiment_id, time);

CREATE INDEX traces_by_request ON traces (request) WHERE request IS NOT NULL;

CREATE TABLE trace_values (
  trace_key INTEGER NOT NULL REFERENCES traces ON DELETE CASCADE,
  kind TEXT NOT NULL, -- tag, metadata
  key_id INTEGER NOT NULL REFERENCES keys,
  value TEXT NOT NULL,
  PRIMARY KEY (trace_key, kind, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE trace_links (
  trace_key INTEGER NOT NULL REFERENCES traces ON DELETE CASCADE,
  kind TEXT NOT NULL, -- run, prompt
  target TEXT NOT NULL, -- run_id, or name/version of the prompt
  PRIMARY KEY (trace_key, kind, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE spans (
  trace_key INTEGER NOT NULL REFERENCES traces ON DELETE CASCADE,
  span_id TEXT NOT NULL, -- 16 hex
  parent_id TEXT, -- NULL: a root
  name TEXT NOT NULL,
  type TEXT, -- LLM, TOOL, CHAIN...
  status TEXT NOT NULL, -- OK, ERROR, UNSET
  start INTEGER NOT NULL, -- UTC nanoseconds
  end INTEGER NOT NULL, -- 0 while it is open
  content TEXT NOT NULL, -- JSON, word for word what MLflow's store has of a span
  usage TEXT, -- JSON, its tokens
  cost TEXT, -- JSON, in dollars
  PRIMARY KEY (trace_key, span_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE assessments (
  assessment_key INTEGER PRIMARY KEY,
  assessment_id TEXT NOT NULL UNIQUE, -- a-<32 hex>
  trace_key INTEGER NOT NULL REFERENCES traces ON DELETE CASCADE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL, -- feedback, expectation, issue
  value TEXT NOT NULL, -- JSON
  error TEXT, -- JSON {error_code, error_message, stack_trace}
  source_type TEXT NOT NULL, -- HUMAN, LLM_JUDGE, CODE
  source_id TEXT,
  span_id TEXT,
  rationale TEXT,
  metadata TEXT, -- JSON object
  overrides TEXT, -- assessment_id
  valid INTEGER NOT NULL DEFAULT 1,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  request TEXT -- digest of the call that made it
) STRICT;

CREATE INDEX assessments_by_trace ON assessments (trace_key);

CREATE INDEX assessments_by_request ON assessments (request) WHERE request IS NOT NULL;
`;
