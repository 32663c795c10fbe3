-- +goose Up

-- What one person asks to be paid and another approves. Instants are microseconds since 1970, 0 for none.
CREATE TABLE payout_batch (
    id             BYTEA   NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    fingerprint    BYTEA   NOT NULL,
    reference      TEXT    NOT NULL,
    rail           TEXT    NOT NULL,
    pool           TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('drawing', 'made', 'approved', 'declined')),
    booked         INTEGER NOT NULL,
    reason         TEXT    NOT NULL,
    maker          TEXT    NOT NULL,
    approver       TEXT    NOT NULL,
    made_at        BIGINT  NOT NULL,
    agreed_at      BIGINT  NOT NULL,
    currency       TEXT    NOT NULL,
    declared_count INTEGER NOT NULL,
    declared_minor BIGINT  NOT NULL,
    found_count    INTEGER NOT NULL,
    found_minor    BIGINT  NOT NULL,
    follows        BYTEA,
    CHECK (approver <> maker OR state <> 'approved')
);
CREATE INDEX payout_batch_made ON payout_batch (made_at, id);
CREATE INDEX payout_batch_unbooked ON payout_batch (id) WHERE state = 'approved' AND booked = 0;

-- The outbox: one row per payout, written in the transaction that books it. due_at is when a worker looks at it next, 0 for
-- never; a worker has it to itself while lease_until lies ahead. Where the money goes is sealed.
CREATE TABLE payout (
    id               BYTEA   NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    rail_key         BYTEA   NOT NULL CHECK (length(rail_key) = 16),
    batch            BYTEA   NOT NULL,
    line             INTEGER NOT NULL,
    party            TEXT    NOT NULL,
    scheme           TEXT    NOT NULL,
    pool             TEXT    NOT NULL,
    currency         TEXT    NOT NULL,
    minor            BIGINT  NOT NULL CHECK (minor >= 0),
    rail             TEXT    NOT NULL,
    kind             TEXT    NOT NULL,
    sealed           BYTEA,
    state            TEXT    NOT NULL CHECK (state IN ('requested', 'approved', 'sending', 'sent', 'settled', 'failed', 'returned', 'unknown')),
    reason           TEXT    NOT NULL,
    contradiction    TEXT    NOT NULL,
    requested_at     BIGINT  NOT NULL,
    changed_at       BIGINT  NOT NULL,
    rail_reference   TEXT    NOT NULL,
    fee              BIGINT  NOT NULL,
    attempts         INTEGER NOT NULL,
    called_by        BIGINT  NOT NULL,
    resend           INTEGER NOT NULL,
    unanswered       INTEGER NOT NULL,
    lease_number     BIGINT  NOT NULL,
    lease_holder     TEXT    NOT NULL,
    lease_taken      BIGINT  NOT NULL,
    lease_until      BIGINT  NOT NULL,
    due_at           BIGINT  NOT NULL,
    resolve_as       TEXT    NOT NULL,
    resolver         TEXT    NOT NULL,
    followed_by      BYTEA,
    events           INTEGER NOT NULL
);
CREATE UNIQUE INDEX payout_rail_key ON payout (rail_key);
CREATE INDEX payout_batch_line ON payout (batch, line, id);
CREATE INDEX payout_batch_state ON payout (batch, state, line);
CREATE INDEX payout_party ON payout (party, requested_at, id);
CREATE INDEX payout_time ON payout (requested_at, id);
CREATE INDEX payout_due ON payout (due_at, id) WHERE due_at > 0;
CREATE INDEX payout_requested ON payout (party, scheme, currency) WHERE state = 'requested';
CREATE INDEX payout_contradiction ON payout (requested_at, id) WHERE contradiction <> '';

-- What happened to each payout, in order.
CREATE TABLE payout_event (
    payout  BYTEA   NOT NULL,
    number  INTEGER NOT NULL,
    at      BIGINT  NOT NULL,
    by_whom TEXT    NOT NULL,
    what    TEXT    NOT NULL,
    outcome TEXT    NOT NULL,
    state   TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    PRIMARY KEY (payout, number)
);

-- What keeps the payouts of a party, or of a pool, from being sent.
CREATE TABLE payout_hold (
    party       TEXT   NOT NULL,
    scheme      TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    held_at     BIGINT NOT NULL,
    person      TEXT   NOT NULL,
    released_at BIGINT NOT NULL,
    released_by TEXT   NOT NULL,
    PRIMARY KEY (party, scheme, reason, held_at)
);

-- Where a party is paid over a rail, sealed.
CREATE TABLE payout_destination (
    party  TEXT   NOT NULL,
    rail   TEXT   NOT NULL,
    kind   TEXT   NOT NULL,
    sealed BYTEA  NOT NULL,
    person TEXT   NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (party, rail)
);

-- Who topped up a rail's float; the amount is in the books, under the same id.
CREATE TABLE float_top_up (
    id          BYTEA   NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    rail        TEXT    NOT NULL,
    bank        TEXT    NOT NULL,
    currency    TEXT    NOT NULL,
    minor       BIGINT  NOT NULL,
    sent_on     INTEGER NOT NULL,
    reference   TEXT    NOT NULL,
    person      TEXT    NOT NULL,
    recorded_at BIGINT  NOT NULL
);
