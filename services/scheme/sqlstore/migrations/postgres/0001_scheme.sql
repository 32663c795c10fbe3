-- +goose Up

-- Every published version, whole, as JSON; a version is never changed.
CREATE TABLE scheme_version (
    code         TEXT    NOT NULL,
    version      INTEGER NOT NULL,
    definition   TEXT    NOT NULL,
    published_by TEXT    NOT NULL,
    published_at BIGINT  NOT NULL,
    PRIMARY KEY (code, version)
);

CREATE TABLE collector (
    id             TEXT NOT NULL PRIMARY KEY,
    name           TEXT NOT NULL,
    default_scheme TEXT NOT NULL
);
