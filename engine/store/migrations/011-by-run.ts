/** What belongs to a run is asked for on each of its pages. */
export const byRun = `
CREATE INDEX models_by_source_run ON models (source_run) WHERE source_run IS NOT NULL;
CREATE INDEX model_versions_by_model ON model_versions (model_id) WHERE model_id IS NOT NULL;
`;
