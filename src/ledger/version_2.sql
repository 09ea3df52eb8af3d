ALTER TABLE runs ADD COLUMN unattended INTEGER NOT NULL DEFAULT 0;
CREATE INDEX runs_open ON runs (number) WHERE state <> 'closed';

CREATE TABLE pauses (
    integration TEXT PRIMARY KEY, -- '' stands for all
    since       TEXT NOT NULL, -- RFC 3339 with the site's offset, as all times in text
    user        TEXT NOT NULL,
    why         TEXT,
    until       TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE one_offs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name   TEXT NOT NULL, -- an integration or a set
    due    INTEGER NOT NULL, -- Unix seconds
    at     TEXT NOT NULL,
    user   TEXT NOT NULL,
    body   TEXT NOT NULL, -- JSON
    asked  TEXT NOT NULL
) STRICT;

CREATE TABLE requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    asked  INTEGER NOT NULL, -- Unix seconds
    at     TEXT NOT NULL,
    user   TEXT NOT NULL,
    state  TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'taken', 'answered')),
    body   TEXT NOT NULL, -- JSON; empty once answered, for it may name a file as its sender did
    answer TEXT -- JSON
) STRICT;
CREATE INDEX requests_open ON requests (state) WHERE state <> 'answered';

CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    at   INTEGER NOT NULL -- Unix microseconds
) STRICT, WITHOUT ROWID;

-- What is kept of a purged run: the employees and deductions that name it, and bytes that must not be taken twice.
CREATE TABLE purged (
    number      INTEGER PRIMARY KEY,
    reference   TEXT NOT NULL UNIQUE,
    integration TEXT NOT NULL,
    sha256      TEXT -- of a run that took its file
) STRICT;
CREATE INDEX purged_by_content ON purged (integration, sha256) WHERE sha256 IS NOT NULL;

ALTER TABLE events ADD COLUMN moment INTEGER NOT NULL DEFAULT 0; -- Unix seconds
UPDATE events SET moment = unixepoch(at);
CREATE INDEX events_by_subject ON events (subject, action);
