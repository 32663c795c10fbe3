-- +goose Up

-- One row per decision on a person's right, never changed and never deleted. What was decided, and the facts that it was
-- judged by, are sealed under the member's key. Subject is what was decided on, such as the id of a claim; follows is the
-- decision that this one takes the place of. Member is empty while nobody knows whose claim it is. Made_by lists who took
-- part, as JSON: they may not judge an objection. Instants are microseconds since 1970, by the database's clock.
CREATE TABLE decision (
    id          TEXT    NOT NULL PRIMARY KEY,
    kind        TEXT    NOT NULL,
    member      TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    follows     TEXT    NOT NULL,
    made_by     TEXT    NOT NULL,
    recorded_at BIGINT  NOT NULL,
    sealed      BYTEA   NOT NULL
);
-- What was decided on one thing is a chain: each decision is followed by one at most, and begins once. The index decides
-- every race, for a first decision follows the empty one.
CREATE UNIQUE INDEX decision_follows ON decision (subject, kind, member, follows);
CREATE INDEX decision_member ON decision (member, recorded_at, id);
