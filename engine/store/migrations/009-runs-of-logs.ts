/** Logs of other trackers may be a run each, beside the one that their launch began with. */
export const runsOfLogs = `
ALTER TABLE launch_sources ADD COLUMN rank INTEGER NOT NULL DEFAULT 0; -- of the process that opened it, in a distributed job
ALTER TABLE launch_sources ADD COLUMN within TEXT; -- the run of MLflow's client, or the log of the run, that was active then
ALTER TABLE launch_sources ADD COLUMN run_key INTEGER REFERENCES runs ON DELETE SET NULL; -- NULL: the launch's own run
`;
