-- Notifications that a target has not taken yet: one row for each target of an event, written in the transaction of the
-- rows that it tells of. Until here the table was never written. Delivered or given up: the row is deleted.
DROP TABLE outbox;

CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY,             -- in the order in which they came
    event_id   TEXT    NOT NULL,                -- UUIDv7: the same over all tries and targets
    target     TEXT    NOT NULL,                -- notify.targets of the config
    kind       TEXT    NOT NULL,                -- run.overdue, hold.engaged ...
    job        TEXT,
    run_id     TEXT,
    body       TEXT    NOT NULL,                -- JSON: a CloudEvent
    created_ns INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    next_ns    INTEGER NOT NULL,                -- not tried before
    UNIQUE (event_id, target)
) STRICT;
