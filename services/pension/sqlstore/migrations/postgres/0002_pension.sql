-- +goose Up

-- Pensions in payment, and those that were. Payee is who is paid, saver the member whose savings it comes from. Months are
-- yyyymm, dates yyyymmdd, amounts minor units; months_left is a JSON list, by year, empty where it goes by no table.
CREATE TABLE pension (
    id          BYTEA   NOT NULL PRIMARY KEY,
    payee       TEXT    NOT NULL,
    saver       TEXT    NOT NULL,
    scheme      TEXT    NOT NULL,
    currency    TEXT    NOT NULL,
    version     BIGINT  NOT NULL,
    plan        TEXT    NOT NULL,
    form        TEXT    NOT NULL,
    begins      BIGINT  NOT NULL,
    last_month  BIGINT  NOT NULL,
    months      BIGINT  NOT NULL,
    months_left TEXT    NOT NULL,
    monthly     BIGINT  NOT NULL,
    reserve     BIGINT  NOT NULL,
    least       BIGINT  NOT NULL,
    funder      TEXT    NOT NULL,
    refund      BIGINT  NOT NULL CHECK (refund IN (0, 1)),
    paid        BIGINT  NOT NULL CHECK (paid >= 0),
    paid_minor  BIGINT  NOT NULL,
    ended_on    BIGINT  NOT NULL,
    capital     BIGINT  NOT NULL CHECK (capital IN (0, 1)),
    decision    TEXT    NOT NULL
);
CREATE INDEX pension_saver ON pension (saver, scheme, id);
CREATE INDEX pension_payee ON pension (payee, id);
CREATE INDEX pension_due ON pension (scheme, ended_on, id);

-- What was drawn before retirement. By which way is a keyed hash: its name may tell of an illness.
CREATE TABLE early_drawing (
    id       BYTEA   NOT NULL PRIMARY KEY,
    member   TEXT    NOT NULL,
    scheme   TEXT    NOT NULL,
    way      BYTEA   NOT NULL,
    drawn_on BIGINT  NOT NULL,
    minor    BIGINT  NOT NULL CHECK (minor > 0)
);
CREATE INDEX early_drawing_member ON early_drawing (member, scheme, drawn_on);
