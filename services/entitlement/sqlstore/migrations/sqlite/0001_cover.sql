-- +goose Up

-- Hardship holidays of single members. Everything but whose it is stands sealed under her key: the reason may tell of an
-- illness or a birth. Ids are keyed hashes of what the caller named the holiday.
CREATE TABLE member_holiday (
    member      TEXT    NOT NULL,
    id          BLOB    NOT NULL CHECK (length(id) = 16),
    sealed      BLOB    NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (member, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX member_holiday_id ON member_holiday (id);

-- Hardship holidays of a whole cluster, category, collector or region: decided by two people, and about nobody by name.
-- Dates are yyyymmdd; ended_on is the last day of one that was ended early, 0 where none was.
CREATE TABLE cluster_holiday (
    scheme      TEXT    NOT NULL,
    id          BLOB    NOT NULL CHECK (length(id) = 16),
    kind        TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    from_on     INTEGER NOT NULL,
    to_on       INTEGER NOT NULL CHECK (to_on >= from_on),
    ended_on    INTEGER NOT NULL,
    maker       TEXT    NOT NULL,
    approver    TEXT    NOT NULL,
    ended_by    TEXT    NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (scheme, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX cluster_holiday_id ON cluster_holiday (id);

-- Notices that a member's cover will lapse, with the text and the address sealed under her key. What is pending is the
-- outbox; one is given when its channel has confirmed it. The id names member, scheme, cover and the day.
CREATE TABLE cover_notice (
    member    TEXT    NOT NULL,
    id        BLOB    NOT NULL CHECK (length(id) = 16),
    scheme    TEXT    NOT NULL,
    cover     TEXT    NOT NULL,
    lapses_on INTEGER NOT NULL,
    closes    INTEGER NOT NULL CHECK (closes IN (0, 1)),
    channel   TEXT    NOT NULL,
    state     TEXT    NOT NULL CHECK (state IN ('pending', 'given', 'failed')),
    given_on  INTEGER NOT NULL,
    reason    TEXT    NOT NULL,
    attempts  INTEGER NOT NULL,
    sealed    BLOB    NOT NULL,
    made_at   INTEGER NOT NULL,
    PRIMARY KEY (member, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX cover_notice_id ON cover_notice (id);
CREATE INDEX cover_notice_pending ON cover_notice (id) WHERE state = 'pending';

-- What a member chose to be told in texts, and on which channel, sealed under her key.
CREATE TABLE cover_choice (
    member TEXT NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- One row per run over the members of a scheme: how far it has come. A run that is started again goes on from there.
CREATE TABLE cover_run (
    name       TEXT    NOT NULL PRIMARY KEY,
    after      TEXT    NOT NULL,
    members    INTEGER NOT NULL,
    moved      INTEGER NOT NULL,
    failed     INTEGER NOT NULL,
    finished   INTEGER NOT NULL CHECK (finished IN (0, 1)),
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
