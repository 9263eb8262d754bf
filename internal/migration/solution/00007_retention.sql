-- +goose Up

-- Up to where the history is in the tenant's history for good: what a transfer knew
-- when it set the mark. Rows up to there may be dropped once they are old.
ALTER TABLE history_mark ADD COLUMN transferred bigint NOT NULL DEFAULT 0;
