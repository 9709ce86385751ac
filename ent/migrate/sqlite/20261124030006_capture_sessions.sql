-- +goose Up
-- create "capture_sessions" table
CREATE TABLE `capture_sessions` (`id` text NOT NULL, `code` text NOT NULL, `title` text NOT NULL, `target` text NOT NULL, `event_ids` json NULL, `tester_ids` json NOT NULL, `started_by_id` text NULL, `started_at` datetime NOT NULL, `active_at` datetime NOT NULL, `ended_at` datetime NULL, `app_id` text NOT NULL, `environment_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `capture_sessions_apps_app` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE CASCADE, CONSTRAINT `capture_sessions_environments_environment` FOREIGN KEY (`environment_id`) REFERENCES `environments` (`id`) ON DELETE CASCADE, CONSTRAINT `capture_session_target` CHECK (target IN ('BATCHES', 'EVENTS', 'NOTHING')));
-- create index "capture_sessions_code_key" to table: "capture_sessions"
CREATE UNIQUE INDEX `capture_sessions_code_key` ON `capture_sessions` (`code`);
-- create index "capturesession_app_id_started_at" to table: "capture_sessions"
CREATE INDEX `capturesession_app_id_started_at` ON `capture_sessions` (`app_id`, `started_at`);
-- create index "capturesession_environment_id_started_at" to table: "capture_sessions"
CREATE INDEX `capturesession_environment_id_started_at` ON `capture_sessions` (`environment_id`, `started_at`);
-- create index "capturesession_ended_at" to table: "capture_sessions"
CREATE INDEX `capturesession_ended_at` ON `capture_sessions` (`ended_at`);
-- create "session_batches" table
CREATE TABLE `session_batches` (`id` text NOT NULL, `position` integer NOT NULL, `session_id` text NOT NULL, `batch_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `session_batches_capture_sessions_batches` FOREIGN KEY (`session_id`) REFERENCES `capture_sessions` (`id`) ON DELETE CASCADE, CONSTRAINT `session_batches_batches_batch` FOREIGN KEY (`batch_id`) REFERENCES `batches` (`id`) ON DELETE CASCADE);
-- create index "sessionbatch_session_id_position" to table: "session_batches"
CREATE UNIQUE INDEX `sessionbatch_session_id_position` ON `session_batches` (`session_id`, `position`);
-- create index "sessionbatch_batch_id" to table: "session_batches"
CREATE INDEX `sessionbatch_batch_id` ON `session_batches` (`batch_id`);
-- create "session_bindings" table
CREATE TABLE `session_bindings` (`id` text NOT NULL, `environment_id` text NOT NULL, `kind` text NOT NULL, `value` text NOT NULL, `how` text NOT NULL, `bound_by_id` text NULL, `bound_at` datetime NOT NULL, `unbound_at` datetime NULL, `session_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `session_bindings_capture_sessions_bindings` FOREIGN KEY (`session_id`) REFERENCES `capture_sessions` (`id`) ON DELETE CASCADE, CONSTRAINT `session_binding_kind` CHECK (kind IN ('DEVICE', 'USER')));
-- create index "sessionbinding_session_id_bound_at" to table: "session_bindings"
CREATE INDEX `sessionbinding_session_id_bound_at` ON `session_bindings` (`session_id`, `bound_at`);
-- create index "sessionbinding_environment_id_value" to table: "session_bindings"
CREATE INDEX `sessionbinding_environment_id_value` ON `session_bindings` (`environment_id`, `value`);
-- create "session_steps" table
CREATE TABLE `session_steps` (`id` text NOT NULL, `number` integer NOT NULL, `text` text NOT NULL DEFAULT (''), `marked_at` datetime NOT NULL, `marked_by_id` text NULL, `session_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `session_steps_capture_sessions_steps` FOREIGN KEY (`session_id`) REFERENCES `capture_sessions` (`id`) ON DELETE CASCADE);
-- create index "sessionstep_session_id_number" to table: "session_steps"
CREATE UNIQUE INDEX `sessionstep_session_id_number` ON `session_steps` (`session_id`, `number`);
