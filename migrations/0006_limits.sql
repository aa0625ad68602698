-- The limit that each account was last told by a config. Unlike `limiters` it outlives every kind of stop: until a config
-- is read again, stops go out by it.
CREATE TABLE limits (
    account     TEXT    NOT NULL PRIMARY KEY,
    interval_ns INTEGER NOT NULL,
    burst       INTEGER NOT NULL,
    told_ns     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
