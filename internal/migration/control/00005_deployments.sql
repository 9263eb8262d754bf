-- +goose Up

-- Packages by their content: the same content is kept once.
CREATE TABLE packages (
    tenant_id   uuid NOT NULL REFERENCES tenants,
    hash        text COLLATE "C" NOT NULL, -- SHA-256 of the content, hex
    channel     text COLLATE "C" NOT NULL,
    global_hash text NOT NULL,             -- of the part that all channels share
    content     bytea NOT NULL,            -- canonical
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, hash)
);

CREATE TABLE deployments (
    tenant_id      uuid NOT NULL REFERENCES tenants,
    deployment_id  uuid NOT NULL,
    channel        text COLLATE "C" NOT NULL,
    number         bigint NOT NULL,
    group_id       uuid NOT NULL,
    solution       text COLLATE "C" NOT NULL, -- names never change
    group_name     text COLLATE "C" NOT NULL,
    group_kind     text NOT NULL CHECK (group_kind IN ('production', 'staging')),
    kind           text NOT NULL CHECK (kind IN ('deploy', 'redeploy', 'rollback', 'undeploy')),
    of_number      bigint NOT NULL,           -- 0 but for a rollback
    name           text NOT NULL,
    note           text NOT NULL,
    state          text NOT NULL CHECK (state IN ('waiting', 'validating', 'building', 'preparing', 'moving', 'activating',
                       'verifying', 'releasing', 'succeeded', 'failed', 'cancelled', 'incomplete')),
    reason         text NOT NULL,
    built          boolean NOT NULL,          -- hash, from_number, from_hash and manifest are fixed
    hash           text,                      -- null: no package
    from_number    bigint NOT NULL,
    from_hash      text NOT NULL,
    manifest       jsonb NOT NULL,
    author_tenant  text NOT NULL,
    author_account text NOT NULL,
    author_name    text NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    moved_at       timestamptz,
    ended_at       timestamptz,
    PRIMARY KEY (tenant_id, deployment_id),
    CONSTRAINT deployments_number_key UNIQUE (tenant_id, channel, number),
    FOREIGN KEY (tenant_id, group_id) REFERENCES server_groups,
    FOREIGN KEY (tenant_id, hash) REFERENCES packages
);
-- The deployments that have not ended, of which the first of each channel and
-- group runs.
CREATE INDEX deployments_open ON deployments (tenant_id, channel, group_id, number)
    WHERE state NOT IN ('succeeded', 'failed', 'cancelled', 'incomplete');
CREATE INDEX deployments_packages ON deployments (tenant_id, hash);

CREATE TABLE deployment_servers (
    tenant_id     uuid NOT NULL,
    deployment_id uuid NOT NULL,
    server_id     uuid NOT NULL,
    name          text COLLATE "C" NOT NULL,
    state         text NOT NULL CHECK (state IN ('preparing', 'prepared', 'refused', 'activating', 'serving', 'away')),
    number        bigint NOT NULL,
    hash          text NOT NULL,
    since         timestamptz NOT NULL,
    reason        text NOT NULL,
    PRIMARY KEY (tenant_id, deployment_id, server_id),
    FOREIGN KEY (tenant_id, deployment_id) REFERENCES deployments
);

-- What is active in which group, as the control plane knows it: the truth is in
-- the group's own database.
CREATE TABLE deployed_versions (
    tenant_id     uuid NOT NULL,
    channel       text COLLATE "C" NOT NULL,
    group_id      uuid NOT NULL,
    number        bigint NOT NULL,
    deployment_id uuid NOT NULL,
    since         timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, channel, group_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES server_groups,
    FOREIGN KEY (tenant_id, deployment_id) REFERENCES deployments
);

-- +goose StatementBegin
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['packages', 'deployments', 'deployment_servers', 'deployed_versions']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON %I USING (visible(tenant_id))', name);
    END LOOP;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE deployed_versions, deployment_servers, deployments, packages;
