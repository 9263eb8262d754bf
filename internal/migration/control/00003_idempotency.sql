-- +goose Up

-- Which creates were asked for under an idempotency key, and their answers.
CREATE TABLE idempotency_keys (
    tenant_id   uuid NOT NULL REFERENCES tenants, -- of the caller
    account_id  uuid NOT NULL,
    operation   text NOT NULL,
    key         text NOT NULL,
    fingerprint bytea NOT NULL, -- SHA-256 of the request
    reserved_at timestamptz NOT NULL,
    status      integer,        -- null until answered
    header      jsonb,
    body        bytea,
    PRIMARY KEY (tenant_id, account_id, operation, key)
);

CREATE INDEX idempotency_keys_reserved_at ON idempotency_keys (reserved_at);

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON idempotency_keys USING (visible(tenant_id));

-- +goose Down
DROP TABLE idempotency_keys;
