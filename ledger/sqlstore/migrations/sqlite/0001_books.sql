-- +goose Up

-- One row per entry, its postings inside: [[code, net] or [code, net, party, scheme], …], net is debit less credit in
-- minor units; party and scheme are the entry's own where they are left out. Dates are yyyymmdd, instants are
-- microseconds since 1970. The key begins with the party, so that a member's entries lie together.
CREATE TABLE entry (
    party       TEXT   NOT NULL,
    value_on    INTEGER NOT NULL CHECK (value_on BETWEEN 19000101 AND 21991231),
    id          BLOB  NOT NULL CHECK (length(id) = 16),
    booked_on   INTEGER NOT NULL CHECK (booked_on >= value_on),
    recorded_at INTEGER NOT NULL,
    kind        TEXT   NOT NULL,
    scheme      TEXT   NOT NULL,
    currency    TEXT   NOT NULL,
    postings    TEXT   NOT NULL,
    undoes      BLOB  CHECK (length(undoes) = 16),
    reason      TEXT   NOT NULL,
    fingerprint BLOB,
    PRIMARY KEY (party, value_on, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entry_id ON entry (id);
-- L2: an entry is undone once; this index decides every race.
CREATE UNIQUE INDEX entry_undoes ON entry (undoes) WHERE undoes IS NOT NULL;

-- What stands for each party with balances of its own: [[code, scheme, currency, net], …].
CREATE TABLE party_balance (
    party    TEXT NOT NULL PRIMARY KEY,
    balances TEXT NOT NULL
) STRICT, WITHOUT ROWID;

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
    debit       INTEGER  NOT NULL CHECK (debit >= 0),
    credit      INTEGER  NOT NULL CHECK (credit >= 0),
    PRIMARY KEY (code, party, scheme, currency, period, value_on, recorded_on, stripe)
) STRICT, WITHOUT ROWID;

-- One row per shared account with a floor: whoever spends from it updates this row first (L8).
CREATE TABLE account_spend (
    code     INTEGER NOT NULL,
    party    TEXT    NOT NULL,
    scheme   TEXT    NOT NULL,
    currency TEXT    NOT NULL,
    spends   INTEGER  NOT NULL,
    PRIMARY KEY (code, party, scheme, currency)
) STRICT;

-- One row per commit: which entries it recorded, 16 bytes each. "What is new" is read from here.
CREATE TABLE batch (
    stripe      INTEGER NOT NULL,
    recorded_at INTEGER  NOT NULL,
    id          BLOB   NOT NULL,
    entries     BLOB   NOT NULL,
    PRIMARY KEY (stripe, recorded_at, id)
) STRICT;
CREATE INDEX batch_recorded ON batch (recorded_at, id);

-- The one row that says which periods are closed: shared by every batch, taken alone by a close (L7).
CREATE TABLE calendar (
    one            INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    closed_through INTEGER NOT NULL
) STRICT;
INSERT INTO calendar (one, closed_through) VALUES (1, 0);

CREATE TABLE period_close (
    period    INTEGER NOT NULL PRIMARY KEY,
    closed_at INTEGER  NOT NULL
) STRICT;

-- One row per posting, for people with SQL tools.
CREATE VIEW posting AS
SELECT lower(hex(e.id)) AS entry_id,
       e.kind,
       printf('%04d-%02d-%02d', e.value_on / 10000, e.value_on / 100 % 100, e.value_on % 100) AS value_date,
       printf('%04d-%02d-%02d', e.booked_on / 10000, e.booked_on / 100 % 100, e.booked_on % 100) AS booking_date,
       strftime('%Y-%m-%dT%H:%M:%fZ', e.recorded_at / 1000000.0, 'unixepoch') AS recorded_at,
       json_extract(p.value, '$[0]') AS code,
       COALESCE(json_extract(p.value, '$[2]'), e.party) AS party,
       COALESCE(json_extract(p.value, '$[3]'), e.scheme) AS scheme,
       e.currency,
       max(json_extract(p.value, '$[1]'), 0) AS debit_minor,
       max(-json_extract(p.value, '$[1]'), 0) AS credit_minor,
       lower(hex(e.undoes)) AS undoes,
       e.reason
FROM entry AS e, json_each(e.postings) AS p;
