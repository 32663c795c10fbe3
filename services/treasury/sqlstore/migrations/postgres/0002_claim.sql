-- +goose Up

-- Treasury claims: those of a funder and scheme are numbered from 1. Phase and cursor say how far the drawing up has
-- come, so that it goes on where it was cut off. Amounts are in minor units, dates are yyyymmdd, instants microseconds.
CREATE TABLE treasury_claim (
    funder       TEXT    NOT NULL,
    scheme       TEXT    NOT NULL,
    number       INTEGER NOT NULL CHECK (number > 0),
    reference    TEXT    NOT NULL,
    fingerprint  BYTEA   NOT NULL,
    currency     TEXT    NOT NULL,
    through      INTEGER NOT NULL,
    until        BIGINT  NOT NULL,
    log_cursor   TEXT    NOT NULL,
    phase        TEXT    NOT NULL CHECK (phase IN ('waiting', 'log', 'totalling', 'frozen')),
    state        TEXT    NOT NULL CHECK (state IN ('drawing', 'drawn-up', 'certified', 'sent', 'verified', 'part-paid', 'paid')),
    lines        BIGINT  NOT NULL,
    total        BIGINT  NOT NULL,
    owed         BIGINT  NOT NULL,
    hash         BYTEA   NOT NULL,
    withheld     BIGINT  NOT NULL,
    disputed     BIGINT  NOT NULL,
    paid         BIGINT  NOT NULL,
    drawn_by     TEXT    NOT NULL,
    drawn_at     BIGINT  NOT NULL,
    certified_by TEXT    NOT NULL CHECK (certified_by <> drawn_by),
    certified_at BIGINT  NOT NULL,
    sent_by      TEXT    NOT NULL,
    sent_at      BIGINT  NOT NULL,
    verified_by  TEXT    NOT NULL,
    verified_at  BIGINT  NOT NULL,
    seed         TEXT    NOT NULL,
    seed_by      TEXT    NOT NULL,
    seed_at      BIGINT  NOT NULL,
    PRIMARY KEY (funder, scheme, number)
);
CREATE UNIQUE INDEX treasury_claim_reference ON treasury_claim (funder, reference);

-- The lines of claims, and under number 0 those that wait for the next one. The id is that of the grant's entry; the
-- token stands for the beneficiary and names nobody.
CREATE TABLE claim_line (
    funder         TEXT    NOT NULL,
    scheme         TEXT    NOT NULL,
    number         INTEGER NOT NULL,
    id             BYTEA   NOT NULL CHECK (length(id) = 16),
    attempt        INTEGER NOT NULL,
    token          BYTEA   NOT NULL CHECK (length(token) = 16),
    minor          BIGINT  NOT NULL,
    value_on       INTEGER NOT NULL,
    year           INTEGER NOT NULL,
    prior          INTEGER NOT NULL,
    subsidy        TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    period         TEXT    NOT NULL,
    due_back       INTEGER NOT NULL,
    corrects       BYTEA   CHECK (length(corrects) = 16),
    corrects_claim INTEGER NOT NULL,
    outcome        TEXT    NOT NULL CHECK (outcome IN ('', 'accepted', 'rejected', 'disputed')),
    code           TEXT    NOT NULL,
    note           TEXT    NOT NULL,
    reclaimed      INTEGER NOT NULL,
    PRIMARY KEY (funder, scheme, number, id)
);
-- A grant stands in one claim only, and again only as the correction of a rejected line: this index decides.
CREATE UNIQUE INDEX claim_line_grant ON claim_line (id, attempt);

-- How a claim is divided over the budget lines; year 0 where no budget is charged.
CREATE TABLE claim_share (
    funder   TEXT    NOT NULL,
    scheme   TEXT    NOT NULL,
    number   INTEGER NOT NULL,
    year     INTEGER NOT NULL,
    prior    INTEGER NOT NULL,
    minor    BIGINT  NOT NULL,
    withheld BIGINT  NOT NULL,
    paid     BIGINT  NOT NULL,
    PRIMARY KEY (funder, scheme, number, year, prior)
);

-- What was paid for a claim, under a keyed hash of the payer's reference, which is the id of its entry too.
CREATE TABLE claim_payment (
    id          BYTEA   NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    fingerprint BYTEA   NOT NULL,
    funder      TEXT    NOT NULL,
    scheme      TEXT    NOT NULL,
    number      INTEGER NOT NULL,
    reference   TEXT    NOT NULL,
    minor       BIGINT  NOT NULL,
    bank        TEXT    NOT NULL,
    paid_on     INTEGER NOT NULL,
    person      TEXT    NOT NULL,
    recorded_at BIGINT  NOT NULL
);
CREATE INDEX claim_payment_claim ON claim_payment (funder, scheme, number, recorded_at, id);
