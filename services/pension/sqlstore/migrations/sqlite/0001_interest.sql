-- +goose Up

-- Interest that two people have declared, never changed: what is declared anew is the next revision of its number. Pots
-- are codes of accounts, such as 2100 2110. Dates are yyyymmdd, instants microseconds since 1970 by the database's clock.
CREATE TABLE interest_declaration (
    scheme      TEXT    NOT NULL,
    number      INTEGER NOT NULL CHECK (number > 0),
    revision    INTEGER NOT NULL CHECK (revision > 0),
    currency    TEXT    NOT NULL,
    pots        TEXT    NOT NULL,
    begins      INTEGER NOT NULL,
    ends        INTEGER NOT NULL CHECK (ends >= begins),
    rate        TEXT    NOT NULL,
    days        TEXT    NOT NULL,
    way         TEXT    NOT NULL,
    step        INTEGER NOT NULL CHECK (step > 0),
    authority   TEXT    NOT NULL,
    cuts_past   INTEGER NOT NULL CHECK (cuts_past IN (0, 1)),
    maker       TEXT    NOT NULL,
    approver    TEXT    NOT NULL CHECK (approver <> maker),
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (scheme, number, revision)
) STRICT, WITHOUT ROWID;

-- One row per run over all members: how far it has come. Number is that of the declaration, for interest. Began_at is when
-- this pass began, swept_at when the last one that came to its end had begun; 0 for none.
CREATE TABLE pension_run (
    name       TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    scheme     TEXT    NOT NULL,
    number     INTEGER NOT NULL,
    after      TEXT    NOT NULL,
    members    INTEGER NOT NULL,
    moved      INTEGER NOT NULL,
    failed     INTEGER NOT NULL,
    minor      INTEGER NOT NULL,
    finished   INTEGER NOT NULL CHECK (finished IN (0, 1)),
    began_at   INTEGER NOT NULL,
    swept_at   INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pension_run_scheme ON pension_run (kind, scheme);
