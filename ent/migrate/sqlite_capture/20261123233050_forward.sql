-- +goose Up
-- What became of the payloads of environments that pass them on; times are 0 where there was none.
CREATE TABLE `capture_forward` (
  `environment_id` text NOT NULL,
  `passed` integer NOT NULL,
  `refused` integer NOT NULL,
  `lost` integer NOT NULL,
  `expired` integer NOT NULL,
  `success_at` integer NOT NULL,
  `refusal_at` integer NOT NULL,
  `refusal_status` integer NOT NULL,
  `refusal_text` text NOT NULL,
  `failure_at` integer NOT NULL,
  `failure_text` text NOT NULL,
  PRIMARY KEY (`environment_id`)
) WITHOUT ROWID;
