-- +goose Up

-- What a use case keeps with a party's balances, under the same lock; the ledger does not read it.
ALTER TABLE party_balance ADD COLUMN note BYTEA;
