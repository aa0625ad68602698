-- Runs that ended without a stop of ours, and the instant at which each is looked at once more: its run id, seen active
-- then, is owed again. The row goes when the look has shown the task.
CREATE TABLE last_looks (
    run_id TEXT    NOT NULL PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    due_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
