-- +goose Up

-- What one person asks to be paid and another approves. Instants are microseconds since 1970, 0 for none.
CREATE TABLE payout_batch (
    id             BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    fingerprint    BLOB    NOT NULL,
    reference      TEXT    NOT NULL,
    rail           TEXT    NOT NULL,
    pool           TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('drawing', 'made', 'approved', 'declined')),
    booked         INTEGER NOT NULL,
    reason         TEXT    NOT NULL,
    maker          TEXT    NOT NULL,
    approver       TEXT    NOT NULL,
    made_at        INTEGER NOT NULL,
    agreed_at      INTEGER NOT NULL,
    currency       TEXT    NOT NULL,
    declared_count INTEGER NOT NULL,
    declared_minor INTEGER NOT NULL,
    found_count    INTEGER NOT NULL,
    found_minor    INTEGER NOT NULL,
    follows        BLOB,
    CHECK (approver <> maker OR state <> 'approved')
) STRICT, WITHOUT ROWID;
CREATE INDEX payout_batch_made ON payout_batch (made_at, id);
CREATE INDEX payout_batch_unbooked ON payout_batch (id) WHERE state = 'approved' AND booked = 0;

-- The outbox: one row per payout, written in the transaction that books it. due_at is when a worker looks at it next, 0 for
-- never; a worker has it to itself while lease_until lies ahead. Where the money goes is sealed.
CREATE TABLE payout (
    id               BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    rail_key         BLOB    NOT NULL CHECK (length(rail_key) = 16),
    batch            BLOB    NOT NULL,
    line             INTEGER NOT NULL,
    party            TEXT    NOT NULL,
    scheme           TEXT    NOT NULL,
    pool             TEXT    NOT NULL,
    currency         TEXT    NOT NULL,
    minor            INTEGER NOT NULL CHECK (minor >= 0),
    rail             TEXT    NOT NULL,
    kind             TEXT    NOT NULL,
    sealed           BLOB,
    state            TEXT    NOT NULL CHECK (state IN ('requested', 'approved', 'sending', 'sent', 'settled', 'failed', 'returned', 'unknown')),
    reason           TEXT    NOT NULL,
    contradiction    TEXT    NOT NULL,
    requested_at     INTEGER NOT NULL,
    changed_at       INTEGER NOT NULL,
    rail_reference   TEXT    NOT NULL,
    fee              INTEGER NOT NULL,
    attempts         INTEGER NOT NULL,
    called_by        INTEGER NOT NULL,
    resend           INTEGER NOT NULL,
    unanswered       INTEGER NOT NULL,
    lease_number     INTEGER NOT NULL,
    lease_holder     TEXT    NOT NULL,
    lease_taken      INTEGER NOT NULL,
    lease_until      INTEGER NOT NULL,
    due_at           INTEGER NOT NULL,
    resolve_as       TEXT    NOT NULL,
    resolver         TEXT    NOT NULL,
    followed_by      BLOB,
    events           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
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
    payout  BLOB    NOT NULL,
    number  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    by_whom TEXT    NOT NULL,
    what    TEXT    NOT NULL,
    outcome TEXT    NOT NULL,
    state   TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    PRIMARY KEY (payout, number)
) STRICT, WITHOUT ROWID;

-- What keeps the payouts of a party, or of a pool, from being sent.
CREATE TABLE payout_hold (
    party       TEXT   NOT NULL,
    scheme      TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    held_at     INTEGER NOT NULL,
    person      TEXT   NOT NULL,
    released_at INTEGER NOT NULL,
    released_by TEXT   NOT NULL,
    PRIMARY KEY (party, scheme, reason, held_at)
) STRICT, WITHOUT ROWID;

-- Where a party is paid over a rail, sealed.
CREATE TABLE payout_destination (
    party  TEXT   NOT NULL,
    rail   TEXT   NOT NULL,
    kind   TEXT   NOT NULL,
    sealed BLOB   NOT NULL,
    person TEXT   NOT NULL,
    set_at INTEGER NOT NULL,
    PRIMARY KEY (party, rail)
) STRICT, WITHOUT ROWID;

-- Who topped up a rail's float; the amount is in the books, under the same id.
CREATE TABLE float_top_up (
    id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    rail        TEXT    NOT NULL,
    bank        TEXT    NOT NULL,
    currency    TEXT    NOT NULL,
    minor       INTEGER NOT NULL,
    sent_on     INTEGER NOT NULL,
    reference   TEXT    NOT NULL,
    person      TEXT    NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
