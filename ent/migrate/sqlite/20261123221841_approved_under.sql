-- +goose Up
-- add column "approved_under_id" to table: "event_revisions"
ALTER TABLE `event_revisions` ADD COLUMN `approved_under_id` text NULL;
-- add column "approved_under_id" to table: "property_revisions"
ALTER TABLE `property_revisions` ADD COLUMN `approved_under_id` text NULL;
-- add column "approved_under_id" to table: "value_set_revisions"
ALTER TABLE `value_set_revisions` ADD COLUMN `approved_under_id` text NULL;
-- add column "approved_under_id" to table: "approvals"
ALTER TABLE `approvals` ADD COLUMN `approved_under_id` text NULL;
