-- +goose Up
-- Which captured events an environment keeps; those that are there go on keeping all.
ALTER TABLE `environments` ADD COLUMN `valid_share` real NOT NULL DEFAULT 1;
ALTER TABLE `environments` ADD COLUMN `invalid_per_minute` integer NULL;
