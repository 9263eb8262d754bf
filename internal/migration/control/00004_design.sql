-- +goose Up

-- What design teams define. channel is '' for what lies in the tenant.
CREATE TABLE design_objects (
    tenant_id    uuid NOT NULL REFERENCES tenants,
    kind         text COLLATE "C" NOT NULL,
    channel      text COLLATE "C" NOT NULL,
    name         text COLLATE "C" NOT NULL,
    object_id    uuid NOT NULL,
    display_name text NOT NULL,
    spec         json NOT NULL, -- as it was written: its bytes are hashed
    mark_for     text CHECK (mark_for IN ('deployment', 'undeployment')),
    mark_by      text,
    mark_at      timestamptz,
    version      bigint NOT NULL, -- of a marked object: that of the mark
    created_at   timestamptz NOT NULL,
    created_by   text NOT NULL,
    updated_at   timestamptz NOT NULL,
    updated_by   text NOT NULL,
    PRIMARY KEY (tenant_id, kind, channel, name),
    CHECK ((mark_for IS NULL) = (mark_by IS NULL) AND (mark_for IS NULL) = (mark_at IS NULL))
);

-- What refers to what: the second lock after the service, that nothing in use is
-- deleted.
CREATE TABLE design_uses (
    tenant_id  uuid NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    channel    text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    to_kind    text COLLATE "C" NOT NULL,
    to_channel text COLLATE "C" NOT NULL,
    to_name    text COLLATE "C" NOT NULL,
    path       text NOT NULL, -- in the spec, the first of several
    PRIMARY KEY (tenant_id, kind, channel, name, to_kind, to_channel, to_name),
    FOREIGN KEY (tenant_id, kind, channel, name) REFERENCES design_objects ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, to_kind, to_channel, to_name) REFERENCES design_objects
);
CREATE INDEX design_uses_to ON design_uses (tenant_id, to_kind, to_channel, to_name);

-- Outlives its object, so that a name's versions go on where they ended.
CREATE TABLE design_changes (
    tenant_id    uuid NOT NULL REFERENCES tenants,
    kind         text COLLATE "C" NOT NULL,
    channel      text COLLATE "C" NOT NULL,
    name         text COLLATE "C" NOT NULL,
    number       bigint NOT NULL,
    what         text NOT NULL CHECK (what IN ('created', 'edited', 'marked', 'unmarked', 'released', 'deleted')),
    at           timestamptz NOT NULL,
    by_name      text NOT NULL,
    display_name text NOT NULL,
    spec         json, -- null: as before
    differences  json NOT NULL,
    PRIMARY KEY (tenant_id, kind, channel, name, number)
);

-- +goose StatementBegin
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['design_objects', 'design_uses', 'design_changes']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON %I USING (visible(tenant_id))', name);
    END LOOP;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE design_changes, design_uses, design_objects;
