-- +goose Up

-- What is owed and not handed over yet, which is a small part of all: for what a pool lacks.
CREATE INDEX benefit_owed_open ON benefit_owed (claim, bearer, payee) WHERE booked > paid;
