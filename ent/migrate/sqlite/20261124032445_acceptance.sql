-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_files" table
CREATE TABLE `new_files` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `app_id` text NOT NULL, `name` text NOT NULL, `title` text NOT NULL DEFAULT (''), `size` integer NOT NULL, `media_type` text NOT NULL, `batch_id` text NULL, `event_id` text NULL, `session_id` text NULL, `content_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `files_batches_batch` FOREIGN KEY (`batch_id`) REFERENCES `batches` (`id`) ON DELETE NO ACTION, CONSTRAINT `files_events_event` FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON DELETE NO ACTION, CONSTRAINT `files_capture_sessions_session` FOREIGN KEY (`session_id`) REFERENCES `capture_sessions` (`id`) ON DELETE NO ACTION, CONSTRAINT `files_file_contents_content` FOREIGN KEY (`content_id`) REFERENCES `file_contents` (`id`) ON DELETE NO ACTION, CONSTRAINT `file_owner` CHECK (CASE WHEN batch_id IS NULL THEN 0 ELSE 1 END + CASE WHEN event_id IS NULL THEN 0 ELSE 1 END + CASE WHEN session_id IS NULL THEN 0 ELSE 1 END = 1));
-- copy rows from old table "files" to new temporary table "new_files"
INSERT INTO `new_files` (`id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `app_id`, `name`, `title`, `size`, `media_type`, `batch_id`, `event_id`, `content_id`) SELECT `id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `app_id`, `name`, `title`, `size`, `media_type`, `batch_id`, `event_id`, `content_id` FROM `files`;
-- drop "files" table after copying rows
DROP TABLE `files`;
-- rename temporary table "new_files" to "files"
ALTER TABLE `new_files` RENAME TO `files`;
-- create index "file_batch_id_created_at" to table: "files"
CREATE INDEX `file_batch_id_created_at` ON `files` (`batch_id`, `created_at`);
-- create index "file_event_id_created_at" to table: "files"
CREATE INDEX `file_event_id_created_at` ON `files` (`event_id`, `created_at`);
-- create index "file_session_id_created_at" to table: "files"
CREATE INDEX `file_session_id_created_at` ON `files` (`session_id`, `created_at`);
-- create index "file_content_id" to table: "files"
CREATE INDEX `file_content_id` ON `files` (`content_id`);
-- create "acceptance_marks" table
CREATE TABLE `acceptance_marks` (`id` text NOT NULL, `event_key` text NOT NULL, `property` text NOT NULL DEFAULT (''), `terminal` text NOT NULL, `kind` text NOT NULL, `note` text NOT NULL DEFAULT (''), `app_version` text NOT NULL DEFAULT (''), `app_build` text NOT NULL DEFAULT (''), `hash` text NOT NULL DEFAULT (''), `expires_at` datetime NULL, `created_at` datetime NOT NULL, `created_by_id` text NULL, `event_id` text NOT NULL, `screenshot_id` text NULL, `session_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `acceptance_marks_events_event` FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON DELETE CASCADE, CONSTRAINT `acceptance_marks_files_screenshot` FOREIGN KEY (`screenshot_id`) REFERENCES `files` (`id`) ON DELETE SET NULL, CONSTRAINT `acceptance_marks_capture_sessions_marks` FOREIGN KEY (`session_id`) REFERENCES `capture_sessions` (`id`) ON DELETE CASCADE, CONSTRAINT `acceptance_mark_kind` CHECK (kind IN ('PASS', 'FAIL', 'WAIVED', 'NONE')));
-- create index "acceptancemark_session_id_created_at" to table: "acceptance_marks"
CREATE INDEX `acceptancemark_session_id_created_at` ON `acceptance_marks` (`session_id`, `created_at`);
-- create "coverage_evidences" table
CREATE TABLE `coverage_evidences` (`id` text NOT NULL, `seq` integer NOT NULL, `environment_id` text NOT NULL, `record` blob NOT NULL, `verdict` integer NOT NULL, `event_key` text NOT NULL DEFAULT (''), `violations` json NOT NULL, `user_id` text NOT NULL DEFAULT (''), `anonymous_id` text NOT NULL DEFAULT (''), `device_id` text NOT NULL DEFAULT (''), `created_at` datetime NOT NULL, `session_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `coverage_evidences_capture_sessions_evidence` FOREIGN KEY (`session_id`) REFERENCES `capture_sessions` (`id`) ON DELETE CASCADE);
-- create index "coverageevidence_session_id_seq" to table: "coverage_evidences"
CREATE UNIQUE INDEX `coverageevidence_session_id_seq` ON `coverage_evidences` (`session_id`, `seq`);
-- create index "coverageevidence_environment_id" to table: "coverage_evidences"
CREATE INDEX `coverageevidence_environment_id` ON `coverage_evidences` (`environment_id`);
-- create "frozen_coverages" table
CREATE TABLE `frozen_coverages` (`id` text NOT NULL, `seen` json NOT NULL, `target` json NOT NULL, `devices` json NOT NULL, `created_at` datetime NOT NULL, `session_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `frozen_coverages_capture_sessions_frozen` FOREIGN KEY (`session_id`) REFERENCES `capture_sessions` (`id`) ON DELETE CASCADE);
-- create index "frozen_coverages_session_id_key" to table: "frozen_coverages"
CREATE UNIQUE INDEX `frozen_coverages_session_id_key` ON `frozen_coverages` (`session_id`);
-- create "must_tests" table
CREATE TABLE `must_tests` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `property` text NOT NULL, `must` bool NOT NULL, `batch_id` text NOT NULL, `event_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `must_tests_batches_batch` FOREIGN KEY (`batch_id`) REFERENCES `batches` (`id`) ON DELETE CASCADE, CONSTRAINT `must_tests_events_event` FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON DELETE CASCADE);
-- create index "musttest_batch_id_event_id_property" to table: "must_tests"
CREATE UNIQUE INDEX `musttest_batch_id_event_id_property` ON `must_tests` (`batch_id`, `event_id`, `property`);
-- create "sign_offs" table
CREATE TABLE `sign_offs` (`id` text NOT NULL, `session_ids` json NOT NULL, `terminals` json NOT NULL, `note` text NOT NULL DEFAULT (''), `report` json NOT NULL, `created_at` datetime NOT NULL, `created_by_id` text NULL, `app_id` text NOT NULL, `batch_id` text NULL, `session_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `sign_offs_apps_app` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE CASCADE, CONSTRAINT `sign_offs_batches_batch` FOREIGN KEY (`batch_id`) REFERENCES `batches` (`id`) ON DELETE CASCADE, CONSTRAINT `sign_offs_capture_sessions_session` FOREIGN KEY (`session_id`) REFERENCES `capture_sessions` (`id`) ON DELETE CASCADE);
-- create index "signoff_batch_id_created_at" to table: "sign_offs"
CREATE INDEX `signoff_batch_id_created_at` ON `sign_offs` (`batch_id`, `created_at`);
-- create index "signoff_session_id_created_at" to table: "sign_offs"
CREATE INDEX `signoff_session_id_created_at` ON `sign_offs` (`session_id`, `created_at`);
-- create index "signoff_app_id" to table: "sign_offs"
CREATE INDEX `signoff_app_id` ON `sign_offs` (`app_id`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
