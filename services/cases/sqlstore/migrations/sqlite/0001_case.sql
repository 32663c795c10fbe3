-- +goose Up

-- One row per complaint or appeal. What of it is about people is sealed under the member's key. Took_part lists who made
-- what it objects to, as JSON: they may not judge it. Answer_by is a day as digits; instants are microseconds since 1970,
-- by the database's clock; closed_at is 0 while it is open.
CREATE TABLE case_file (
    id        TEXT    NOT NULL PRIMARY KEY,
    kind      TEXT    NOT NULL,
    member    TEXT    NOT NULL,
    against   TEXT    NOT NULL,
    subject   TEXT    NOT NULL,
    decision  TEXT    NOT NULL,
    filed_by  TEXT    NOT NULL,
    state     TEXT    NOT NULL,
    level     INTEGER NOT NULL,
    filed_at  INTEGER NOT NULL,
    closed_at INTEGER NOT NULL,
    answer_by INTEGER NOT NULL,
    judge     TEXT    NOT NULL,
    took_part TEXT    NOT NULL,
    sealed    BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX case_member ON case_file (member, id);
-- What is open: whom nothing may be taken from meanwhile, and what is overdue.
CREATE INDEX case_open ON case_file (member) WHERE closed_at = 0;
CREATE INDEX case_due ON case_file (answer_by, id) WHERE closed_at = 0;
