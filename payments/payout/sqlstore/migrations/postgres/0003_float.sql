-- +goose Up

-- A row per float, which is locked by whoever is about to send out of it.
CREATE TABLE payout_float (
    rail     TEXT    NOT NULL,
    currency TEXT    NOT NULL,
    looks    BIGINT  NOT NULL,
    PRIMARY KEY (rail, currency)
);

-- What rails have been asked for and not told of yet, and what waits for a float, which both are a small part of all.
CREATE INDEX payout_under_way ON payout (rail, currency, id) WHERE state IN ('sending', 'sent', 'unknown');
CREATE INDEX payout_short ON payout (rail, currency, requested_at, id) WHERE state = 'approved' AND reason = 'FLOAT_SHORT';
