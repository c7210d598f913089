-- Texts beside pictures, several models side by side, relations between media, alignments between models.

ALTER TABLE media ADD COLUMN modality TEXT NOT NULL DEFAULT 'image';  -- 'image' or 'text'; a text has width and height 0

ALTER TABLE model ADD COLUMN weights TEXT;  -- where the user said that its weights lie; NULL: where its package has them

-- The words of a text, so that it can be shown while its file is away: at most the first 4,000 characters.
CREATE TABLE text (
    media INTEGER PRIMARY KEY REFERENCES media ON DELETE CASCADE,
    words TEXT NOT NULL
);

INSERT INTO counter (name, value) VALUES ('text', 0);

CREATE TRIGGER text_added AFTER INSERT ON text
    BEGIN UPDATE counter SET value = value + 1 WHERE name = 'text'; END;
CREATE TRIGGER text_gone AFTER DELETE ON text
    BEGIN UPDATE counter SET value = value - 1 WHERE name = 'text'; END;

-- Which media mean the same. What is paired is split for training and validation by media, never by pair.
CREATE TABLE relation (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    name    TEXT NOT NULL UNIQUE,
    source  TEXT NOT NULL,          -- where it was read from, for people
    created TEXT NOT NULL           -- ISO 8601, UTC
);

CREATE TABLE pair (
    relation INTEGER NOT NULL REFERENCES relation ON DELETE CASCADE,
    a        INTEGER NOT NULL REFERENCES media ON DELETE CASCADE,  -- a picture
    b        INTEGER NOT NULL REFERENCES media ON DELETE CASCADE,  -- a text
    PRIMARY KEY (relation, a, b)
) WITHOUT ROWID;

CREATE INDEX pair_a ON pair (a);
CREATE INDEX pair_b ON pair (b);

-- Maps between the spaces of models; the arrays lie in alignments/<file>. Models are named by fingerprint too: a text
-- model that only embeds queries has no row in model.
CREATE TABLE alignment (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT NOT NULL,
    file     TEXT NOT NULL,
    checksum TEXT NOT NULL,         -- xxh3-128 of the file, hex
    recipe   TEXT NOT NULL,         -- 'bootstrap', 'pairs', 'joined'
    relation INTEGER REFERENCES relation ON DELETE SET NULL,
    pairs    INTEGER NOT NULL,
    classes  INTEGER NOT NULL,
    distance REAL NOT NULL,
    created  TEXT NOT NULL          -- ISO 8601, UTC
);

CREATE TABLE alignment_model (
    alignment   INTEGER NOT NULL REFERENCES alignment ON DELETE CASCADE,
    model       TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (alignment, model)
) WITHOUT ROWID;
