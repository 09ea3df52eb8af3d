-- Version 8 of the ledger.
--
-- Moments are INTEGER: microseconds since 1970 in UTC, so that they sort and compare as numbers in any database.
-- All but those in cursors are cut to the second. Where a moment is shown in the time zone that the site had when it
-- was written, its offset (seconds east of UTC) stands beside it; a later change of the site's time zone must not move
-- what was reported before. Amounts of money are in cents.

-- Small numbers for integrations and rosters, for the tables that are large.
CREATE TABLE names (
    number INTEGER PRIMARY KEY CHECK (number <= 65535),
    kind   TEXT NOT NULL CHECK (kind IN ('integration', 'roster')),
    name   TEXT NOT NULL,
    UNIQUE (kind, name)
) STRICT;

-- One row: which site this is, and what its folders show to have been given out by a ledger that was lost.
CREATE TABLE site (
    id                INTEGER PRIMARY KEY CHECK (id = 1),
    identity          TEXT NOT NULL,    -- drawn by lot; the site's folders have it too
    key_check         INTEGER NOT NULL, -- keyed hash of the identity
    highest_reference TEXT
) STRICT;

CREATE TABLE runs (
    -- Never given twice, not even after old rows are purged: roster entries name runs by number.
    number             INTEGER PRIMARY KEY AUTOINCREMENT,
    reference          TEXT NOT NULL UNIQUE,
    integration        TEXT NOT NULL,
    kind               TEXT NOT NULL,
    run_name           TEXT NOT NULL,
    process_name       TEXT,
    user               TEXT NOT NULL,
    status             TEXT NOT NULL,
    state              TEXT NOT NULL CHECK (state IN ('claimed', 'delivering', 'held', 'closed')),
    started            INTEGER NOT NULL,
    started_offset     INTEGER NOT NULL,
    arrived            INTEGER NOT NULL, -- the source file
    ended              INTEGER,
    ended_offset       INTEGER,
    origin             TEXT NOT NULL CHECK (origin IN ('inbound', 'file', 'archive', 'none')),
    source_path        TEXT,
    source_name        TEXT,
    size               INTEGER,
    sha256             TEXT,
    processed          INTEGER NOT NULL DEFAULT 0,
    accepted           INTEGER NOT NULL DEFAULT 0,
    unchanged          INTEGER NOT NULL DEFAULT 0,
    skipped            INTEGER NOT NULL DEFAULT 0,
    rejected           INTEGER NOT NULL DEFAULT 0,
    employee_in        INTEGER NOT NULL DEFAULT 0,
    employee_accepted  INTEGER NOT NULL DEFAULT 0,
    employee_unchanged INTEGER NOT NULL DEFAULT 0,
    employee_skipped   INTEGER NOT NULL DEFAULT 0,
    employee_rejected  INTEGER NOT NULL DEFAULT 0,
    employer_in        INTEGER NOT NULL DEFAULT 0,
    employer_accepted  INTEGER NOT NULL DEFAULT 0,
    employer_unchanged INTEGER NOT NULL DEFAULT 0,
    employer_skipped   INTEGER NOT NULL DEFAULT 0,
    employer_rejected  INTEGER NOT NULL DEFAULT 0,
    watermark          INTEGER, -- when the newest of its records was changed, if later runs look back at it
    summary            TEXT, -- JSON, once the run committed
    parameters         TEXT NOT NULL, -- JSON
    publications       TEXT NOT NULL DEFAULT '[]', -- JSON
    disposal           TEXT, -- JSON
    hold               TEXT NOT NULL DEFAULT '[]', -- JSON
    resubmission_of    TEXT,
    rerun_of           TEXT,
    test               INTEGER NOT NULL DEFAULT 0,
    unattended         INTEGER NOT NULL DEFAULT 0,
    configuration      TEXT NOT NULL,
    source             TEXT, -- its name without the numbers in it: what tells files of one source from others
    open_rejections    INTEGER NOT NULL DEFAULT 0, -- of its records, how many wait for their correction
    unresolved         INTEGER NOT NULL DEFAULT 0, -- Failed, and no later run has taken a file of its source
    open               INTEGER AS (status = 'Held' OR open_rejections > 0 OR unresolved), -- needs a person
    -- What queries ask of the JSON.
    duplicate_of       TEXT AS (summary ->> 'duplicate_of'),
    plan_year          TEXT AS (summary ->> 'plan_year_start'),
    whole_file         INTEGER AS (parameters ->> 'include_employees' IS NULL AND parameters ->> 'sync' IS NULL),
    initial_import     INTEGER AS (parameters ->> 'deduction_start_date' IS NOT NULL OR parameters ->> 'delta' = 0),
    CONSTRAINT sum_law_records CHECK (processed = accepted + unchanged + skipped + rejected),
    CONSTRAINT sum_law_employee CHECK
        (employee_in = employee_accepted + employee_unchanged + employee_skipped + employee_rejected),
    CONSTRAINT sum_law_employer CHECK
        (employer_in = employer_accepted + employer_unchanged + employer_skipped + employer_rejected)
) STRICT;
CREATE INDEX runs_by_content ON runs (integration, sha256);
CREATE INDEX runs_unfinished ON runs (integration) WHERE state IN ('claimed', 'delivering');
CREATE INDEX runs_open ON runs (number) WHERE state <> 'closed';
CREATE INDEX runs_watermark ON runs (integration, watermark, number) WHERE watermark IS NOT NULL;
CREATE INDEX runs_judged ON runs (integration) WHERE processed > 0 AND test = 0;
-- Every run of deductions asks which plan years were imported: without reading summaries.
CREATE INDEX runs_of_years ON runs (integration, plan_year, number, reference)
    WHERE processed > 0 AND test = 0 AND accepted > 0
        AND status IN ('Completed', 'Completed with Errors') AND plan_year IS NOT NULL;

-- Lists of runs, newest first: of each integration, with a status, and of those that need a person.
CREATE INDEX runs_by_integration ON runs (integration, started);
CREATE INDEX runs_by_status ON runs (status, integration, started);
CREATE INDEX runs_that_need_people ON runs (integration, started, status, open_rejections) WHERE open;
CREATE INDEX runs_unresolved ON runs (integration, source) WHERE unresolved;
CREATE INDEX runs_again ON runs (rerun_of) WHERE rerun_of IS NOT NULL;
CREATE INDEX runs_that_correct ON runs (resubmission_of) WHERE resubmission_of IS NOT NULL;

-- How often each run found each code, so that runs are listed by a code without reading findings.
CREATE TABLE run_codes (
    code        TEXT NOT NULL,
    integration INTEGER NOT NULL REFERENCES names,
    started     INTEGER NOT NULL,
    run         INTEGER NOT NULL,
    findings    INTEGER NOT NULL,
    PRIMARY KEY (code, integration, started, run)
) STRICT, WITHOUT ROWID;

-- What the runs of each integration did together.
CREATE TABLE tallies (
    integration TEXT NOT NULL,
    day         INTEGER NOT NULL, -- on which its runs began, in days since 1970; -1: all days, those of purged runs as well
    what        TEXT NOT NULL,
    word        TEXT NOT NULL,
    count       INTEGER NOT NULL,
    PRIMARY KEY (integration, day, what, word)
) STRICT, WITHOUT ROWID;

-- Files taken from inbound into the queue. Which of them still wait is seen in the queue's folders.
CREATE TABLE arrivals (
    number      INTEGER PRIMARY KEY,
    arrival     TEXT NOT NULL UNIQUE,
    integration TEXT NOT NULL,
    name        TEXT NOT NULL, -- masked
    size        INTEGER NOT NULL,
    sha256      TEXT,          -- of one that waited long enough to be answered
    at          INTEGER NOT NULL,
    at_offset   INTEGER NOT NULL,
    answered    INTEGER NOT NULL DEFAULT 0, -- whether its sender has a receipt that says it was received
    run         INTEGER        -- the last that took it
) STRICT;
CREATE INDEX arrivals_unanswered ON arrivals (integration) WHERE answered = 0 AND run IS NULL;

-- What is kept of a purged run: the employees and deductions that name it, and bytes that must not be taken twice.
CREATE TABLE purged (
    number      INTEGER PRIMARY KEY,
    reference   TEXT NOT NULL UNIQUE,
    integration TEXT NOT NULL,
    sha256      TEXT -- of a run that took its file
) STRICT;
CREATE INDEX purged_by_content ON purged (integration, sha256) WHERE sha256 IS NOT NULL;

-- Employees and deductions in blocks: a row per key costs a run of a million records more than all its judging.
-- An owner's blocks in the order of their numbers are its history: of entries of the same number, the last one counts.
CREATE TABLE blocks (
    number  INTEGER PRIMARY KEY,
    owner   INTEGER NOT NULL REFERENCES names, -- a roster (its employees) or an integration (its deductions)
    entries INTEGER NOT NULL,
    lowest  INTEGER NOT NULL, -- of the entries' numbers, which count from 1 in every owner
    highest INTEGER NOT NULL,
    keys    BLOB NOT NULL, -- a byte for the version of the layout; per entry its number and the stored form, all of one length
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

-- Employees who left and were hired again under another ID.
CREATE TABLE rehires (
    roster INTEGER NOT NULL REFERENCES names,
    former INTEGER NOT NULL, -- keyed hash of the subscriber
    later  INTEGER NOT NULL, -- keyed hash of the subscriber
    run    INTEGER NOT NULL, -- the first that found it
    PRIMARY KEY (roster, former, later)
) STRICT, WITHOUT ROWID;
CREATE INDEX rehires_by_later ON rehires (roster, later);

-- Entries that people removed from a roster, until a run changes it: what they were before.
CREATE TABLE roster_edits (
    id      INTEGER PRIMARY KEY,
    roster  INTEGER NOT NULL REFERENCES names,
    subject INTEGER NOT NULL, -- keyed hash of the subscriber whose entry was removed
    keys    BLOB NOT NULL, -- of the entries that were changed, as in blocks
    shown   BLOB NOT NULL,
    links   TEXT NOT NULL -- JSON: rows of rehires that were removed
) STRICT;

CREATE TABLE rejections (
    id          INTEGER PRIMARY KEY,
    run         INTEGER NOT NULL REFERENCES runs,
    integration INTEGER NOT NULL REFERENCES names,
    record      INTEGER NOT NULL,
    line        INTEGER NOT NULL,
    key         INTEGER, -- keyed hash
    traits      BLOB NOT NULL, -- what says whose record it is: see matching::traits::Trait
    person      BLOB NOT NULL, -- the subscriber's keyed hash and the ID, encrypted; empty where it could not be read
    closed_by   INTEGER
) STRICT;
CREATE INDEX rejections_by_run ON rejections (run);
CREATE INDEX rejections_open ON rejections (integration) WHERE closed_by IS NULL;

CREATE TABLE findings (
    id       INTEGER PRIMARY KEY,
    run      INTEGER NOT NULL REFERENCES runs,
    record   INTEGER NOT NULL,
    line     INTEGER NOT NULL,
    field    TEXT NOT NULL,
    code     TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('warning', 'error'))
) STRICT;
CREATE INDEX findings_by_run ON findings (run);

CREATE TABLE events (
    id        INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    at_offset INTEGER NOT NULL,
    user      TEXT NOT NULL,
    action    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    why       TEXT,
    concerns  TEXT NOT NULL -- the integration of the run that is the subject, or else the subject
) STRICT;
CREATE INDEX events_by_subject ON events (subject, action, at);
CREATE INDEX events_by_time ON events (at);
CREATE INDEX events_by_concern ON events (concerns, at);
CREATE INDEX events_by_action ON events (action, at);
CREATE INDEX events_by_user ON events (user, at);

CREATE TABLE pauses (
    integration  TEXT PRIMARY KEY, -- '' stands for all
    since        INTEGER NOT NULL,
    since_offset INTEGER NOT NULL,
    user         TEXT NOT NULL,
    why          TEXT,
    until        INTEGER,
    until_offset INTEGER
) STRICT, WITHOUT ROWID;

-- Steps of the open enrollment of an integration, from its beginning until it ends.
CREATE TABLE open_enrollment_steps (
    integration TEXT NOT NULL,
    step        TEXT NOT NULL CHECK (step IN ('begun', 'asked', 'answered')),
    note        TEXT NOT NULL, -- the first day of the plan year; who was asked; the answer
    at          INTEGER NOT NULL,
    at_offset   INTEGER NOT NULL,
    user        TEXT NOT NULL,
    PRIMARY KEY (integration, step)
) STRICT, WITHOUT ROWID;

-- Plan years of which a person lets files pass, although a later year was imported.
CREATE TABLE passing_years (
    roster TEXT NOT NULL,
    year   TEXT NOT NULL, -- its first day
    PRIMARY KEY (roster, year)
) STRICT, WITHOUT ROWID;

CREATE TABLE one_offs (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL, -- an integration or a set
    at           INTEGER NOT NULL,
    at_offset    INTEGER NOT NULL,
    user         TEXT NOT NULL,
    body         TEXT NOT NULL, -- JSON
    asked        INTEGER NOT NULL,
    asked_offset INTEGER NOT NULL
) STRICT;

CREATE TABLE requests (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    asked        INTEGER NOT NULL,
    asked_offset INTEGER NOT NULL,
    user         TEXT NOT NULL,
    state        TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'taken', 'answered')),
    body         TEXT NOT NULL, -- JSON; empty once answered, for it may name a file as its sender did
    answer       TEXT -- JSON
) STRICT;
CREATE INDEX requests_open ON requests (state) WHERE state <> 'answered';

CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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
    modified    INTEGER NOT NULL, -- as the server says it, in seconds since 1970: only compared
    sha256      TEXT,             -- of one that is kept
    temporary   TEXT NOT NULL,    -- its name in the work folder; empty once settled
    state       TEXT NOT NULL CHECK (state IN ('arrived', 'ours', 'settled')),
    at          INTEGER NOT NULL,
    gone        INTEGER           -- since when it is no longer listed
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
    at          INTEGER NOT NULL,
    next_try    INTEGER,
    why         TEXT
) STRICT;
CREATE INDEX outbox_open ON outbox (endpoint, run) WHERE state <> 'sent';
CREATE INDEX outbox_by_run ON outbox (run);

CREATE TABLE endpoints (
    name                TEXT PRIMARY KEY,
    state               TEXT NOT NULL CHECK (state IN ('working', 'failing', 'stopped')),
    since               INTEGER NOT NULL,
    since_offset        INTEGER NOT NULL,
    why                 TEXT,
    next_try            INTEGER,
    next_try_offset     INTEGER,
    last_contact        INTEGER,
    last_contact_offset INTEGER,
    fingerprint         TEXT, -- of what a person changes to get a stopped one going
    told                TEXT  -- the state that the event log tells of and not yet the end of
) STRICT, WITHOUT ROWID;

-- What keeps integrations from fetching or sending, as their last attempts found it.
CREATE TABLE troubles (
    endpoint        TEXT NOT NULL,
    integration     TEXT NOT NULL,
    part            TEXT NOT NULL CHECK (part IN ('inbound', 'pull', 'push', 'target')),
    why             TEXT NOT NULL,
    next_try        INTEGER,
    next_try_offset INTEGER,
    PRIMARY KEY (endpoint, integration, part, why)
) STRICT, WITHOUT ROWID;

-- What happened and people may have to be told of; forgotten once it is decided who is told.
CREATE TABLE occurrences (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    run    INTEGER, -- that ended or is held, with this status and for this reason
    status TEXT,
    reason TEXT,
    event  INTEGER
) STRICT;

-- Who is told of what.
CREATE TABLE notices (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL,
    integration TEXT NOT NULL, -- or an endpoint, or 'site'
    recipient   TEXT NOT NULL, -- 'mail', or the name of a webhook
    address     TEXT NOT NULL, -- of a mail
    about       TEXT NOT NULL, -- a reference ID, or the number of an event
    line        TEXT NOT NULL,
    status      TEXT,
    why         TEXT,
    at          INTEGER NOT NULL,
    message     INTEGER, -- that tells it
    UNIQUE (about, recipient, address, line)
) STRICT;
CREATE INDEX notices_ungathered ON notices (number) WHERE message IS NULL;

-- What is sent. No value of a record stands in it.
CREATE TABLE messages (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL,
    integration TEXT NOT NULL,
    recipient   TEXT NOT NULL,
    address     TEXT NOT NULL,
    subject     TEXT NOT NULL,
    body        TEXT NOT NULL,
    thread      TEXT NOT NULL,
    at          INTEGER NOT NULL,
    gathered    INTEGER NOT NULL, -- whether it was made of notices
    state       TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'given up')),
    tries       INTEGER NOT NULL DEFAULT 0,
    next_try    INTEGER,
    sent        INTEGER,
    why         TEXT
) STRICT;
CREATE INDEX messages_waiting ON messages (number) WHERE state = 'waiting';
CREATE INDEX messages_gathered ON messages (recipient, integration, at) WHERE gathered;

-- An index of the words by which employees are found; see ledger/search/.
CREATE TABLE search_segments (
    number  INTEGER PRIMARY KEY, -- a newer one knows better of the employees whom it covers
    owner   INTEGER NOT NULL REFERENCES names, -- a roster
    until   INTEGER NOT NULL, -- the newest block that it covers
    entries INTEGER NOT NULL, -- employees whom it covers
    numbers BLOB NOT NULL     -- their numbers
) STRICT;
CREATE INDEX search_segments_by_owner ON search_segments (owner, number, until, entries);

CREATE TABLE search_pages (
    number   INTEGER PRIMARY KEY, -- those of a segment follow each other, in the order of their terms
    segment  INTEGER NOT NULL REFERENCES search_segments,
    first    BLOB NOT NULL, -- term
    postings BLOB NOT NULL
) STRICT;
CREATE INDEX search_pages_by_term ON search_pages (segment, first);

-- The accounts that the receiver of a roster's employees has.
CREATE TABLE accounts (
    roster  INTEGER NOT NULL REFERENCES names,
    account INTEGER NOT NULL, -- keyed hash of its ID
    email   INTEGER NOT NULL, -- keyed hash of the address in lower case
    active  INTEGER NOT NULL,
    id      BLOB NOT NULL, -- as in blocks: encrypted where it could be an SSN
    run     INTEGER NOT NULL, -- the last that changed it
    PRIMARY KEY (roster, account)
) STRICT, WITHOUT ROWID;

-- Whose these accounts are. Nobody has two, and none is two people's.
CREATE TABLE account_links (
    roster     INTEGER NOT NULL REFERENCES names,
    subscriber INTEGER NOT NULL, -- keyed hash
    account    INTEGER NOT NULL,
    run        INTEGER NOT NULL, -- the one that linked them
    PRIMARY KEY (roster, subscriber),
    UNIQUE (roster, account)
) STRICT, WITHOUT ROWID;

-- What runs did to employees; see ledger/rosters/trails.rs.
CREATE TABLE trails (
    number  INTEGER PRIMARY KEY,
    owner   INTEGER NOT NULL REFERENCES names, -- a roster
    run     INTEGER NOT NULL, -- 0: the last entry of each employee by runs that are purged
    lowest  INTEGER NOT NULL, -- of the employees' numbers
    highest INTEGER NOT NULL,
    count   INTEGER NOT NULL, -- entries
    entries BLOB NOT NULL
) STRICT;
CREATE INDEX trails_by_owner ON trails (owner, run, lowest, highest, count);

CREATE TABLE custom_columns (
    number INTEGER PRIMARY KEY, -- hash of the name
    name   TEXT NOT NULL
) STRICT;

-- Benefits levels that people chose for employees.
CREATE TABLE benefits_levels (
    number     INTEGER PRIMARY KEY,
    roster     INTEGER NOT NULL REFERENCES names,
    subscriber INTEGER NOT NULL, -- keyed hash
    level      TEXT NOT NULL,
    file       INTEGER NOT NULL, -- keyed hash of the level that the sender's file had then
    at         INTEGER NOT NULL,
    at_offset  INTEGER NOT NULL,
    user       TEXT NOT NULL,
    over_by    INTEGER -- the run whose file had another level; 0: a later choice
) STRICT;
CREATE INDEX benefits_levels_by_subscriber ON benefits_levels (roster, subscriber);
CREATE UNIQUE INDEX benefits_levels_chosen ON benefits_levels (roster, subscriber) WHERE over_by IS NULL;

-- Counts the changes of what people look at, so that a page that asks again can tell whether anything changed.
CREATE TABLE changes (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    count INTEGER NOT NULL
) STRICT;
INSERT INTO changes (id, count) VALUES (1, 0);
CREATE TRIGGER runs_inserted AFTER INSERT ON runs BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER runs_updated AFTER UPDATE ON runs BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER runs_deleted AFTER DELETE ON runs BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER events_inserted AFTER INSERT ON events BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER pauses_inserted AFTER INSERT ON pauses BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER pauses_updated AFTER UPDATE ON pauses BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER pauses_deleted AFTER DELETE ON pauses BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER one_offs_inserted AFTER INSERT ON one_offs BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER one_offs_deleted AFTER DELETE ON one_offs BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER arrivals_inserted AFTER INSERT ON arrivals BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER arrivals_updated AFTER UPDATE ON arrivals BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER arrivals_deleted AFTER DELETE ON arrivals BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER outbox_inserted AFTER INSERT ON outbox BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER outbox_updated AFTER UPDATE ON outbox BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER outbox_deleted AFTER DELETE ON outbox BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER endpoints_inserted AFTER INSERT ON endpoints BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER endpoints_updated AFTER UPDATE ON endpoints BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER troubles_inserted AFTER INSERT ON troubles BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER troubles_deleted AFTER DELETE ON troubles BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER messages_inserted AFTER INSERT ON messages BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER messages_updated AFTER UPDATE ON messages BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER notices_inserted AFTER INSERT ON notices BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER notices_updated AFTER UPDATE ON notices BEGIN UPDATE changes SET count = count + 1; END;

-- Those who may sign in to the dashboard. No password, code or token is stored but as a hash; secrets of second factors
-- are encrypted under the site's key.
CREATE TABLE users (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    name           TEXT NOT NULL UNIQUE, -- in lower case
    role           TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'hr', 'admin')),
    see_values     INTEGER NOT NULL,
    integrations   TEXT, -- JSON: the only ones that the user sees
    disabled       INTEGER NOT NULL DEFAULT 0,
    password       TEXT, -- Argon2id; none before the enrolment
    totp           BLOB, -- secret of the second factor
    totp_step      INTEGER, -- the last for which a code was taken
    created        INTEGER NOT NULL,
    created_offset INTEGER NOT NULL,
    signed_in      INTEGER -- the last time
) STRICT;

-- Links by which users enrol or choose a new password: one each, used once.
CREATE TABLE enrolments (
    link    BLOB PRIMARY KEY, -- SHA-256
    user    INTEGER NOT NULL UNIQUE REFERENCES users,
    until   INTEGER NOT NULL,
    pending BLOB -- secret of a second factor that was shown and not confirmed
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    token   BLOB NOT NULL UNIQUE, -- SHA-256 of the cookie
    user    INTEGER NOT NULL REFERENCES users,
    address TEXT NOT NULL, -- from which it began
    created INTEGER NOT NULL,
    seen    INTEGER NOT NULL, -- to the minute
    pending BLOB -- as in enrolments
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user);

CREATE TABLE api_tokens (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    token          BLOB NOT NULL UNIQUE, -- SHA-256
    user           INTEGER NOT NULL REFERENCES users,
    label          TEXT NOT NULL,
    created        INTEGER NOT NULL,
    created_offset INTEGER NOT NULL,
    used           INTEGER, -- the last time, to the minute
    UNIQUE (user, label)
) STRICT;

CREATE TABLE one_time_codes (
    user INTEGER NOT NULL REFERENCES users,
    code INTEGER NOT NULL, -- keyed hash
    PRIMARY KEY (user, code)
) STRICT, WITHOUT ROWID;

-- Attempts to sign in that count against limits, and from where names have signed in. What was typed as a name may be a
-- password, so it is a keyed hash here, whether there is such a user or not.
CREATE TABLE sign_in_attempts (
    number    INTEGER PRIMARY KEY,
    name      INTEGER NOT NULL, -- keyed hash
    address   INTEGER NOT NULL, -- keyed hash
    at        INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    known     INTEGER NOT NULL -- whether the name had signed in from there
) STRICT;
CREATE INDEX sign_in_attempts_by_name ON sign_in_attempts (name, succeeded, at);
CREATE INDEX sign_in_attempts_by_address ON sign_in_attempts (address, succeeded, at);
CREATE INDEX sign_in_attempts_by_time ON sign_in_attempts (succeeded, at);
