-- +goose Up

-- One row per family of pools, by its national scheme: how many moves were booked between them. Whoever changes anything
-- in the family holds it.
CREATE TABLE fund_family (
    national TEXT    NOT NULL PRIMARY KEY,
    moves    BIGINT  NOT NULL
);

-- One row per call on a guarantor. Days are yyyymmdd, 0 for none.
CREATE TABLE guarantor_call (
    id             BYTEA   NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    scheme         TEXT    NOT NULL,
    pool           TEXT    NOT NULL,
    currency       TEXT    NOT NULL,
    number         BIGINT  NOT NULL,
    guarantor      TEXT    NOT NULL,
    minor          BIGINT  NOT NULL CHECK (minor > 0),
    called_on      BIGINT  NOT NULL,
    called_by      TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('open', 'confirmed')),
    received_minor BIGINT  NOT NULL,
    bank           TEXT    NOT NULL,
    received_on    BIGINT  NOT NULL,
    maker          TEXT    NOT NULL,
    approver       TEXT    NOT NULL,
    recorded_at    BIGINT  NOT NULL,
    CHECK (approver <> maker OR state = 'open')
);
CREATE UNIQUE INDEX guarantor_call_number ON guarantor_call (scheme, pool, currency, number);
