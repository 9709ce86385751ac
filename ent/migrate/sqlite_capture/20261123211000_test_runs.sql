-- +goose Up
-- Test runs: the events of one bear its id, and are counted by event, name as sent, terminal and verdict, so that what a run
-- has seen does not depend on which samples are kept.
ALTER TABLE `capture_sample` ADD COLUMN `run_id` text NOT NULL DEFAULT '';
CREATE INDEX `capture_sample_run` ON `capture_sample` (`environment_id`, `run_id`, `seq`) WHERE `run_id` <> '';
CREATE TABLE `capture_run` (
  `environment_id` text NOT NULL,
  `run_id` text NOT NULL,
  `event_key` text NOT NULL,
  `name` text NOT NULL,
  `terminal` text NOT NULL,
  `verdict` integer NOT NULL,
  `n` integer NOT NULL,
  `first_at` integer NOT NULL,
  `last_at` integer NOT NULL,
  PRIMARY KEY (`environment_id`, `run_id`, `event_key`, `name`, `terminal`, `verdict`)
) WITHOUT ROWID;
