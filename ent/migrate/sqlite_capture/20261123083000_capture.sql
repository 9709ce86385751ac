-- +goose Up
-- The capture data: what devices really reported. All times are microseconds since 1970. Texts that come from devices
-- are cut to 200 characters where they are part of a key or an index.

-- How far the stream is in these tables, and which writer is at it. A transaction that adds to them moves it on.
CREATE TABLE `capture_position` (
  `partition` integer PRIMARY KEY,
  `stream_id` text NOT NULL DEFAULT '',
  `seq` integer NOT NULL DEFAULT 0,
  `lost` integer NOT NULL DEFAULT 0,
  `gaps` integer NOT NULL DEFAULT 0,
  `owner` text NOT NULL DEFAULT '',
  `lease_until` integer NOT NULL DEFAULT 0
);
INSERT INTO `capture_position` (`partition`) VALUES (0);

-- Captured events, as long as they are kept: here what they are looked for by, beside it the records themselves, so that
-- looking through many reads little. name is the event's key, or its name as sent where no definition judged it; codes are
-- the codes of its violations, each between bars.
CREATE TABLE `capture_sample` (
  `seq` integer PRIMARY KEY,
  `environment_id` text NOT NULL,
  `event_id` text NOT NULL,
  `received_at` integer NOT NULL,
  `verdict` integer NOT NULL,
  `name` text NOT NULL,
  `codes` text NOT NULL,
  `terminal` text NOT NULL,
  `app_version` text NOT NULL,
  `device_id` text NOT NULL,
  `user_id` text NOT NULL,
  `anonymous_id` text NOT NULL
);
CREATE INDEX `capture_sample_environment` ON `capture_sample` (`environment_id`, `seq`);
CREATE INDEX `capture_sample_event` ON `capture_sample` (`event_id`, `environment_id`, `seq`) WHERE `event_id` <> '';
-- raw is a record as sent, record the rest of it in the form that package capture defines.
CREATE TABLE `capture_record` (
  `seq` integer PRIMARY KEY,
  `raw` text NOT NULL,
  `record` blob NOT NULL
);

-- How many samples an environment has, and when it captured last.
CREATE TABLE `capture_environment` (
  `environment_id` text PRIMARY KEY,
  `samples` integer NOT NULL,
  `last_at` integer NOT NULL
) WITHOUT ROWID;

-- Events per hour (Unix time / 3600); rows with a code count those of them that had a violation with that code.
CREATE TABLE `capture_counter` (
  `environment_id` text NOT NULL,
  `hour` integer NOT NULL,
  `event_id` text NOT NULL,
  `name` text NOT NULL,
  `terminal` text NOT NULL,
  `app_version` text NOT NULL,
  `verdict` integer NOT NULL,
  `code` text NOT NULL,
  `n` integer NOT NULL,
  PRIMARY KEY (`environment_id`, `hour`, `event_id`, `name`, `terminal`, `app_version`, `verdict`, `code`)
) WITHOUT ROWID;

-- Events per minute (Unix time / 60), kept for two days.
CREATE TABLE `capture_minute` (
  `environment_id` text NOT NULL,
  `minute` integer NOT NULL,
  `valid` integer NOT NULL,
  `invalid` integer NOT NULL,
  `unplanned` integer NOT NULL,
  `duplicates` integer NOT NULL,
  PRIMARY KEY (`environment_id`, `minute`)
) WITHOUT ROWID;

-- What was seen of each planned event.
CREATE TABLE `capture_event` (
  `event_id` text NOT NULL,
  `environment_id` text NOT NULL,
  `terminal` text NOT NULL,
  `n` integer NOT NULL,
  `invalid` integer NOT NULL,
  `first_at` integer NOT NULL,
  `last_at` integer NOT NULL,
  `last_invalid_at` integer NOT NULL,
  PRIMARY KEY (`event_id`, `environment_id`, `terminal`)
) WITHOUT ROWID;
CREATE INDEX `capture_event_environment` ON `capture_event` (`environment_id`);

-- The names and versions that an environment has sent, up to its cap.
CREATE TABLE `capture_label` (
  `environment_id` text NOT NULL,
  `kind` text NOT NULL,
  `value` text NOT NULL,
  PRIMARY KEY (`environment_id`, `kind`, `value`)
) WITHOUT ROWID;
