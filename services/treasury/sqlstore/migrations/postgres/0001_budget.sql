-- +goose Up

-- Who grants subsidies, and the day on which each one's fiscal year begins.
CREATE TABLE funder (
    id           TEXT    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL,
    fiscal_month INTEGER NOT NULL,
    fiscal_day   INTEGER NOT NULL,
    named_by_end INTEGER NOT NULL
);

-- One row per budget line, by the party that its accounts belong to; what stands on it is in the books. Dates are
-- yyyymmdd; last_day ends the complementary period.
CREATE TABLE budget_line (
    party    TEXT    NOT NULL PRIMARY KEY,
    funder   TEXT    NOT NULL,
    scheme   TEXT    NOT NULL,
    year     INTEGER NOT NULL,
    prior    INTEGER NOT NULL,
    currency TEXT    NOT NULL,
    state    TEXT    NOT NULL CHECK (state IN ('open', 'complementary', 'closed')),
    last_day INTEGER NOT NULL
);
CREATE INDEX budget_line_funder ON budget_line (funder, scheme, year, prior);

-- One row per act on a line, under a keyed hash of the funder's reference, which is the id of its entry too: who did it
-- and by what authority.
CREATE TABLE budget_movement (
    id          BYTEA   NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    fingerprint BYTEA   NOT NULL,
    kind        TEXT    NOT NULL,
    party       TEXT    NOT NULL,
    to_party    TEXT    NOT NULL,
    currency    TEXT    NOT NULL,
    minor       BIGINT  NOT NULL,
    moved_on    INTEGER NOT NULL,
    last_day    INTEGER NOT NULL,
    reference   TEXT    NOT NULL,
    authority   TEXT    NOT NULL,
    maker       TEXT    NOT NULL,
    approver    TEXT    NOT NULL,
    recorded_at BIGINT  NOT NULL
);
CREATE INDEX budget_movement_party ON budget_movement (party, recorded_at, id);
CREATE INDEX budget_movement_to_party ON budget_movement (to_party, recorded_at, id) WHERE to_party <> '';
