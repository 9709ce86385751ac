-- +goose Up
-- Requests of SDKs that brought nothing, or less than they should have: who asks why there is no data looks here first.
-- Equal ones of a few seconds are one row. environment_id and key_id are empty where the key leads nowhere. Texts are cut.
CREATE TABLE `capture_refusal` (
  `id` integer PRIMARY KEY AUTOINCREMENT,
  `at` integer NOT NULL,
  `last_at` integer NOT NULL,
  `n` integer NOT NULL,
  `kind` text NOT NULL,
  `format` text NOT NULL,
  `method` text NOT NULL,
  `path` text NOT NULL,
  `write_key` text NOT NULL,
  `key_id` text NOT NULL,
  `app_id` text NOT NULL,
  `environment_id` text NOT NULL,
  `address` text NOT NULL,
  `user_agent` text NOT NULL,
  `reason` text NOT NULL,
  `excerpt` text NOT NULL
);
CREATE INDEX `capture_refusal_app` ON `capture_refusal` (`app_id`, `id`);
CREATE INDEX `capture_refusal_key` ON `capture_refusal` (`write_key`, `id`);
CREATE INDEX `capture_refusal_address` ON `capture_refusal` (`address`, `id`);
CREATE INDEX `capture_refusal_at` ON `capture_refusal` (`at`);
