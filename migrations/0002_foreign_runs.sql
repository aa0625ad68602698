-- Tasks of the config that were seen running although no run of ours owed them a stop: one row for each time that one was
-- found so, kept until it is seen inactive or taken over by a run of ours (ended = 1).
CREATE TABLE foreign_runs (
    task_key      TEXT    NOT NULL,
    provider      TEXT    NOT NULL,
    job           TEXT    NOT NULL,             -- the first job that names the task
    first_seen_ns INTEGER NOT NULL,
    last_seen_ns  INTEGER NOT NULL,
    remote_state  TEXT    NOT NULL,
    token         TEXT,
    ended         INTEGER NOT NULL,
    PRIMARY KEY (task_key, first_seen_ns)
) STRICT, WITHOUT ROWID;
-- A stop of a foreign run belongs to no run; one that a dead process had in flight is found by this.
CREATE INDEX calls_foreign_stop ON calls (intent_ns) WHERE run_id IS NULL AND action = 'stop' AND outcome IS NULL;
CREATE INDEX foreign_runs_open ON foreign_runs (task_key) WHERE ended = 0;
