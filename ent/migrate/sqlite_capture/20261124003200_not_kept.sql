-- +goose Up
-- How many events of each environment were counted and, by its sampling, not kept.
ALTER TABLE `capture_environment` ADD COLUMN `not_kept` integer NOT NULL DEFAULT 0;
