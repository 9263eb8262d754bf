-- +goose Up

-- What was observed and is not yet a part of the statistics: written in the
-- transaction of the contacts and responses, without a row that two writers share.
CREATE TABLE learning_observations (
    id        bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    model     text        NOT NULL,
    offer     text        NOT NULL,
    trace     text        NOT NULL CHECK (octet_length(trace) <= 4096), -- what the model saw of the visitor
    presented bigint      NOT NULL,
    accepted  bigint      NOT NULL,
    at        timestamptz NOT NULL -- of the presentation
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);

-- Treatments whose acceptance was counted, by whatever types of response.
CREATE TABLE learning_acceptances (treatment uuid PRIMARY KEY);

-- Sums by offer and cell, as of an instant. One transaction at a time changes them,
-- under an advisory lock, so that revisions become visible in their order.
CREATE SEQUENCE learning_revision AS bigint CACHE 1;

CREATE TABLE learning_statistics (
    model         text COLLATE "C" NOT NULL,
    key           text COLLATE "C" NOT NULL, -- algorithm and attributes
    offer         text COLLATE "C" NOT NULL,
    cell          integer          NOT NULL, -- -1: of the offer itself
    presentations double precision NOT NULL,
    weight        double precision NOT NULL,
    accepted      double precision NOT NULL,
    moments       bytea            NOT NULL, -- doubles, little-endian
    at            timestamptz      NOT NULL,
    revision      bigint           NOT NULL DEFAULT nextval('learning_revision'),
    PRIMARY KEY (model, key, offer, cell)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX learning_statistics_revision ON learning_statistics (model, key, revision);
