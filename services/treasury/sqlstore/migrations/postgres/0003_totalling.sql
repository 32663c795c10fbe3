-- +goose Up

-- How far the adding up and hashing of a claim's lines has come, so that it too goes on where it was cut off: the last
-- line's id and the state of the hash; empty before and after.
ALTER TABLE treasury_claim ADD COLUMN totalled BYTEA NOT NULL DEFAULT '';
