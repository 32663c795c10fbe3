-- +goose Up

-- A hold keeps what was asked for after an instant, and at it after an id: what is older goes on. 0 keeps all.
ALTER TABLE payout_hold ADD COLUMN past_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payout_hold ADD COLUMN past_id BYTEA NOT NULL DEFAULT '';

-- What a pool bears and has not sent, the oldest first.
CREATE INDEX payout_pool_waiting ON payout (pool, scheme, requested_at, id) WHERE state IN ('requested', 'approved');
