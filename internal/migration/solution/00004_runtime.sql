-- +goose Up

-- What the group keeps of offers: contacts, responses and what they add up to.
-- Foreign keys are left out between them on purpose: one transaction writes all
-- that belongs together, and finds each contact that it responds to.

-- One sequence for the whole history, so that a reader goes on after one number.
-- Every writer holds the history's advisory lock shared before it draws a number
-- and until it has committed; a reader holds it alone for a moment and knows that
-- every number drawn by then is committed or will never be. For that no session
-- may keep numbers for later: CACHE 1. Unlike transaction ids, the numbers survive
-- a dump and restore.
CREATE SEQUENCE history_sequence AS bigint CACHE 1;

CREATE TABLE contacts (
    treatment  uuid             PRIMARY KEY,
    sequence   bigint           NOT NULL DEFAULT nextval('history_sequence'),
    session    text             NOT NULL,
    channel    text             NOT NULL,
    point      text             NOT NULL,
    zone       text             NOT NULL,
    level      text             NOT NULL,
    customer   text             NOT NULL, -- canonical key; empty: anonymous
    offer      text             NOT NULL,
    strategy   text             NOT NULL, -- empty with rule: assigned or default offer
    rule       text             NOT NULL,
    segment    text             NOT NULL,
    score      double precision NOT NULL,
    source     text             NOT NULL,
    learning   text             NOT NULL,
    propensity double precision NOT NULL,
    deployment bigint           NOT NULL,
    hash       text             NOT NULL,
    at         timestamptz      NOT NULL,
    columns    jsonb            NOT NULL
) WITH (autovacuum_vacuum_insert_scale_factor = 0.1);

CREATE UNIQUE INDEX contacts_sequence ON contacts (sequence);

-- The first response of a treatment and a type, with what its contact says.
CREATE TABLE responses (
    treatment     uuid             NOT NULL,
    type          text COLLATE "C" NOT NULL,
    sequence      bigint           NOT NULL DEFAULT nextval('history_sequence'),
    class         text             NOT NULL CHECK (class IN ('accept', 'reject', 'neither', 'seen')),
    session       text             NOT NULL,
    cross_session boolean          NOT NULL,
    channel       text             NOT NULL,
    level         text             NOT NULL,
    customer      text             NOT NULL,
    offer         text             NOT NULL,
    at            timestamptz      NOT NULL,
    columns       jsonb            NOT NULL,
    PRIMARY KEY (treatment, type)
);

CREATE UNIQUE INDEX responses_sequence ON responses (sequence);

-- Responses of which no contact is known.
CREATE TABLE orphans (
    treatment uuid             NOT NULL,
    type      text COLLATE "C" NOT NULL,
    sequence  bigint           NOT NULL DEFAULT nextval('history_sequence'),
    class     text             NOT NULL CHECK (class IN ('accept', 'reject', 'neither', 'seen')),
    session   text             NOT NULL,
    channel   text             NOT NULL,
    at        timestamptz      NOT NULL,
    columns   jsonb            NOT NULL,
    PRIMARY KEY (treatment, type)
);

CREATE UNIQUE INDEX orphans_sequence ON orphans (sequence);

-- What happened between a customer and an offer, in all visits. Version counts the
-- changes: two that make the same row at a time notice each other by it.
CREATE TABLE customer_offers (
    level        text COLLATE "C" NOT NULL,
    customer     text COLLATE "C" NOT NULL,
    offer        text COLLATE "C" NOT NULL,
    presented    bigint           NOT NULL,
    recent       jsonb, -- [[microseconds since 1970, presentations]…]; null: not needed
    shown_at     timestamptz,
    unanswered   bigint           NOT NULL,
    responded_at timestamptz,
    accepted_at  timestamptz,
    rejected_at  timestamptz,
    version      bigint           NOT NULL,
    PRIMARY KEY (level, customer, offer)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

-- Total limits. A server presents an offer only out of a chunk that it has
-- reserved: closed presentations and the sizes of all chunks never add up to more
-- than is allowed.
CREATE TABLE offer_totals (
    offer  text COLLATE "C" PRIMARY KEY,
    closed bigint NOT NULL DEFAULT 0 -- presentations out of chunks that are gone
);

CREATE TABLE offer_chunks (
    id         uuid             PRIMARY KEY,
    offer      text COLLATE "C" NOT NULL,
    size       bigint           NOT NULL,
    used       bigint           NOT NULL DEFAULT 0,
    expires_at timestamptz      NOT NULL, -- nothing is presented out of it from then on
    CONSTRAINT offer_chunks_within CHECK (used BETWEEN 0 AND size)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);

CREATE INDEX offer_chunks_offer ON offer_chunks (offer);

-- Lists of one customer, and the default offers of an audience level.
CREATE TABLE customer_overrides (
    level      text COLLATE "C" NOT NULL,
    customer   text COLLATE "C" NOT NULL,
    place      integer          NOT NULL, -- the first that applies counts
    offer      text             NOT NULL,
    score      double precision NOT NULL,
    adds       boolean          NOT NULL,
    final      boolean          NOT NULL,
    zone       text             NOT NULL, -- empty: everywhere
    segment    text             NOT NULL, -- empty: everybody
    condition  text             NOT NULL, -- CEL; empty: always
    PRIMARY KEY (level, customer, place)
);

CREATE TABLE customer_blocks (
    level    text COLLATE "C" NOT NULL,
    customer text COLLATE "C" NOT NULL,
    offer    text COLLATE "C" NOT NULL,
    PRIMARY KEY (level, customer, offer)
);

CREATE TABLE default_offers (
    level text COLLATE "C" NOT NULL,
    offer text COLLATE "C" NOT NULL,
    score double precision NOT NULL,
    PRIMARY KEY (level, offer)
);

-- The mark that the last transfer to the tenant's history has left, and the one
-- before it. A database that was restored to an older state has an older mark.
CREATE TABLE history_mark (
    single   boolean PRIMARY KEY DEFAULT true CHECK (single),
    mark     uuid NOT NULL,
    previous uuid NOT NULL -- all zeros: none
);
