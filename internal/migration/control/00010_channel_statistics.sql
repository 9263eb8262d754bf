-- +goose Up

-- One column with the usual number of values has ANALYZE look at ten times as many
-- rows for all of them: half a second of a processor, again and again while a history
-- grows. A channel that is rarer than a tenth of the usual values shows is known by
-- how many channels there are.
ALTER TABLE contact_history ALTER COLUMN channel SET STATISTICS 10;
ALTER TABLE response_history ALTER COLUMN channel SET STATISTICS 10;
ALTER TABLE orphan_history ALTER COLUMN channel SET STATISTICS 10;

-- +goose Down
ALTER TABLE contact_history ALTER COLUMN channel SET STATISTICS -1;
ALTER TABLE response_history ALTER COLUMN channel SET STATISTICS -1;
ALTER TABLE orphan_history ALTER COLUMN channel SET STATISTICS -1;
