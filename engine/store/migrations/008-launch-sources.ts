/** Logs of other trackers that launches write: they are followed while the script runs. */
export const launchSources = `
CREATE TABLE launch_sources (
  launch_key INTEGER NOT NULL REFERENCES launches ON DELETE CASCADE,
  path TEXT NOT NULL,           -- absolute
  start INTEGER NOT NULL,       -- bytes that were in it before the launch
  keys TEXT NOT NULL DEFAULT '[]', -- JSON: names of metrics that come from it; another log's of the same name are left out
  PRIMARY KEY (launch_key, path)
) STRICT;

CREATE TABLE launch_source_files (
  launch_key INTEGER NOT NULL,
  path TEXT NOT NULL,
  file TEXT NOT NULL,           -- as the reader names it
  inode TEXT NOT NULL,          -- a file of another inode is another file
  offset INTEGER NOT NULL,      -- bytes that were taken in
  state TEXT,                   -- what the reader must know to go on there
  PRIMARY KEY (launch_key, path, file),
  FOREIGN KEY (launch_key, path) REFERENCES launch_sources ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
`;
