-- +goose Up
-- create "audit_entries" table
CREATE TABLE `audit_entries` (`id` text NOT NULL, `created_at` datetime NOT NULL, `app_id` text NULL, `batch_id` text NULL, `actor_kind` text NOT NULL, `actor_id` text NULL, `actor_name` text NOT NULL, `token_id` text NULL, `token_name` text NULL, `action` text NOT NULL, `operation` text NOT NULL, `object_type` text NOT NULL, `object_id` text NOT NULL, `object_name` text NOT NULL, `before` json NULL, `after` json NULL, `request_id` text NOT NULL DEFAULT (''), PRIMARY KEY (`id`), CONSTRAINT `audit_entry_actor_kind` CHECK (actor_kind IN ('PERSON', 'TOKEN', 'OPERATOR', 'SYSTEM')), CONSTRAINT `audit_entry_operation` CHECK (operation IN ('CREATED', 'CHANGED', 'DELETED')));
-- create index "auditentry_created_at_id" to table: "audit_entries"
CREATE INDEX `auditentry_created_at_id` ON `audit_entries` (`created_at`, `id`);
-- create index "auditentry_app_id_created_at_id" to table: "audit_entries"
CREATE INDEX `auditentry_app_id_created_at_id` ON `audit_entries` (`app_id`, `created_at`, `id`);
-- create index "auditentry_batch_id_created_at_id" to table: "audit_entries"
CREATE INDEX `auditentry_batch_id_created_at_id` ON `audit_entries` (`batch_id`, `created_at`, `id`);
-- create index "auditentry_object_id_created_at_id" to table: "audit_entries"
CREATE INDEX `auditentry_object_id_created_at_id` ON `audit_entries` (`object_id`, `created_at`, `id`);
-- create index "auditentry_actor_id_created_at_id" to table: "audit_entries"
CREATE INDEX `auditentry_actor_id_created_at_id` ON `audit_entries` (`actor_id`, `created_at`, `id`);
-- What was written stays as it was written, whoever asks.
-- +goose StatementBegin
CREATE TRIGGER `audit_entries_stay` BEFORE UPDATE ON `audit_entries`
BEGIN
  SELECT RAISE(ABORT, 'entries of the audit log are neither changed nor deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `audit_entries_stay_there` BEFORE DELETE ON `audit_entries`
BEGIN
  SELECT RAISE(ABORT, 'entries of the audit log are neither changed nor deleted');
END;
-- +goose StatementEnd
-- INSERT OR REPLACE deletes without asking the trigger above.
-- +goose StatementBegin
CREATE TRIGGER `audit_entries_stay_alone` BEFORE INSERT ON `audit_entries`
WHEN EXISTS (SELECT 1 FROM `audit_entries` WHERE `id` = NEW.`id`)
BEGIN
  SELECT RAISE(ABORT, 'entries of the audit log are neither changed nor deleted');
END;
-- +goose StatementEnd
