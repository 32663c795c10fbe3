-- +goose Up

-- One row per member of whom rules know something: her facts, sealed under her own key and erased with her. NULL marks
-- who was registered before there were facts: what is known of her birth still stands in her person alone, from where
-- the next server to start copies it.
CREATE TABLE member_facts (
    member TEXT NOT NULL PRIMARY KEY,
    sealed BYTEA
);
CREATE INDEX member_facts_pending ON member_facts (member) WHERE sealed IS NULL;

INSERT INTO member_facts (member) SELECT m.id FROM member AS m WHERE m.erased_at IS NULL;
