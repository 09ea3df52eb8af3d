-- Employees and deductions in blocks: a row per key costs a run of a million records more than all its judging.
-- An owner's blocks in the order of their numbers are its history: of entries of the same number, the last one counts.
CREATE TABLE blocks (
    number  INTEGER PRIMARY KEY,
    owner   INTEGER NOT NULL REFERENCES names, -- a roster (its employees) or an integration (its deductions)
    entries INTEGER NOT NULL,
    lowest  INTEGER NOT NULL, -- of the entries' numbers, which count from 1 in every owner
    highest INTEGER NOT NULL,
    keys    BLOB NOT NULL, -- per entry: its number and the stored form, all of one length
    shown   BLOB NOT NULL  -- per entry: the length of its shown fields, and they
) STRICT;
CREATE INDEX blocks_by_owner ON blocks (owner, number, entries, lowest, highest);

CREATE TABLE stores (
    owner      INTEGER PRIMARY KEY REFERENCES names,
    generation INTEGER NOT NULL, -- drawn by lot, to tell a ledger from another that took its place
    ids        INTEGER NOT NULL, -- numbers given out so far
    entries    INTEGER NOT NULL, -- in all blocks
    newest     INTEGER NOT NULL  -- block
) STRICT;
