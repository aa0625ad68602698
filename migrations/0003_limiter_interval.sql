-- A debt is a number of tokens: how many, the interval of the limit tells, which the next config may have changed.
ALTER TABLE limiters ADD COLUMN interval_ns INTEGER NOT NULL DEFAULT 0;
