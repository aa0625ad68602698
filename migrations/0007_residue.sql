-- What a drill (CFG) may have left behind, and what it waited for a person with: as looks at its actions showed. An end undoes
-- no fault; recovery actions do.
ALTER TABLE runs ADD COLUMN residue TEXT;          -- faults that may still be in place; null: none was shown
ALTER TABLE runs ADD COLUMN waits_for TEXT;        -- the action that an automatic drill waited for a person with; null: none was seen
ALTER TABLE runs ADD COLUMN waits_since_ns INTEGER;
