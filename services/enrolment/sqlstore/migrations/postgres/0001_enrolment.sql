-- +goose Up

-- One row per member. What is known of her is sealed under her own key; what she was registered by is hashed. Once she
-- is erased, only the id and the request's hash are left. Instants are microseconds since 1970.
CREATE TABLE member (
    id            TEXT    NOT NULL PRIMARY KEY,
    request       BYTEA   NOT NULL CHECK (length(request) = 16),
    fingerprint   BYTEA   CHECK (length(fingerprint) = 17),
    sealed        BYTEA,
    registered_at BIGINT  NOT NULL,
    erased_at     BIGINT,
    CHECK ((erased_at IS NULL) = (sealed IS NOT NULL) AND (erased_at IS NULL) = (fingerprint IS NOT NULL))
);
-- L3: a request registers once; this index decides every race.
CREATE UNIQUE INDEX member_request ON member (request);

-- What a member's key is made from: destroyed, nothing that was sealed under it can be read again (L11).
CREATE TABLE member_key (
    member TEXT NOT NULL PRIMARY KEY,
    salt   BYTEA NOT NULL CHECK (length(salt) >= 16)
);

-- What points to a member, hashed, and from when to when: dates are yyyymmdd, 0 means without end.
CREATE TABLE member_identifier (
    hash    BYTEA   NOT NULL CHECK (length(hash) = 16),
    member  TEXT    NOT NULL,
    from_on INTEGER NOT NULL,
    to_on   INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    PRIMARY KEY (hash, member, from_on)
);
CREATE INDEX member_identifier_member ON member_identifier (member);

-- The card numbers ever given, hashed. They outlive their members, whom they don't name: a number that were given again
-- would bring one person's money to another.
CREATE TABLE card_number (
    hash BYTEA NOT NULL PRIMARY KEY CHECK (length(hash) = 16)
);

-- Whom a payer's phone pays for where several members share it.
CREATE TABLE standing_choice (
    payer  BYTEA NOT NULL PRIMARY KEY CHECK (length(payer) = 16),
    member TEXT NOT NULL
);
CREATE INDEX standing_choice_member ON standing_choice (member);

-- What tells whether the database belongs to a master key.
CREATE TABLE keyring (
    version     INTEGER NOT NULL PRIMARY KEY,
    check_value BYTEA   NOT NULL
);
