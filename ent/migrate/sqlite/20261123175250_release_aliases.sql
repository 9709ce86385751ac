-- +goose Up
-- what else a name leads to in an environment
ALTER TABLE `release_slots` ADD COLUMN `aliases` text NOT NULL DEFAULT '';
CREATE INDEX `releaseslot_with_aliases` ON `release_slots` (`environment_id`) WHERE aliases <> '';
