-- Who did what, how it came and why: one row for each command that was carried out, kept as long as finished runs.
CREATE TABLE actions (
    id      INTEGER PRIMARY KEY,
    at_ns   INTEGER NOT NULL,
    command INTEGER NOT NULL,     -- its number in the daemon's process
    actor   TEXT    NOT NULL,
    via     TEXT    NOT NULL,     -- socket, token, page, hook, offline
    action  TEXT    NOT NULL,     -- start, stop, pause, resume, discharge, hold, release, disable, enable, reload...
    target  TEXT,                 -- a job, a provider, a hold's scope
    reason  TEXT,
    detail  TEXT,                 -- JSON: run, until_ns, note
    ok      INTEGER NOT NULL,     -- 0: a start that a rule stood against, a config that was refused
    UNIQUE (at_ns, command)
) STRICT;
