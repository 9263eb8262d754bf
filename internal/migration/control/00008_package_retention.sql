-- +goose Up

-- Of a package that is not kept any more its content is dropped: deployments still
-- name it by its hash.
ALTER TABLE packages ALTER COLUMN content DROP NOT NULL;
ALTER TABLE packages ADD COLUMN used_at timestamptz NOT NULL DEFAULT now(); -- a deployment was last built of it
CREATE INDEX packages_kept ON packages (tenant_id, hash) WHERE content IS NOT NULL;

-- +goose Down
DELETE FROM deployment_servers s USING deployments d, packages p
    WHERE s.tenant_id = d.tenant_id AND s.deployment_id = d.deployment_id
        AND p.tenant_id = d.tenant_id AND p.hash = d.hash AND p.content IS NULL;
DELETE FROM deployments d USING packages p WHERE p.tenant_id = d.tenant_id AND p.hash = d.hash AND p.content IS NULL;
DELETE FROM packages WHERE content IS NULL;
DROP INDEX packages_kept;
ALTER TABLE packages DROP COLUMN used_at;
ALTER TABLE packages ALTER COLUMN content SET NOT NULL;
