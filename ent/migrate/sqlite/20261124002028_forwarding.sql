-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_environments" table
CREATE TABLE `new_environments` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `key` text NOT NULL, `name` text NOT NULL, `retention_days` integer NOT NULL DEFAULT (7), `max_samples` integer NOT NULL DEFAULT (1000000), `position` integer NOT NULL DEFAULT (0), `masked_patterns` json NULL, `keep_originals` bool NOT NULL DEFAULT (false), `last_release` integer NOT NULL DEFAULT (0), `forward_to` text NOT NULL DEFAULT (''), `forward_headers` json NULL, `forward_backlog` text NOT NULL DEFAULT (''), `app_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `environments_apps_environments` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE NO ACTION);
-- copy rows from old table "environments" to new temporary table "new_environments"
INSERT INTO `new_environments` (`id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `key`, `name`, `retention_days`, `max_samples`, `position`, `masked_patterns`, `keep_originals`, `last_release`, `app_id`) SELECT `id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `key`, `name`, `retention_days`, `max_samples`, `position`, `masked_patterns`, `keep_originals`, `last_release`, `app_id` FROM `environments`;
-- drop "environments" table after copying rows
DROP TABLE `environments`;
-- rename temporary table "new_environments" to "environments"
ALTER TABLE `new_environments` RENAME TO `environments`;
-- create index "environment_app_id_key" to table: "environments"
CREATE UNIQUE INDEX `environment_app_id_key` ON `environments` (`app_id`, `key`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
