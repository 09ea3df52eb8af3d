CREATE TABLE names (
    number INTEGER PRIMARY KEY CHECK (number <= 65535),
    kind   TEXT NOT NULL CHECK (kind IN ('integration', 'roster')),
    name   TEXT NOT NULL,
    UNIQUE (kind, name)
) STRICT;

CREATE TABLE runs (
    -- Never given twice, not even after old rows are purged: roster entries name runs by number.
    number            INTEGER PRIMARY KEY AUTOINCREMENT,
    reference         TEXT NOT NULL UNIQUE,
    integration       TEXT NOT NULL,
    kind              TEXT NOT NULL,
    run_name          TEXT NOT NULL,
    process_name      TEXT,
    user              TEXT NOT NULL,
    status            TEXT NOT NULL,
    state             TEXT NOT NULL CHECK (state IN ('claimed', 'delivering', 'held', 'closed')),
    started           INTEGER NOT NULL, -- Unix seconds
    started_at        TEXT NOT NULL,    -- RFC 3339 with the site's offset
    ended             INTEGER,          -- Unix seconds
    origin            TEXT NOT NULL CHECK (origin IN ('inbound', 'file', 'archive', 'none')),
    source_path       TEXT,
    source_name       TEXT,
    size              INTEGER,
    sha256            TEXT,
    processed         INTEGER NOT NULL DEFAULT 0,
    accepted          INTEGER NOT NULL DEFAULT 0,
    unchanged         INTEGER NOT NULL DEFAULT 0,
    skipped           INTEGER NOT NULL DEFAULT 0,
    rejected          INTEGER NOT NULL DEFAULT 0,
    employee_in        INTEGER NOT NULL DEFAULT 0, -- cents, as all amounts
    employee_accepted  INTEGER NOT NULL DEFAULT 0,
    employee_unchanged INTEGER NOT NULL DEFAULT 0,
    employee_skipped   INTEGER NOT NULL DEFAULT 0,
    employee_rejected  INTEGER NOT NULL DEFAULT 0,
    employer_in        INTEGER NOT NULL DEFAULT 0,
    employer_accepted  INTEGER NOT NULL DEFAULT 0,
    employer_unchanged INTEGER NOT NULL DEFAULT 0,
    employer_skipped   INTEGER NOT NULL DEFAULT 0,
    employer_rejected  INTEGER NOT NULL DEFAULT 0,
    watermark         INTEGER NOT NULL DEFAULT 0,
    summary           TEXT, -- JSON, once the run committed
    parameters        TEXT NOT NULL, -- JSON
    publications      TEXT NOT NULL DEFAULT '[]', -- JSON
    disposal          TEXT, -- JSON
    hold              TEXT NOT NULL DEFAULT '[]', -- JSON
    resubmission_of   TEXT,
    rerun_of          TEXT,
    duplicate_of      TEXT,
    test              INTEGER NOT NULL DEFAULT 0,
    configuration     TEXT NOT NULL,
    CONSTRAINT sum_law_records CHECK (processed = accepted + unchanged + skipped + rejected),
    CONSTRAINT sum_law_employee CHECK
        (employee_in = employee_accepted + employee_unchanged + employee_skipped + employee_rejected),
    CONSTRAINT sum_law_employer CHECK
        (employer_in = employer_accepted + employer_unchanged + employer_skipped + employer_rejected)
) STRICT;
CREATE INDEX runs_by_content ON runs (integration, sha256);
CREATE INDEX runs_unfinished ON runs (integration) WHERE state IN ('claimed', 'delivering');
CREATE INDEX runs_watermark ON runs (integration) WHERE watermark = 1;
CREATE INDEX runs_judged ON runs (integration) WHERE processed > 0 AND test = 0;

-- The two big tables: a row per key, one blob, appended by rowid; every index or foreign key would be paid a million times.
CREATE TABLE roster (
    id     INTEGER PRIMARY KEY,
    roster INTEGER NOT NULL,
    state  BLOB NOT NULL
) STRICT;
CREATE TABLE deductions (
    id          INTEGER PRIMARY KEY,
    integration INTEGER NOT NULL,
    state       BLOB NOT NULL
) STRICT;

CREATE TABLE rejections (
    id          INTEGER PRIMARY KEY,
    run         INTEGER NOT NULL REFERENCES runs,
    integration INTEGER NOT NULL REFERENCES names,
    record      INTEGER NOT NULL,
    line        INTEGER NOT NULL,
    key         INTEGER, -- keyed hash
    traits      BLOB NOT NULL, -- keyed 32-bit hashes, little-endian
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
    id      INTEGER PRIMARY KEY,
    at      TEXT NOT NULL, -- RFC 3339 with the site's offset
    user    TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    why     TEXT
) STRICT;
