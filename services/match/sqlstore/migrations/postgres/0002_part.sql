-- +goose Up

-- What a member waits for, when her position is made anew.
CREATE INDEX subsidy_wait_member ON subsidy_wait (member);

-- Where all get the same part, a run first counts what is wanted of the budget line, and then grants of what was left of
-- it then. Counted says that it has; amounts are in minor units.
ALTER TABLE subsidy_run ADD COLUMN counted BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subsidy_run ADD COLUMN wanted BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subsidy_run ADD COLUMN available BIGINT NOT NULL DEFAULT 0;
