-- +goose Up

-- Every row belongs to a tenant, and row level security is the second lock after
-- the tenant argument of every query: a transaction sees the rows of the tenant
-- that it was opened for, or all rows where the platform itself works.

-- +goose StatementBegin
CREATE FUNCTION visible(tenant uuid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN tenant::text = current_setting('switchyard.tenant', true)
        OR current_setting('switchyard.tenant', true) = '*';
-- +goose StatementEnd

CREATE TABLE tenants (
    tenant_id    uuid PRIMARY KEY,
    name         text COLLATE "C" NOT NULL CONSTRAINT tenants_name_key UNIQUE,
    display_name text NOT NULL,
    version      bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL
);

-- Grows with each change in the tenant. Its row is locked by every change, so the
-- changes of one tenant are made one after another; whoever keeps something
-- derived from the tenant's rows asks here whether it is still good.
CREATE TABLE tenant_revisions (
    tenant_id uuid PRIMARY KEY REFERENCES tenants,
    revision  bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE accounts (
    tenant_id    uuid NOT NULL REFERENCES tenants,
    account_id   uuid NOT NULL,
    name         text COLLATE "C" NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('person', 'machine', 'server', 'node')),
    display_name text NOT NULL,
    roles        jsonb NOT NULL, -- [{"role": "operator", "solution": "cards"}]
    agent        jsonb,          -- {"skills": {}, "groups": [], "capacity": {}}
    disabled     boolean NOT NULL,
    version      bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, account_id),
    CONSTRAINT accounts_name_key UNIQUE (tenant_id, name)
);

CREATE TABLE passwords (
    tenant_id  uuid NOT NULL,
    account_id uuid NOT NULL,
    hash       text NOT NULL, -- argon2id in PHC form
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, account_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts
);

CREATE TABLE api_keys (
    tenant_id  uuid NOT NULL,
    key_id     text NOT NULL UNIQUE,
    account_id uuid NOT NULL,
    hash       bytea NOT NULL, -- SHA-256 of the secret
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts
);
CREATE INDEX api_keys_account ON api_keys (tenant_id, account_id);

CREATE TABLE solutions (
    tenant_id               uuid NOT NULL REFERENCES tenants,
    solution_id             uuid NOT NULL,
    name                    text COLLATE "C" NOT NULL,
    display_name            text NOT NULL,
    provisioning_state      text NOT NULL CHECK (provisioning_state IN ('requested', 'running', 'ready', 'failed')),
    provisioning_request    bigint NOT NULL,
    provisioning_step       text NOT NULL,
    provisioning_reason     text NOT NULL,
    provisioning_workflow   text NOT NULL,
    provisioning_updated_at timestamptz NOT NULL,
    version                 bigint NOT NULL,
    created_at              timestamptz NOT NULL,
    updated_at              timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, solution_id),
    CONSTRAINT solutions_name_key UNIQUE (tenant_id, name)
);
CREATE INDEX solutions_to_provision ON solutions (provisioning_updated_at)
    WHERE provisioning_state IN ('requested', 'running');

CREATE TABLE server_groups (
    tenant_id     uuid NOT NULL,
    group_id      uuid NOT NULL,
    solution_id   uuid NOT NULL,
    name          text COLLATE "C" NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('production', 'staging')),
    database_name text NOT NULL UNIQUE,
    version       bigint NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, group_id),
    CONSTRAINT server_groups_name_key UNIQUE (tenant_id, solution_id, name),
    FOREIGN KEY (tenant_id, solution_id) REFERENCES solutions
);
CREATE UNIQUE INDEX server_groups_one_production ON server_groups (tenant_id, solution_id)
    WHERE kind = 'production';

CREATE TABLE servers (
    tenant_id   uuid NOT NULL,
    server_id   uuid NOT NULL,
    solution_id uuid NOT NULL,
    group_id    uuid NOT NULL,
    name        text COLLATE "C" NOT NULL,
    account_id  uuid NOT NULL,
    node        text NOT NULL,
    version     bigint NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, server_id),
    CONSTRAINT servers_name_key UNIQUE (tenant_id, group_id, name),
    FOREIGN KEY (tenant_id, solution_id) REFERENCES solutions,
    FOREIGN KEY (tenant_id, group_id) REFERENCES server_groups,
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts
);
CREATE INDEX servers_node ON servers (node);

-- Apart from servers: a node reports every few seconds, which changes neither a
-- server's version nor what is derived from it.
CREATE TABLE server_statuses (
    tenant_id   uuid NOT NULL,
    server_id   uuid NOT NULL,
    state       text NOT NULL CHECK (state IN ('pending', 'starting', 'running', 'restarting', 'stopped')),
    address     text NOT NULL,
    metrics     text NOT NULL,
    pid         integer NOT NULL,
    restarts    integer NOT NULL,
    started_at  timestamptz,
    reported_at timestamptz NOT NULL,
    problem     text NOT NULL,
    PRIMARY KEY (tenant_id, server_id),
    FOREIGN KEY (tenant_id, server_id) REFERENCES servers
) WITH (fillfactor = 50);

-- Nodes belong to the platform tenant.
CREATE TABLE nodes (
    tenant_id   uuid NOT NULL REFERENCES tenants,
    name        text COLLATE "C" NOT NULL,
    version     text NOT NULL,
    started_at  timestamptz NOT NULL,
    reported_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, name)
) WITH (fillfactor = 50);

-- What must be read again in clear, sealed with the key of the control plane and
-- the tenant's id as associated data.
CREATE TABLE secrets (
    tenant_id  uuid NOT NULL REFERENCES tenants,
    kind       text NOT NULL,
    owner      text NOT NULL,
    sealed     bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, kind, owner)
);

CREATE TABLE signing_keys (
    tenant_id  uuid NOT NULL REFERENCES tenants,
    key_id     text NOT NULL,
    sealed     bytea NOT NULL, -- Ed25519 seed
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key_id)
);

CREATE TABLE audit_events (
    tenant_id     uuid NOT NULL REFERENCES tenants,
    event_id      uuid NOT NULL,
    at            timestamptz NOT NULL,
    actor_tenant  text NOT NULL,
    actor_account text NOT NULL,
    actor_name    text NOT NULL,
    request_id    text NOT NULL,
    action        text NOT NULL,
    resource      text NOT NULL,
    detail        jsonb NOT NULL,
    PRIMARY KEY (tenant_id, event_id)
);

-- +goose StatementBegin
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tenants', 'tenant_revisions', 'accounts', 'passwords', 'api_keys', 'solutions',
        'server_groups', 'servers', 'server_statuses', 'nodes', 'secrets', 'signing_keys', 'audit_events']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON %I USING (visible(tenant_id))', name);
    END LOOP;
END
$$;
-- +goose StatementEnd

-- The platform tenant has the same id in every installation: tenants.PlatformTenantID.
SELECT set_config('switchyard.tenant', '*', true);
INSERT INTO tenants VALUES ('00000000-0000-7000-8000-000000000001', 'platform', 'Platform', 1, now(), now());
INSERT INTO tenant_revisions VALUES ('00000000-0000-7000-8000-000000000001', 1);

-- +goose Down
DROP TABLE audit_events, signing_keys, secrets, nodes, server_statuses, servers, server_groups, solutions,
    api_keys, passwords, accounts, tenant_revisions, tenants;
DROP FUNCTION visible(uuid);
