-- Keys of manual starts, which are few among many runs: a recovery reads them all.
CREATE INDEX runs_by_request_key ON runs (job, request_key, id) WHERE request_key IS NOT NULL;
