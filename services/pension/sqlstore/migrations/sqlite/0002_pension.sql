-- +goose Up

-- Pensions in payment, and those that were. Payee is who is paid, saver the member whose savings it comes from. Months are
-- yyyymm, dates yyyymmdd, amounts minor units; months_left is a JSON list, by year, empty where it goes by no table.
CREATE TABLE pension (
    id          BLOB    NOT NULL PRIMARY KEY,
    payee       TEXT    NOT NULL,
    saver       TEXT    NOT NULL,
    scheme      TEXT    NOT NULL,
    currency    TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    plan        TEXT    NOT NULL,
    form        TEXT    NOT NULL,
    begins      INTEGER NOT NULL,
    last_month  INTEGER NOT NULL,
    months      INTEGER NOT NULL,
    months_left TEXT    NOT NULL,
    monthly     INTEGER NOT NULL,
    reserve     INTEGER NOT NULL,
    least       INTEGER NOT NULL,
    funder      TEXT    NOT NULL,
    refund      INTEGER NOT NULL CHECK (refund IN (0, 1)),
    paid        INTEGER NOT NULL CHECK (paid >= 0),
    paid_minor  INTEGER NOT NULL,
    ended_on    INTEGER NOT NULL,
    capital     INTEGER NOT NULL CHECK (capital IN (0, 1)),
    decision    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pension_saver ON pension (saver, scheme, id);
CREATE INDEX pension_payee ON pension (payee, id);
CREATE INDEX pension_due ON pension (scheme, ended_on, id);

-- What was drawn before retirement. By which way is a keyed hash: its name may tell of an illness.
CREATE TABLE early_drawing (
    id       BLOB    NOT NULL PRIMARY KEY,
    member   TEXT    NOT NULL,
    scheme   TEXT    NOT NULL,
    way      BLOB    NOT NULL,
    drawn_on INTEGER NOT NULL,
    minor    INTEGER NOT NULL CHECK (minor > 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX early_drawing_member ON early_drawing (member, scheme, drawn_on);
