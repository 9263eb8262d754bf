-- +goose Up

CREATE TABLE business_processes (
    tenant_id    uuid NOT NULL REFERENCES tenants,
    process_id   uuid NOT NULL,
    name         text COLLATE "C" NOT NULL,
    display_name text NOT NULL,
    document     text NOT NULL, -- the draft
    published    integer NOT NULL,
    retired      boolean NOT NULL,
    version      bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, process_id),
    CONSTRAINT business_processes_name_key UNIQUE (tenant_id, name)
);

CREATE TABLE business_process_versions (
    tenant_id    uuid NOT NULL,
    process_id   uuid NOT NULL,
    number       integer NOT NULL,
    hash         text NOT NULL, -- SHA-256 of the document, hex
    document     text NOT NULL,
    published_at timestamptz NOT NULL,
    published_by text NOT NULL,
    PRIMARY KEY (tenant_id, process_id, number),
    FOREIGN KEY (tenant_id, process_id) REFERENCES business_processes
);

CREATE TABLE access_groups (
    tenant_id    uuid NOT NULL REFERENCES tenants,
    group_id     uuid NOT NULL,
    name         text COLLATE "C" NOT NULL,
    display_name text NOT NULL,
    version      bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, group_id),
    CONSTRAINT access_groups_name_key UNIQUE (tenant_id, name)
);

CREATE TABLE access_group_members (
    tenant_id  uuid NOT NULL,
    group_id   uuid NOT NULL,
    account_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, group_id, account_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES access_groups ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts
);
CREATE INDEX access_group_members_account ON access_group_members (tenant_id, account_id);

CREATE TABLE access_group_grants (
    tenant_id  uuid NOT NULL,
    group_id   uuid NOT NULL,
    process_id uuid NOT NULL,
    actions    text[] NOT NULL CHECK (cardinality(actions) > 0),
    PRIMARY KEY (tenant_id, group_id, process_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES access_groups ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, process_id) REFERENCES business_processes
);
CREATE INDEX access_group_grants_process ON access_group_grants (tenant_id, process_id);

-- +goose StatementBegin
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['business_processes', 'business_process_versions', 'access_groups',
        'access_group_members', 'access_group_grants']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON %I USING (visible(tenant_id))', name);
    END LOOP;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE access_group_grants, access_group_members, access_groups, business_process_versions, business_processes;
