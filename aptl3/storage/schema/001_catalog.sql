-- The catalog of a library. Migrations only append: a change of the schema is the next file.
-- Paths and names are BLOBs as os.fsencode gives them, so that any name can be kept and names sort as they are listed.
-- AUTOINCREMENT where an id outlives its row in somebody's memory (a repeated commit, a shown hit, an index on disk).

CREATE TABLE media (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    hash     BLOB NOT NULL UNIQUE,  -- xxh3-128, big-endian
    size     INTEGER NOT NULL,      -- bytes
    format   TEXT NOT NULL,
    width    INTEGER NOT NULL,
    height   INTEGER NOT NULL,
    taken_at TEXT,                  -- ISO 8601, local time
    camera   TEXT
);

CREATE TABLE folder (
    id   INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE
);

CREATE TABLE location (
    folder   INTEGER NOT NULL REFERENCES folder,
    name     BLOB NOT NULL,
    size     INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    media    INTEGER NOT NULL REFERENCES media,
    missing  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (folder, name)
) WITHOUT ROWID;

CREATE INDEX location_media ON location (media);

-- The key of its own keeps the index on media small: whether a thumbnail is there is asked without touching pictures.
CREATE TABLE thumbnail (
    id     INTEGER PRIMARY KEY,
    media  INTEGER NOT NULL UNIQUE REFERENCES media ON DELETE CASCADE,
    width  INTEGER NOT NULL,
    height INTEGER NOT NULL,
    jpeg   BLOB NOT NULL
);

CREATE TABLE model (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL,      -- weights, version and preprocessing
    version     TEXT NOT NULL,
    modality    TEXT NOT NULL,
    dim         INTEGER NOT NULL,
    dtype       TEXT NOT NULL,      -- float16 or float32, little-endian
    space       TEXT NOT NULL,
    probe       BLOB NOT NULL       -- float32, little-endian: its vector of a fixed input
);

-- Files of rows of one width, vectors/<model>/<id>. Only `rows` of them are committed, whatever the file's length; `live` of these are still
-- the vector of some media, the others wait for a compaction.
CREATE TABLE segment (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    model INTEGER NOT NULL REFERENCES model,
    rows  INTEGER NOT NULL DEFAULT 0,
    live  INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE vector (
    media    INTEGER NOT NULL REFERENCES media ON DELETE CASCADE,
    model    INTEGER NOT NULL REFERENCES model,
    segment  INTEGER NOT NULL REFERENCES segment,
    row      INTEGER NOT NULL,
    checksum INTEGER NOT NULL,      -- CRC-32 of the row's bytes
    PRIMARY KEY (media, model)
) WITHOUT ROWID;

CREATE UNIQUE INDEX vector_row ON vector (segment, row);

-- Size and mtime of the file that failed; -1 where nothing is known of it.
CREATE TABLE failure (
    folder   INTEGER NOT NULL REFERENCES folder,
    name     BLOB NOT NULL,
    size     INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    stage    TEXT NOT NULL,
    reason   TEXT NOT NULL,
    error    TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    retry    INTEGER NOT NULL DEFAULT 0,  -- the user asked for another try
    PRIMARY KEY (folder, name)
) WITHOUT ROWID;

CREATE TABLE job (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    state      TEXT NOT NULL,
    paths      TEXT NOT NULL,       -- JSON, undecodable bytes as escaped surrogates
    options    TEXT NOT NULL,       -- JSON
    found      INTEGER NOT NULL DEFAULT 0,
    unchanged  INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    added      INTEGER NOT NULL DEFAULT 0,
    vectors    INTEGER NOT NULL DEFAULT 0,
    thumbnails INTEGER NOT NULL DEFAULT 0,
    failed     INTEGER NOT NULL DEFAULT 0,
    pending    INTEGER NOT NULL DEFAULT 0,  -- items in job_item
    folders    INTEGER NOT NULL DEFAULT 0,  -- job_folder rows that are not done
    seconds    REAL NOT NULL DEFAULT 0,
    error      TEXT
);

-- Folders that are done stay until the job is over, so that none is listed twice by one job.
CREATE TABLE job_folder (
    job   INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,
    path  BLOB NOT NULL,
    after BLOB,                     -- the last name that was recorded; NULL: none yet
    done  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (job, path)
) WITHOUT ROWID;

CREATE INDEX job_folder_left ON job_folder (job, path) WHERE done = 0;

CREATE TABLE job_item (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    job      INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,
    folder   INTEGER NOT NULL REFERENCES folder,
    name     BLOB NOT NULL,
    size     INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    UNIQUE (folder, name, job)
);

CREATE INDEX job_item_order ON job_item (job, id);

CREATE TABLE idx (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    model        INTEGER NOT NULL REFERENCES model,
    kind         TEXT NOT NULL,
    files        TEXT NOT NULL,     -- JSON list of names under indexes/<model>/
    segments     TEXT NOT NULL,     -- JSON object: segment id to the rows covered
    settings     TEXT NOT NULL,     -- JSON object
    recall       REAL NOT NULL,
    milliseconds REAL NOT NULL,
    why          TEXT NOT NULL
);

CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- Counters are kept by triggers, in the transaction that they count: COUNT(*) over a million rows takes tens of
-- milliseconds warm and seconds cold, one row of this table microseconds.
CREATE TABLE counter (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO counter (name, value) VALUES ('media', 0), ('location', 0), ('thumbnail', 0), ('failure', 0);

CREATE TRIGGER media_added AFTER INSERT ON media
    BEGIN UPDATE counter SET value = value + 1 WHERE name = 'media'; END;
CREATE TRIGGER media_gone AFTER DELETE ON media
    BEGIN UPDATE counter SET value = value - 1 WHERE name = 'media'; END;
CREATE TRIGGER location_added AFTER INSERT ON location
    BEGIN UPDATE counter SET value = value + 1 WHERE name = 'location'; END;
CREATE TRIGGER location_gone AFTER DELETE ON location
    BEGIN UPDATE counter SET value = value - 1 WHERE name = 'location'; END;
CREATE TRIGGER thumbnail_added AFTER INSERT ON thumbnail
    BEGIN UPDATE counter SET value = value + 1 WHERE name = 'thumbnail'; END;
CREATE TRIGGER thumbnail_gone AFTER DELETE ON thumbnail
    BEGIN UPDATE counter SET value = value - 1 WHERE name = 'thumbnail'; END;
CREATE TRIGGER failure_added AFTER INSERT ON failure
    BEGIN UPDATE counter SET value = value + 1 WHERE name = 'failure'; END;
CREATE TRIGGER failure_gone AFTER DELETE ON failure
    BEGIN UPDATE counter SET value = value - 1 WHERE name = 'failure'; END;
CREATE TRIGGER vector_added AFTER INSERT ON vector
    BEGIN UPDATE segment SET live = live + 1 WHERE id = NEW.segment; END;
CREATE TRIGGER vector_gone AFTER DELETE ON vector
    BEGIN UPDATE segment SET live = live - 1 WHERE id = OLD.segment; END;
CREATE TRIGGER job_item_added AFTER INSERT ON job_item
    BEGIN UPDATE job SET pending = pending + 1 WHERE id = NEW.job; END;
CREATE TRIGGER job_item_gone AFTER DELETE ON job_item
    BEGIN UPDATE job SET pending = pending - 1 WHERE id = OLD.job; END;
CREATE TRIGGER job_folder_added AFTER INSERT ON job_folder WHEN NEW.done = 0
    BEGIN UPDATE job SET folders = folders + 1 WHERE id = NEW.job; END;
CREATE TRIGGER job_folder_done AFTER UPDATE OF done ON job_folder WHEN OLD.done = 0 AND NEW.done = 1
    BEGIN UPDATE job SET folders = folders - 1 WHERE id = NEW.job; END;
CREATE TRIGGER job_folder_gone AFTER DELETE ON job_folder WHEN OLD.done = 0
    BEGIN UPDATE job SET folders = folders - 1 WHERE id = OLD.job; END;
