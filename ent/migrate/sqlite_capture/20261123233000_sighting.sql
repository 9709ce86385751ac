-- +goose Up
-- What was seen of properties. A figure is of one environment, event (empty where none is planned), name as sent,
-- terminal and app version; the property '' stands for the event itself. n is how often it came, unplanned how often no plan
-- knew it; last_seq is the newest captured event with it, an unplanned one where there is one. summary is in the form that
-- package sighting defines.
CREATE TABLE `capture_property` (
  `environment_id` text NOT NULL,
  `event_id` text NOT NULL,
  `name` text NOT NULL,
  `property` text NOT NULL,
  `terminal` text NOT NULL,
  `app_version` text NOT NULL,
  `n` integer NOT NULL,
  `unplanned` integer NOT NULL,
  `first_at` integer NOT NULL,
  `last_at` integer NOT NULL,
  `last_unplanned_at` integer NOT NULL,
  `last_seq` integer NOT NULL,
  `summary` blob NOT NULL,
  PRIMARY KEY (`environment_id`, `event_id`, `name`, `property`, `terminal`, `app_version`)
) WITHOUT ROWID;
CREATE INDEX `capture_property_property` ON `capture_property` (`property`, `environment_id`);
CREATE INDEX `capture_property_unplanned` ON `capture_property` (`environment_id`) WHERE `unplanned` > 0 AND (`event_id` <> '' OR `property` = '');

-- How often events and their properties came in a stretch of time: an hour, or a day when it is longer ago. at is its
-- beginning (Unix time / 3600), hours its length, n the events; fill is in the form that package sighting defines.
CREATE TABLE `capture_fill` (
  `environment_id` text NOT NULL,
  `event_id` text NOT NULL,
  `name` text NOT NULL,
  `hours` integer NOT NULL,
  `at` integer NOT NULL,
  `terminal` text NOT NULL,
  `app_version` text NOT NULL,
  `n` integer NOT NULL,
  `fill` blob NOT NULL,
  PRIMARY KEY (`environment_id`, `event_id`, `name`, `hours`, `at`, `terminal`, `app_version`)
) WITHOUT ROWID;
CREATE INDEX `capture_fill_age` ON `capture_fill` (`at`) WHERE `hours` = 1;

-- How many figures of properties an environment has; they are capped.
ALTER TABLE `capture_environment` ADD COLUMN `figures` integer NOT NULL DEFAULT 0;
-- Up to which group the figures of properties are in the database: they are brought in less often than the rest.
ALTER TABLE `capture_position` ADD COLUMN `figures_seq` integer NOT NULL DEFAULT 0;
UPDATE `capture_position` SET `figures_seq` = `seq`;
