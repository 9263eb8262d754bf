-- +goose Up

-- What test runs read and write, and the profiles that they can be made over.

-- Profiles of customers by audience level and key. Attributes are checked against
-- the level by whoever reads them: it may have changed since they were loaded.
CREATE TABLE profiles (
    level      text COLLATE "C" NOT NULL,
    key        text COLLATE "C" NOT NULL,
    attributes jsonb            NOT NULL CHECK (pg_column_size(attributes) <= 1048576),
    loaded_at  timestamptz      NOT NULL,
    PRIMARY KEY (level, key)
);

-- A test run from when it is asked for until its result is collected. Rows that
-- nobody collects are swept after a day.
CREATE TABLE test_runs (
    id       uuid        PRIMARY KEY,
    asked_at timestamptz NOT NULL DEFAULT now(),
    input    json        NOT NULL,
    package  bytea       NOT NULL CHECK (octet_length(package) BETWEEN 1 AND 67108864),
    csv      text        CHECK (octet_length(csv) <= 2097152), -- null: profiles of the table
    done     bigint      NOT NULL DEFAULT 0,
    total    bigint      NOT NULL DEFAULT 0,
    result   json                                              -- null: not ended
);
