/** Experiments that came from elsewhere keep their id and the place of their artifacts. */
export const experimentIds = `
ALTER TABLE experiments ADD COLUMN given_id /* the id that clients know it by, where that is beyond 2^53; NULL: experiment_id */ TEXT;
ALTER TABLE experiments ADD COLUMN artifact_location /* where a client said that artifacts shall go, a URI; NULL: into this store */ TEXT;
CREATE UNIQUE INDEX experiments_by_given_id ON experiments (given_id) WHERE given_id IS NOT NULL;
`;
