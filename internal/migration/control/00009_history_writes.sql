-- +goose Up

-- What transfers write most is checked as little as can be. Rows are written only
-- with one of history_sources, which references the tenant; who reads the changes
-- of one channel reads on after a position, and passes over the few in between.
ALTER TABLE contact_history DROP CONSTRAINT contact_history_tenant_id_fkey;
DROP INDEX contact_history_channel;

-- These tables grow fast and their columns are alike all along. What the planner has
-- to know of them it learns from a tenth of the usual values, without a pause for
-- everybody else. Channels are left as they are: some are rare.
-- +goose StatementBegin
DO $$
DECLARE
    name text;
    col text;
BEGIN
    FOR name, col IN SELECT c.table_name, c.column_name FROM information_schema.columns c
        WHERE c.table_schema = current_schema() AND c.table_name IN ('contact_history', 'response_history', 'orphan_history')
            AND c.column_name <> 'channel'
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET STATISTICS 10', name, col);
    END LOOP;
END
$$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DO $$
DECLARE
    name text;
    col text;
BEGIN
    FOR name, col IN SELECT c.table_name, c.column_name FROM information_schema.columns c
        WHERE c.table_schema = current_schema() AND c.table_name IN ('contact_history', 'response_history', 'orphan_history')
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET STATISTICS -1', name, col);
    END LOOP;
END
$$;
-- +goose StatementEnd
CREATE INDEX contact_history_channel ON contact_history (tenant_id, channel, position);
ALTER TABLE contact_history ADD CONSTRAINT contact_history_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants;
