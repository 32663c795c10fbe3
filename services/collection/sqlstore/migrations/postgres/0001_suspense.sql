-- +goose Up

-- What waits for somebody: money that belongs to nobody known, reversals that cannot take effect, amounts that could
-- not be read. The id is that of its entry; an unread item has none.
CREATE TABLE suspense (
    id          BYTEA   NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    collector   TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    value_on    INTEGER NOT NULL,
    opened_at   BIGINT  NOT NULL,
    waits_for   BYTEA,
    candidates  TEXT    NOT NULL,
    fingerprint BYTEA,
    unread      INTEGER NOT NULL,
    resolved    INTEGER NOT NULL
);
CREATE INDEX suspense_open ON suspense (collector, opened_at, id) WHERE resolved = 0;
CREATE INDEX suspense_waits_for ON suspense (waits_for) WHERE waits_for IS NOT NULL;

-- By which identifiers, hashed with a key, the payer named the member.
CREATE TABLE suspense_name (
    hash BYTEA NOT NULL,
    id   BYTEA NOT NULL,
    PRIMARY KEY (hash, id)
);

-- What the collector sent of people: sealed under the member's key, erasable without touching the books. The key
-- follows the clock at sixteen ends, so that what one commit writes lies together.
CREATE TABLE contribution_detail (
    tail        INTEGER NOT NULL,
    recorded_at BIGINT  NOT NULL,
    id          BYTEA   NOT NULL CHECK (length(id) = 16),
    member      TEXT    NOT NULL,
    sealed      BYTEA   NOT NULL,
    PRIMARY KEY (tail, recorded_at, id)
);
