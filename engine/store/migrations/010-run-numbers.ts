/** A run that was removed for good leaves nothing but this: its number is never given again, as readers may remember it. */
export const runNumbers = `
CREATE TABLE pruned ( -- one row
  last_run INTEGER NOT NULL -- the greatest run_key of a run that was removed while no later one stood beside it
) STRICT;
INSERT INTO pruned (last_run) VALUES (0);
UPDATE runs SET end = start WHERE end < start; -- no run ends before it began
`;
