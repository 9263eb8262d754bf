-- +goose Up

-- Those who write contacts wait, or are refused, until it is done: nothing that they
-- commit is left behind. It takes as long as there are rows.
SET LOCAL statement_timeout = 0;
LOCK TABLE contacts IN ACCESS EXCLUSIVE MODE;

-- Contacts are written in blocks: what servers write most is one row for each
-- transaction, not one for each contact.
CREATE TYPE treatment_range AS RANGE (subtype = uuid);

CREATE TABLE contact_blocks (
    first      uuid            PRIMARY KEY, -- the least treatment; a block that is written again is there
    sequence   bigint          NOT NULL DEFAULT nextval('history_sequence'),
    treatments treatment_range NOT NULL,    -- from the least to the greatest: codes have times in them
    contacts   integer         NOT NULL,
    at         timestamptz     NOT NULL,    -- of the latest contact
    -- JSON lines. The first one is the texts that occur. Each other one is a contact,
    -- with texts as places in the first line, from 0: treatment, session, channel,
    -- point, zone, level, customer, offer, strategy, rule, segment, source, learning,
    -- hash, score, propensity, deployment, microseconds since 1970, further columns.
    lines      text            NOT NULL
) WITH (autovacuum_vacuum_insert_scale_factor = 0.1);

-- Compressing costs a server that writes more than it saves.
ALTER TABLE contact_blocks ALTER COLUMN lines SET STORAGE EXTERNAL;

CREATE UNIQUE INDEX contact_blocks_sequence ON contact_blocks (sequence);
CREATE INDEX contact_blocks_treatments ON contact_blocks USING gist (treatments);

-- +goose StatementBegin
INSERT INTO contact_blocks (first, sequence, treatments, contacts, at, lines)
SELECT treatment, sequence, treatment_range(treatment, treatment, '[]'), 1, at,
    jsonb_build_array(session, channel, point, zone, level, customer, offer, strategy, rule, segment, source, learning, hash)::text || E'\n' ||
    jsonb_build_array(treatment, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, score, propensity, deployment,
        (extract(epoch FROM at) * 1000000)::bigint, columns)::text
FROM contacts;
-- +goose StatementEnd

DROP TABLE contacts;

-- The contacts as rows, for people who ask the database. It reads whole blocks.
CREATE VIEW contacts AS
SELECT (c.line ->> 0)::uuid AS treatment, b.sequence,
    b.texts ->> (c.line ->> 1)::int AS session, b.texts ->> (c.line ->> 2)::int AS channel, b.texts ->> (c.line ->> 3)::int AS point,
    b.texts ->> (c.line ->> 4)::int AS zone, b.texts ->> (c.line ->> 5)::int AS level, b.texts ->> (c.line ->> 6)::int AS customer,
    b.texts ->> (c.line ->> 7)::int AS offer, b.texts ->> (c.line ->> 8)::int AS strategy, b.texts ->> (c.line ->> 9)::int AS rule,
    b.texts ->> (c.line ->> 10)::int AS segment, (c.line ->> 14)::double precision AS score, b.texts ->> (c.line ->> 11)::int AS source,
    b.texts ->> (c.line ->> 12)::int AS learning, (c.line ->> 15)::double precision AS propensity, (c.line ->> 16)::bigint AS deployment,
    b.texts ->> (c.line ->> 13)::int AS hash, timestamptz 'epoch' + (c.line ->> 17)::bigint * interval '1 microsecond' AS at,
    c.line -> 18 AS columns
FROM (
    SELECT s.sequence, s.parts[1]::jsonb AS texts, s.parts[2:] AS lines
    FROM (SELECT sequence, string_to_array(lines, E'\n') AS parts FROM contact_blocks) s
) b CROSS JOIN LATERAL (SELECT unnest(b.lines)::jsonb AS line) c;
