-- +goose Up

-- Members whose due waits for a budget, in the order in which they have waited: since, then turn in their batch. What
-- waits stands on 9500 of the line; the row only says whose turn it is. Dates are yyyymmdd, instants microseconds.
CREATE TABLE subsidy_wait (
    line     TEXT    NOT NULL,
    member   TEXT    NOT NULL,
    scheme   TEXT    NOT NULL,
    subsidy  TEXT    NOT NULL,
    start    INTEGER NOT NULL,
    currency TEXT    NOT NULL,
    since    INTEGER NOT NULL,
    turn     INTEGER NOT NULL,
    minor    INTEGER NOT NULL CHECK (minor > 0),
    PRIMARY KEY (line, member, scheme, subsidy, start)
) STRICT, WITHOUT ROWID;
CREATE INDEX subsidy_wait_turn ON subsidy_wait (line, since, turn);

-- One row per run over the members of a scheme: how far it has come. A run that is started again goes on from there.
CREATE TABLE subsidy_run (
    name       TEXT    NOT NULL PRIMARY KEY,
    after      TEXT    NOT NULL,
    members    INTEGER NOT NULL,
    moved      INTEGER NOT NULL,
    finished   INTEGER NOT NULL CHECK (finished IN (0, 1)),
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
