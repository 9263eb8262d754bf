-- +goose Up

-- How far the history of each server group was taken over. It is changed only in
-- the transaction that writes the rows up to there.
CREATE TABLE history_sources (
    tenant_id   uuid NOT NULL,
    group_id    uuid NOT NULL,
    epoch       bigint NOT NULL,  -- raised when the group's database is in an older state than before
    read_to     bigint NOT NULL,  -- number in the group's sequence
    mark        uuid NOT NULL,    -- what was left in the group's database; all zeros: nothing in this epoch
    contacts    bigint NOT NULL,  -- rows that were new
    responses   bigint NOT NULL,
    orphans     bigint NOT NULL,
    began_at    timestamptz NOT NULL, -- the epoch
    moved_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, group_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES server_groups
);

-- The last position of each tenant's history. A writer holds its row until it has
-- committed: a reader who goes on after a position misses nothing.
CREATE TABLE history_positions (
    tenant_id uuid PRIMARY KEY REFERENCES tenants,
    position  bigint NOT NULL
);

-- Contacts of all server groups. What came of them is kept with them, so that a
-- report reads one table.
CREATE TABLE contact_history (
    tenant_id   uuid NOT NULL REFERENCES tenants,
    treatment   uuid NOT NULL,
    position    bigint NOT NULL,
    group_id    uuid NOT NULL,
    epoch       bigint NOT NULL,
    session     text NOT NULL,
    channel     text COLLATE "C" NOT NULL,
    point       text NOT NULL,
    zone        text NOT NULL,
    level       text NOT NULL,
    customer    text NOT NULL, -- canonical key; empty: anonymous
    offer       text COLLATE "C" NOT NULL,
    strategy    text NOT NULL, -- empty with rule: assigned or default offer
    rule        text NOT NULL,
    segment     text COLLATE "C" NOT NULL,
    score       double precision NOT NULL,
    source      text NOT NULL,
    learning    text NOT NULL,
    propensity  double precision NOT NULL,
    deployment  bigint NOT NULL,
    hash        text NOT NULL,
    at          timestamptz NOT NULL,
    columns     jsonb NOT NULL,
    seen_at     timestamptz, -- the first response of each class
    accepted_at timestamptz,
    rejected_at timestamptz,
    PRIMARY KEY (tenant_id, treatment)
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
CREATE UNIQUE INDEX contact_history_position ON contact_history (tenant_id, position);
CREATE INDEX contact_history_channel ON contact_history (tenant_id, channel, position);
CREATE INDEX contact_history_report ON contact_history (tenant_id, channel, at);

-- Responses with what their contacts say; the channel is the contact's.
CREATE TABLE response_history (
    tenant_id     uuid NOT NULL REFERENCES tenants,
    treatment     uuid NOT NULL,
    type          text COLLATE "C" NOT NULL,
    position      bigint NOT NULL,
    group_id      uuid NOT NULL,
    epoch         bigint NOT NULL,
    class         text NOT NULL CHECK (class IN ('accept', 'reject', 'neither', 'seen')),
    session       text NOT NULL,
    cross_session boolean NOT NULL,
    channel       text COLLATE "C" NOT NULL,
    posted_in     text NOT NULL, -- the channel in which it came
    level         text NOT NULL,
    customer      text NOT NULL,
    offer         text NOT NULL,
    at            timestamptz NOT NULL,
    columns       jsonb NOT NULL,
    PRIMARY KEY (tenant_id, treatment, type)
);
CREATE UNIQUE INDEX response_history_position ON response_history (tenant_id, position);
CREATE INDEX response_history_channel ON response_history (tenant_id, channel, position);
CREATE INDEX response_history_report ON response_history (tenant_id, channel, at);

-- Responses of which no contact is known. One whose contact comes later moves to
-- the responses.
CREATE TABLE orphan_history (
    tenant_id uuid NOT NULL REFERENCES tenants,
    treatment uuid NOT NULL,
    type      text COLLATE "C" NOT NULL,
    position  bigint NOT NULL,
    group_id  uuid NOT NULL,
    epoch     bigint NOT NULL,
    class     text NOT NULL CHECK (class IN ('accept', 'reject', 'neither', 'seen')),
    session   text NOT NULL,
    channel   text COLLATE "C" NOT NULL, -- in which it came
    at        timestamptz NOT NULL,
    columns   jsonb NOT NULL,
    PRIMARY KEY (tenant_id, treatment, type)
);
CREATE UNIQUE INDEX orphan_history_position ON orphan_history (tenant_id, position);
CREATE INDEX orphan_history_channel ON orphan_history (tenant_id, channel, position);
CREATE INDEX orphan_history_report ON orphan_history (tenant_id, channel, at);

-- +goose StatementBegin
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['history_sources', 'history_positions', 'contact_history', 'response_history', 'orphan_history']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON %I USING (visible(tenant_id))', name);
    END LOOP;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE orphan_history, response_history, contact_history, history_positions, history_sources;
