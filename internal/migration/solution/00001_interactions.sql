-- +goose Up

-- A server group's interactions, agents and business processes.
--
-- Every change of an interaction is one UPDATE under the condition that it was
-- decided on, together with its row in events and, where the business process
-- has to go on, one in outbox. Foreign keys are left out between them on
-- purpose: the rows are only ever written together, by statements that find the
-- interaction, and each key would cost a look-up and a lock per event.

CREATE TABLE interactions (
    id              uuid        PRIMARY KEY,
    media_source    text        NOT NULL,
    external_id     text,
    media_type      text        NOT NULL,
    type            text        NOT NULL,
    subtype         text        NOT NULL,
    process         text        NOT NULL,
    process_version integer     NOT NULL,
    priority        integer     NOT NULL,
    properties      jsonb       NOT NULL,
    submitted_by    uuid        NOT NULL,
    submitted_at    timestamptz NOT NULL,

    state           text        NOT NULL,
    changed_at      timestamptz NOT NULL,
    stopped_at      timestamptz,
    stop_reason     text        NOT NULL DEFAULT '',

    -- The business process: its machine's state, the number of the step taken
    -- last, what it waits for, and news that the machine has not read yet.
    step            text        NOT NULL DEFAULT '',
    sequence        bigint      NOT NULL DEFAULT 0,
    waits_for       text        NOT NULL DEFAULT 'start',
    wakes_at        timestamptz,
    machine         json,
    news            json,

    -- The place in its queue, kept when it comes back from an agent.
    queue           text        NOT NULL DEFAULT '',
    queued_at       timestamptz,
    routed_at       timestamptz,
    tried           jsonb,

    -- The holder: the agent of the assignment, which is over when ended says how.
    agent           uuid,
    assignment      bigint      NOT NULL DEFAULT 0,
    assignment_end  text,
    invited_at      timestamptz,
    expires_at      timestamptz,
    accepted_at     timestamptz,
    completed_at    timestamptz,
    outcome         text        NOT NULL DEFAULT '',

    CONSTRAINT interactions_state CHECK (state IN ('submitted', 'queued', 'routing', 'delivering', 'handling', 'stopped')),
    CONSTRAINT interactions_waits_for CHECK (waits_for IN ('start', 'agent', 'pull', 'timer', 'call', 'process', 'nothing')),
    CONSTRAINT interactions_stopped CHECK ((state = 'stopped') = (stopped_at IS NOT NULL)),
    CONSTRAINT interactions_one_holder CHECK ((state IN ('delivering', 'handling')) = (agent IS NOT NULL AND assignment_end IS NULL)),
    CONSTRAINT interactions_invitation CHECK ((state = 'delivering') = (expires_at IS NOT NULL)),
    CONSTRAINT interactions_properties_size CHECK (pg_column_size(properties) <= 1048576)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);

-- Submitting twice returns the first.
CREATE UNIQUE INDEX interactions_external_id ON interactions (media_source, external_id) WHERE external_id IS NOT NULL;

-- All that has not stopped, in the order of its queue. Its columns do not change
-- while agents are invited, accept and complete, so that those updates are HOT.
CREATE INDEX interactions_open ON interactions (process, queue, priority DESC, queued_at, id) WHERE stopped_at IS NULL;

CREATE TABLE events (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL,
    kind        text        NOT NULL,
    interaction uuid,
    agent       uuid,
    actor       uuid,                 -- null: the server itself
    server      uuid        NOT NULL, -- that wrote it
    assignment  bigint,
    reason      text,
    detail      jsonb
);

CREATE INDEX events_interaction ON events (interaction, id) WHERE interaction IS NOT NULL;

-- What the process host is to be told, at least once.
CREATE TABLE outbox (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text        NOT NULL CHECK (kind IN ('start', 'nudge')),
    interaction uuid        NOT NULL,
    process     text        NOT NULL,
    media_type  text        NOT NULL,
    server      uuid        NOT NULL, -- that wrote it and delivers it first
    created_at  timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 200);

CREATE TABLE agents (
    agent          uuid        PRIMARY KEY,
    do_not_disturb boolean     NOT NULL DEFAULT false,
    changed_at     timestamptz NOT NULL
) WITH (fillfactor = 50);

-- An agent's side of its assignments: what is offered to it and what it handles.
-- The row is what two matchers that want the same agent meet at.
CREATE TABLE agent_media (
    agent          uuid        NOT NULL,
    medium         text        NOT NULL,
    state          text        NOT NULL CHECK (state IN ('ready', 'not-ready', 'after-work')),
    reason         text        NOT NULL DEFAULT '',
    do_not_disturb boolean     NOT NULL, -- as in agents
    assigned       uuid[]      NOT NULL DEFAULT '{}',
    idle_since     timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    PRIMARY KEY (agent, medium)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);

-- Every version ever received: running interactions stay on theirs.
CREATE TABLE process_definitions (
    name        text        NOT NULL,
    version     integer     NOT NULL,
    hash        text        NOT NULL,
    document    text        NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, version)
);

-- What a server needs to restart without the control plane.
CREATE TABLE server_configuration (
    server        uuid        PRIMARY KEY,
    revision      text        NOT NULL,
    configuration text        NOT NULL, -- JSON
    received_at   timestamptz NOT NULL DEFAULT now()
);

-- Submits that were turned away, which leave no interaction to count.
CREATE TABLE refusals (
    process text   NOT NULL,
    reason  text   NOT NULL,
    count   bigint NOT NULL,
    PRIMARY KEY (process, reason)
) WITH (fillfactor = 50);
