-- +goose Up

-- One row per entry, its postings inside: [[code, net] or [code, net, party, scheme], …], net is debit less credit in
-- minor units; party and scheme are the entry's own where they are left out. Dates are yyyymmdd, instants are
-- microseconds since 1970. The key begins with the party, so that a member's entries lie together.
CREATE TABLE entry (
    party       TEXT   NOT NULL,
    value_on    INTEGER NOT NULL CHECK (value_on BETWEEN 19000101 AND 21991231),
    id          BYTEA  NOT NULL CHECK (length(id) = 16),
    booked_on   INTEGER NOT NULL CHECK (booked_on >= value_on),
    recorded_at BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    scheme      TEXT   NOT NULL,
    currency    TEXT   NOT NULL,
    postings    TEXT   NOT NULL,
    undoes      BYTEA  CHECK (length(undoes) = 16),
    reason      TEXT   NOT NULL,
    fingerprint BYTEA,
    PRIMARY KEY (party, value_on, id)
);
CREATE UNIQUE INDEX entry_id ON entry (id);
-- L2: an entry is undone once; this index decides every race.
CREATE UNIQUE INDEX entry_undoes ON entry (undoes) WHERE undoes IS NOT NULL;

-- What stands for each party with balances of its own: [[code, scheme, currency, net], …].
CREATE TABLE party_balance (
    party    TEXT NOT NULL PRIMARY KEY,
    balances TEXT NOT NULL
);

-- Additions to shared accounts, and with an empty party the control totals of members' accounts.
CREATE TABLE account_total (
    code        INTEGER NOT NULL,
    party       TEXT    NOT NULL,
    scheme      TEXT    NOT NULL,
    currency    TEXT    NOT NULL,
    period      INTEGER NOT NULL,
    value_on    INTEGER NOT NULL,
    recorded_on INTEGER NOT NULL,
    stripe      INTEGER NOT NULL,
    debit       BIGINT  NOT NULL CHECK (debit >= 0),
    credit      BIGINT  NOT NULL CHECK (credit >= 0),
    PRIMARY KEY (code, party, scheme, currency, period, value_on, recorded_on, stripe)
);

-- One row per shared account with a floor: whoever spends from it updates this row first (L8).
CREATE TABLE account_spend (
    code     INTEGER NOT NULL,
    party    TEXT    NOT NULL,
    scheme   TEXT    NOT NULL,
    currency TEXT    NOT NULL,
    spends   BIGINT  NOT NULL,
    PRIMARY KEY (code, party, scheme, currency)
);

-- One row per commit: which entries it recorded, 16 bytes each. "What is new" is read from here.
CREATE TABLE batch (
    stripe      INTEGER NOT NULL,
    recorded_at BIGINT  NOT NULL,
    id          BYTEA   NOT NULL,
    entries     BYTEA   NOT NULL,
    PRIMARY KEY (stripe, recorded_at, id)
);
CREATE INDEX batch_recorded ON batch (recorded_at, id);

-- The one row that says which periods are closed: shared by every batch, taken alone by a close (L7).
CREATE TABLE calendar (
    one            INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    closed_through INTEGER NOT NULL
);
INSERT INTO calendar (one, closed_through) VALUES (1, 0);

CREATE TABLE period_close (
    period    INTEGER NOT NULL PRIMARY KEY,
    closed_at BIGINT  NOT NULL
);

-- One row per posting, for people with SQL tools.
CREATE VIEW posting AS
SELECT encode(e.id, 'hex') AS entry_id,
       e.kind,
       to_date(CAST(e.value_on AS TEXT), 'YYYYMMDD') AS value_date,
       to_date(CAST(e.booked_on AS TEXT), 'YYYYMMDD') AS booking_date,
       to_timestamp(e.recorded_at / 1000000.0) AS recorded_at,
       CAST(p.line ->> 0 AS INTEGER) AS code,
       COALESCE(p.line ->> 2, e.party) AS party,
       COALESCE(p.line ->> 3, e.scheme) AS scheme,
       e.currency,
       GREATEST(CAST(p.line ->> 1 AS BIGINT), 0) AS debit_minor,
       GREATEST(-CAST(p.line ->> 1 AS BIGINT), 0) AS credit_minor,
       encode(e.undoes, 'hex') AS undoes,
       e.reason
FROM entry AS e, jsonb_array_elements(CAST(e.postings AS JSONB)) AS p (line);
