-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_regression_cases" table
CREATE TABLE `new_regression_cases` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `gone` integer NOT NULL DEFAULT (0), `app_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `regression_cases_apps_app` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE CASCADE);
-- copy rows from old table "regression_cases" to new temporary table "new_regression_cases"
INSERT INTO `new_regression_cases` (`id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `name`, `description`, `app_id`) SELECT `id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `name`, `description`, `app_id` FROM `regression_cases`;
-- drop "regression_cases" table after copying rows
DROP TABLE `regression_cases`;
-- rename temporary table "new_regression_cases" to "regression_cases"
ALTER TABLE `new_regression_cases` RENAME TO `regression_cases`;
-- create index "regressioncase_app_id_name" to table: "regression_cases"
CREATE UNIQUE INDEX `regressioncase_app_id_name` ON `regression_cases` (`app_id`, `name`);
-- create "new_regression_events" table
CREATE TABLE `new_regression_events` (`id` text NOT NULL, `position` integer NOT NULL, `seq` integer NOT NULL, `environment_id` text NOT NULL, `record` blob NOT NULL, `verdict` integer NOT NULL, `codes` json NULL, `case_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `regression_events_regression_cases_events` FOREIGN KEY (`case_id`) REFERENCES `regression_cases` (`id`) ON DELETE CASCADE);
-- copy rows from old table "regression_events" to new temporary table "new_regression_events"
INSERT INTO `new_regression_events` (`id`, `position`, `seq`, `environment_id`, `record`, `verdict`, `codes`, `case_id`) SELECT `id`, `position`, `seq`, `environment_id`, `record`, `verdict`, `codes`, `case_id` FROM `regression_events`;
-- drop "regression_events" table after copying rows
DROP TABLE `regression_events`;
-- rename temporary table "new_regression_events" to "regression_events"
ALTER TABLE `new_regression_events` RENAME TO `regression_events`;
-- create index "regressionevent_case_id_position" to table: "regression_events"
CREATE UNIQUE INDEX `regressionevent_case_id_position` ON `regression_events` (`case_id`, `position`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
