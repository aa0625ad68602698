-- The wall clock was ahead once, and an operator took the time back at at_ns (`taktctl clock`): instants after it up to
-- newest_ns are not trusted in runs that were there by then (up to the rowid last_run). The audit of who did so and why.
CREATE TABLE clock_corrections (
    at_ns     INTEGER NOT NULL PRIMARY KEY,
    newest_ns INTEGER NOT NULL,
    last_run  INTEGER NOT NULL,
    actor     TEXT    NOT NULL,
    reason    TEXT    NOT NULL
) STRICT;
-- Occurrences that such a clock has brought forward and that were disposed of then: they lie after their job's watermark
-- and do not come again. Few; kept for good.
CREATE TABLE occurrences_ahead (
    job           TEXT    NOT NULL,
    occurrence_ns INTEGER NOT NULL,
    PRIMARY KEY (job, occurrence_ns)
) STRICT, WITHOUT ROWID;
