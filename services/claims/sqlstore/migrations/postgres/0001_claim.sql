-- +goose Up

-- Who gives care. Networks and pools are JSON lists; pay_to is where the provider is paid, empty while that is not known.
CREATE TABLE provider (
    id          TEXT    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    level       TEXT    NOT NULL,
    networks    TEXT    NOT NULL,
    pools       TEXT    NOT NULL,
    pay_to      TEXT    NOT NULL,
    recorded_at BIGINT  NOT NULL
);

-- One row per claim: what the books and the worklists need. What happened to whom is in sealed, under the key of the
-- member, or, while nobody knows whose it is, under a key made of salt. Amounts are minor units, days are yyyymmdd, 0 means
-- none. Person is a keyed hash of whom it is about; uses is the pre-authorisation that it uses up.
CREATE TABLE benefit_claim (
    id          BYTEA   NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    fingerprint BYTEA   NOT NULL CHECK (length(fingerprint) = 17),
    provider    TEXT    NOT NULL,
    member      TEXT    NOT NULL,
    scheme      TEXT    NOT NULL,
    pool        TEXT    NOT NULL,
    currency    TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    asked       BIGINT  NOT NULL CHECK (asked >= 0),
    granted     BIGINT  NOT NULL CHECK (granted >= 0),
    event_on    BIGINT  NOT NULL,
    received_on BIGINT  NOT NULL,
    decided_on  BIGINT  NOT NULL,
    recorded_at BIGINT  NOT NULL,
    decision    TEXT    NOT NULL,
    moves       BIGINT  NOT NULL,
    person      BYTEA   NOT NULL CHECK (length(person) = 16),
    uses        BYTEA   NOT NULL CHECK (length(uses) = 16),
    next_on     BIGINT  NOT NULL,
    sealed      BYTEA   NOT NULL,
    salt        BYTEA,
    CHECK ((member = '') = (salt IS NOT NULL))
);
CREATE INDEX benefit_claim_member ON benefit_claim (member, recorded_at, id);
CREATE INDEX benefit_claim_person ON benefit_claim (person);
CREATE INDEX benefit_claim_provider ON benefit_claim (provider, recorded_at, id);
CREATE INDEX benefit_claim_state ON benefit_claim (state, recorded_at, id);
CREATE INDEX benefit_claim_pool ON benefit_claim (scheme, pool, received_on);
CREATE INDEX benefit_claim_next ON benefit_claim (next_on, id) WHERE next_on > 0;

-- What is booked under a claim, by who bears it and to whom it is owed, and how much of it was handed over to be paid. It
-- is recomputed from the entries by verify.
CREATE TABLE benefit_owed (
    claim  BYTEA   NOT NULL CHECK (length(claim) = 16),
    bearer TEXT    NOT NULL,
    payee  TEXT    NOT NULL,
    booked BIGINT  NOT NULL CHECK (booked >= 0),
    paid   BIGINT  NOT NULL CHECK (paid >= 0),
    PRIMARY KEY (claim, bearer, payee)
);

-- A row per person whom claims are about, by keyed hash: locked by whoever judges one of them, so that two claims at once
-- on the last of a limit are judged one after the other, whoever handed them in.
CREATE TABLE benefit_person (
    person BYTEA NOT NULL PRIMARY KEY CHECK (length(person) = 16)
);
