-- +goose Up

-- How often a rail was asked to pay under a key, also where the order was lost.
CREATE TABLE sandbox_call (
    rail_key BLOB    NOT NULL PRIMARY KEY,
    calls    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the sandbox has taken, and all that will become of it. Instants are microseconds since 1970. The accounts are
-- invented: a sandbox pays nobody.
CREATE TABLE sandbox_order (
    rail_key   BLOB    NOT NULL PRIMARY KEY,
    currency   TEXT    NOT NULL,
    minor      INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    account    TEXT    NOT NULL,
    fee        INTEGER NOT NULL,
    fails      INTEGER NOT NULL,
    calls      INTEGER NOT NULL,
    stale      INTEGER NOT NULL,
    told       INTEGER NOT NULL,
    told_all   INTEGER NOT NULL,
    arrives_at INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL,
    returns_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sandbox_order_untold ON sandbox_order (ends_at, rail_key) WHERE told_all = 0;
