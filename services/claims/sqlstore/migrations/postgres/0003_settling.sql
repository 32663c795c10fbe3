-- +goose Up

-- What was handed over under a claim to be paid, by how often and to whom: in which batch of payouts, and how much, less what
-- was handed over anew or taken back of it since. How the payouts stand, they tell themselves.
CREATE TABLE benefit_settling (
    claim  BYTEA   NOT NULL CHECK (length(claim) = 16),
    number BIGINT  NOT NULL CHECK (number > 0),
    payee  TEXT    NOT NULL,
    batch  TEXT    NOT NULL,
    minor  BIGINT  NOT NULL CHECK (minor >= 0),
    PRIMARY KEY (claim, number, payee)
);

-- Of what was handed over before, nobody kept in which batch: it counts as paid.
INSERT INTO benefit_settling (claim, number, payee, batch, minor)
    SELECT o.claim, 1, o.payee, '', CAST(sum(o.paid) AS BIGINT) FROM benefit_owed AS o WHERE o.paid > 0 GROUP BY o.claim, o.payee;
