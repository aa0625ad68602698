-- The first schema of a taktd store. Times are Unix nanoseconds (UTC) in columns that end in _ns; those in _boot_ns are
-- CLOCK_BOOTTIME of the boot named by boot_id. A shipped migration stays as it is; the next one corrects it.

-- One row per run. Identity (id, job, occurrence_ns, request_key, origin, start_due_ns, created_ns) never changes; the rest is
-- written whole at each change.
CREATE TABLE runs (
    id               TEXT    NOT NULL PRIMARY KEY,
    job              TEXT    NOT NULL,
    provider         TEXT    NOT NULL,
    task_key         TEXT    NOT NULL,
    occurrence_ns    INTEGER,                   -- null: a manual run
    request_key      TEXT,
    origin           TEXT    NOT NULL,
    state            TEXT    NOT NULL,
    reason           TEXT,
    task             TEXT    NOT NULL,          -- JSON: parameters of the start
    stop_plan        TEXT    NOT NULL,          -- JSON: provider, stop parameters, window; no secret values
    baseline         TEXT,                      -- JSON: the observation that the start was based on
    start_due_ns     INTEGER NOT NULL,
    stop_due_ns      INTEGER NOT NULL,
    max_end_ns       INTEGER NOT NULL,
    stop_due_boot_ns INTEGER,
    max_end_boot_ns  INTEGER,
    boot_id          TEXT,
    vendor_run_id    TEXT,
    vendor_task_id   TEXT,
    remote_state     TEXT    NOT NULL,
    seen_active      INTEGER NOT NULL,
    obligation       TEXT    NOT NULL,
    created_ns       INTEGER NOT NULL,
    updated_ns       INTEGER NOT NULL,
    UNIQUE (job, occurrence_ns),
    UNIQUE (job, request_key)
) STRICT;

-- Lists go from the newest start to the oldest; the rowid breaks ties. The partial indexes keep a change of state cheap: a
-- live run stands in runs_live alone, a finished one enters the other three once. Their conditions stand
-- in sql_text.hpp too; `IN (...)` would build a table for each row written.
CREATE INDEX runs_start ON runs (start_due_ns);
CREATE INDEX runs_job_start ON runs (job, start_due_ns);
CREATE INDEX runs_live ON runs (start_due_ns, job, state)
    WHERE (state = 'due' OR state = 'starting' OR state = 'unconfirmed' OR state = 'running' OR state = 'paused' OR state = 'stopping');
CREATE INDEX runs_done_state ON runs (state, start_due_ns)
    WHERE (state = 'completed' OR state = 'stopped' OR state = 'failed' OR state = 'skipped' OR state = 'cancelled');
CREATE INDEX runs_done_job_state ON runs (job, state, start_due_ns)
    WHERE (state = 'completed' OR state = 'stopped' OR state = 'failed' OR state = 'skipped' OR state = 'cancelled');
CREATE INDEX runs_done_age ON runs (updated_ns)
    WHERE (state = 'completed' OR state = 'stopped' OR state = 'failed' OR state = 'skipped' OR state = 'cancelled');
-- People name a run by the end of its id.
CREATE INDEX runs_tail ON runs (substr(id, -4));

-- Append-only; seq starts at 1 and has no gaps.
CREATE TABLE transitions (
    run_id     TEXT    NOT NULL REFERENCES runs (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    seq        INTEGER NOT NULL,
    from_state TEXT,                            -- null for the first
    to_state   TEXT    NOT NULL,
    at_ns      INTEGER NOT NULL,
    reason     TEXT,
    actor      TEXT    NOT NULL,
    detail     TEXT,                            -- JSON: {"note": ...}
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

-- One row per attempt to send one request. run_id is no foreign key: a late answer may outlive its pruned run.
CREATE TABLE calls (
    id             TEXT    NOT NULL PRIMARY KEY,
    run_id         TEXT,                        -- null: a batch, or asked before its run existed (see call_runs)
    provider       TEXT    NOT NULL,
    account        TEXT    NOT NULL,            -- calls of one account share a bucket
    action         TEXT    NOT NULL,
    attempt        INTEGER NOT NULL,
    method         TEXT,
    target         TEXT,
    request_body   TEXT,
    response_body  TEXT,
    intent_ns      INTEGER NOT NULL,
    sent_ns        INTEGER,
    sent_boot_ns   INTEGER,
    boot_id        TEXT,
    bytes_sent     INTEGER,
    done_ns        INTEGER,
    done_boot_ns   INTEGER,
    outcome        TEXT,                        -- null: in flight
    http_status    INTEGER,                     -- null: no answer
    vendor_code    TEXT,
    vendor_message TEXT,
    vendor_extend  TEXT,
    vendor_run_id  TEXT,
    request_id     TEXT,
    retry_after_ns INTEGER                      -- the vendor's own wait
) STRICT;

CREATE INDEX calls_run ON calls (run_id, action, intent_ns) WHERE run_id IS NOT NULL;
CREATE INDEX calls_query_age ON calls (done_ns) WHERE action = 'query';

-- Runs that a call without run_id was about.
CREATE TABLE call_runs (
    run_id  TEXT NOT NULL,
    call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (run_id, call_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_runs_call ON call_runs (call_id);

CREATE TABLE job_state (
    job          TEXT    NOT NULL PRIMARY KEY,
    schedule     TEXT    NOT NULL,
    watermark_ns INTEGER NOT NULL,              -- every occurrence up to here has its disposition
    disabled     INTEGER NOT NULL,
    until_ns     INTEGER,
    reason       TEXT,
    actor        TEXT
) STRICT, WITHOUT ROWID;

-- Missed occurrences of a job that share one row.
CREATE TABLE gaps (
    job         TEXT    NOT NULL,
    first_ns    INTEGER NOT NULL,
    last_ns     INTEGER NOT NULL,
    count       INTEGER NOT NULL,
    reason      TEXT,
    recorded_ns INTEGER NOT NULL,
    PRIMARY KEY (job, first_ns)
) STRICT, WITHOUT ROWID;

-- What a clean stop leaves of the buckets; means something only if meta.clean_stop was 1.
CREATE TABLE limiters (
    account TEXT    NOT NULL PRIMARY KEY,
    debt_ns INTEGER NOT NULL,
    boot_ns INTEGER NOT NULL,
    at_ns   INTEGER NOT NULL,
    boot_id TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- The kill switch. scope: '' everything, 'provider:NAME', 'job:NAME'.
CREATE TABLE holds (
    scope    TEXT    NOT NULL PRIMARY KEY,
    reason   TEXT,
    actor    TEXT,
    since_ns INTEGER NOT NULL,
    until_ns INTEGER
) STRICT, WITHOUT ROWID;

-- Notifications not delivered yet.
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY,
    run_id     TEXT,
    kind       TEXT    NOT NULL,
    body       TEXT    NOT NULL,                -- JSON
    created_ns INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    next_ns    INTEGER NOT NULL
) STRICT;

-- clean_stop: 1 after an orderly stop, 0 while a daemon has the store. newest_ns: the newest instant written.
CREATE TABLE meta (
    key   TEXT    NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
