-- +goose Up

-- One row per act that takes two people: its key is its kind and object, such as erase-member:7ab3…. Maker and
-- approver are members of staff. Instants are microseconds since 1970; approved_at is NULL while the proposal waits.
CREATE TABLE proposal (
    key         TEXT    NOT NULL PRIMARY KEY,
    kind        TEXT    NOT NULL,
    maker       TEXT    NOT NULL,
    made_at     BIGINT  NOT NULL,
    approver    TEXT    NOT NULL CHECK (approver <> maker),
    approved_at BIGINT CHECK ((approved_at IS NULL) = (approver = ''))
);
