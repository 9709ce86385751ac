-- +goose Up
-- create "regression_cases" table
CREATE TABLE `regression_cases` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `app_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `regression_cases_apps_app` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE CASCADE);
-- create index "regressioncase_app_id_name" to table: "regression_cases"
CREATE UNIQUE INDEX `regressioncase_app_id_name` ON `regression_cases` (`app_id`, `name`);
-- create "regression_events" table
CREATE TABLE `regression_events` (`id` text NOT NULL, `position` integer NOT NULL, `seq` integer NOT NULL, `environment_id` text NOT NULL, `record` blob NOT NULL, `user_id` text NOT NULL DEFAULT (''), `anonymous_id` text NOT NULL DEFAULT (''), `device_id` text NOT NULL DEFAULT (''), `verdict` integer NOT NULL, `codes` json NULL, `case_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `regression_events_regression_cases_events` FOREIGN KEY (`case_id`) REFERENCES `regression_cases` (`id`) ON DELETE CASCADE);
-- create index "regressionevent_case_id_position" to table: "regression_events"
CREATE UNIQUE INDEX `regressionevent_case_id_position` ON `regression_events` (`case_id`, `position`);
