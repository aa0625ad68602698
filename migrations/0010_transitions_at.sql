-- The history of all runs, in order of time: without it a page of it would be looked for in every run. The primary key stands
-- behind each entry, so that places in the list are unique.
CREATE INDEX transitions_at ON transitions (at_ns);
