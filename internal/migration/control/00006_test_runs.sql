-- +goose Up

-- Test runs of flowcharts and strategies. Packages and profiles are not here but in
-- the group's database, for as long as the run takes.
CREATE TABLE test_runs (
    tenant_id      uuid NOT NULL REFERENCES tenants,
    test_run_id    uuid NOT NULL,
    channel        text COLLATE "C" NOT NULL,
    group_id       uuid NOT NULL,
    solution       text COLLATE "C" NOT NULL, -- names never change
    group_name     text COLLATE "C" NOT NULL,
    flowchart      text NOT NULL,             -- either of the two is empty
    strategy       text NOT NULL,
    audience_level text NOT NULL,
    source         text NOT NULL CHECK (source IN ('csv', 'table')),
    name           text NOT NULL,
    state          text NOT NULL CHECK (state IN ('requested', 'running', 'succeeded', 'failed', 'cancelled')),
    reason         text NOT NULL,
    server         text NOT NULL,             -- name of the server that ran it
    done           bigint NOT NULL,
    total          bigint NOT NULL,
    result         json,                      -- of one that succeeded
    author_tenant  text NOT NULL,
    author_account text NOT NULL,
    author_name    text NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    ended_at       timestamptz,
    PRIMARY KEY (tenant_id, test_run_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES server_groups
);
CREATE INDEX test_runs_of_channel ON test_runs (tenant_id, channel, test_run_id DESC);
-- Those that have not ended, of which the first of each group runs.
CREATE INDEX test_runs_open ON test_runs (tenant_id, group_id, test_run_id) WHERE state IN ('requested', 'running');

ALTER TABLE test_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE test_runs FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON test_runs USING (visible(tenant_id));

-- +goose Down
DROP TABLE test_runs;
