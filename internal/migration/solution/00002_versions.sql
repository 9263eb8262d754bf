-- +goose Up

-- What is deployed to the server group. active_versions is the truth of it: the
-- control plane's record follows, and servers restart by this alone.

-- Packages, by the SHA-256 of their content. The content is checked by whoever
-- reads it, since a disk may change it.
CREATE TABLE packages (
    hash         text        PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
    content      bytea       NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 67108864),
    published_at timestamptz NOT NULL DEFAULT now()
);

-- One version of each channel is active. Its numbers only grow; it is moved by a
-- transaction that expects the number before.
CREATE TABLE active_versions (
    channel text        PRIMARY KEY,
    number  bigint      NOT NULL CHECK (number > 0),
    hash    text        REFERENCES packages (hash), -- null: the channel was undeployed
    name    text        NOT NULL,
    since   timestamptz NOT NULL
);

-- The servers of the group. One lives while its advisory lock is held.
CREATE TABLE servers (
    server  uuid        PRIMARY KEY,
    name    text        NOT NULL,
    seen_at timestamptz NOT NULL
);

-- What each server says that it serves. A problem is why it cannot take the
-- active version; it goes on with what it has.
CREATE TABLE server_versions (
    server  uuid        NOT NULL REFERENCES servers (server) ON DELETE CASCADE,
    channel text        NOT NULL,
    number  bigint      NOT NULL, -- 0: nothing yet
    hash    text        NOT NULL, -- empty: nothing, or undeployed
    since   timestamptz NOT NULL,
    problem text        NOT NULL,
    PRIMARY KEY (server, channel)
);
