-- +goose Up

-- What events leave behind: the states of event patterns, and delayed actions.

-- What an event pattern of a channel remembers of a known customer. A state says
-- itself by which definition it was made; one of another definition is dropped when
-- the customer's next event comes.
CREATE TABLE pattern_states (
    channel    text COLLATE "C" NOT NULL,
    level      text COLLATE "C" NOT NULL,
    customer   text COLLATE "C" NOT NULL,
    pattern    text COLLATE "C" NOT NULL,
    state      json             NOT NULL CHECK (octet_length(state::text) <= 65536),
    changed_at timestamptz      NOT NULL DEFAULT now(),
    PRIMARY KEY (level, customer, channel, pattern)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

-- Actions that are left to do at a time. One that was done is gone. Whoever claims
-- one moves ready_at behind the time that it may take and counts the fence up: what
-- an earlier claimer says of it counts no more.
CREATE TABLE delayed_actions (
    id       uuid             PRIMARY KEY,
    due_at   timestamptz      NOT NULL,
    ready_at timestamptz      NOT NULL,             -- not claimed before
    server   text             NOT NULL,             -- that has the session; others wait a little longer
    level    text COLLATE "C" NOT NULL,
    customer text COLLATE "C" NOT NULL,             -- canonical key; empty: anonymous
    session  text COLLATE "C" NOT NULL,
    work     json             NOT NULL CHECK (octet_length(work::text) <= 262144),
    attempts integer          NOT NULL DEFAULT 0,
    fence    bigint           NOT NULL DEFAULT 0,
    problem  text             NOT NULL DEFAULT '',  -- of the last attempt
    dead_at  timestamptz                            -- given up; a person decides
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);

CREATE INDEX delayed_actions_ready ON delayed_actions (ready_at) WHERE dead_at IS NULL;
CREATE INDEX delayed_actions_dead ON delayed_actions (dead_at) WHERE dead_at IS NOT NULL;
CREATE INDEX delayed_actions_visitor ON delayed_actions (level, customer, session);
