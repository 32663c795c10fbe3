-- +goose Up

-- What a run holds back until collectors remit, as JSON: {"due": minor units, "for": [{"collector", "currency", "members",
-- "given"}, ...]}.
ALTER TABLE subsidy_run ADD COLUMN held_back TEXT NOT NULL DEFAULT '';
