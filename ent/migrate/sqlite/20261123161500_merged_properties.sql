-- +goose Up
-- add column "merging_into_id" to table: "properties"
ALTER TABLE `properties` ADD COLUMN `merging_into_id` text NULL;
-- add column "replaced_by_id" to table: "properties"
ALTER TABLE `properties` ADD COLUMN `replaced_by_id` text NULL;
