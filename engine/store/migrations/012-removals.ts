/** A run that is removed for good leaves files behind the commit: what is named here is still to be removed, by whoever comes after a kill. */
export const removals = `
CREATE TABLE removals (
  owner TEXT PRIMARY KEY, -- run:<run_id> and model:<model_id>, whose artifacts go; launch:<launch_id>, whose folder goes
  experiment TEXT NOT NULL -- the id by which the artifacts' folder is named; empty for a launch
) STRICT, WITHOUT ROWID;
`;
