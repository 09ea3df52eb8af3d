-- A file fetched from an endpoint. One that is deleted or moved there is forgotten as soon as that is done; one that is
-- kept there is remembered as long as it is listed.
CREATE TABLE pulls (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    integration TEXT NOT NULL,
    endpoint    TEXT NOT NULL,
    folder      TEXT NOT NULL,
    key         INTEGER NOT NULL, -- keyed hash of the name
    shown       TEXT NOT NULL,    -- the name as it may be shown
    name        TEXT NOT NULL,    -- the name itself; empty once settled
    size        INTEGER NOT NULL,
    modified    INTEGER NOT NULL, -- Unix seconds of the server
    sha256      TEXT,             -- of one that is kept
    temporary   TEXT NOT NULL,    -- its name in the work folder; empty once settled
    state       TEXT NOT NULL CHECK (state IN ('arrived', 'ours', 'settled')),
    at          INTEGER NOT NULL, -- Unix seconds
    gone        INTEGER           -- Unix seconds: since when it is no longer listed
) STRICT;
CREATE INDEX pulls_open ON pulls (endpoint) WHERE state <> 'settled';
CREATE INDEX pulls_kept ON pulls (endpoint, integration, folder) WHERE state = 'settled';

-- A published file that is to be sent to an endpoint.
CREATE TABLE outbox (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    run         INTEGER NOT NULL,
    reference   TEXT NOT NULL,
    integration TEXT NOT NULL,
    what        TEXT NOT NULL,
    endpoint    TEXT NOT NULL,
    folder      TEXT NOT NULL,
    published   TEXT NOT NULL, -- its name in the site
    name        TEXT NOT NULL, -- its name there
    size        INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    done_marker INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('waiting', 'renaming', 'refused', 'given up', 'sent')),
    at          INTEGER NOT NULL, -- Unix seconds
    next_try    INTEGER,          -- Unix seconds
    why         TEXT
) STRICT;
CREATE INDEX outbox_open ON outbox (endpoint, run) WHERE state <> 'sent';
CREATE INDEX outbox_by_run ON outbox (run);

CREATE TABLE endpoints (
    name         TEXT PRIMARY KEY,
    state        TEXT NOT NULL CHECK (state IN ('working', 'failing', 'stopped')),
    since        TEXT NOT NULL, -- RFC 3339 with the site's offset, as all times in text
    why          TEXT,
    next_try     TEXT,
    last_contact TEXT,
    fingerprint  TEXT, -- of what a person changes to get a stopped one going
    told         TEXT  -- the state that the event log tells of and not yet the end of
) STRICT, WITHOUT ROWID;

-- What keeps integrations from fetching or sending, as their last attempts found it.
CREATE TABLE troubles (
    endpoint    TEXT NOT NULL,
    integration TEXT NOT NULL,
    part        TEXT NOT NULL CHECK (part IN ('inbound', 'pull', 'push', 'target')),
    why         TEXT NOT NULL,
    next_try    TEXT,
    PRIMARY KEY (endpoint, integration, part, why)
) STRICT, WITHOUT ROWID;
