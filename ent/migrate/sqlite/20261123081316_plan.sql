-- +goose Up
-- create "api_tokens" table
CREATE TABLE `api_tokens` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `name` text NOT NULL, `hash` text NOT NULL, `hint` text NOT NULL, `grants` json NOT NULL, `expires_at` datetime NULL, `revoked_at` datetime NULL, `last_used_at` datetime NULL, `user_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `api_tokens_users_tokens` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION);
-- create index "api_tokens_hash_key" to table: "api_tokens"
CREATE UNIQUE INDEX `api_tokens_hash_key` ON `api_tokens` (`hash`);
-- create index "apitoken_user_id" to table: "api_tokens"
CREATE INDEX `apitoken_user_id` ON `api_tokens` (`user_id`);
-- create "apps" table
CREATE TABLE `apps` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `key` text NOT NULL, `name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `plan_version` integer NOT NULL DEFAULT (1), `last_batch` integer NOT NULL DEFAULT (0), PRIMARY KEY (`id`));
-- create index "apps_key_key" to table: "apps"
CREATE UNIQUE INDEX `apps_key_key` ON `apps` (`key`);
-- create "batches" table
CREATE TABLE `batches` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `seq` integer NOT NULL, `number` text NOT NULL, `title` text NOT NULL, `description` text NOT NULL DEFAULT (''), `external_reference` text NOT NULL DEFAULT (''), `documents` json NULL, `target_versions` json NULL, `owner_id` text NULL, `state` text NOT NULL DEFAULT ('DRAFT'), `app_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `batches_apps_batches` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE NO ACTION);
-- create index "batches_number_key" to table: "batches"
CREATE UNIQUE INDEX `batches_number_key` ON `batches` (`number`);
-- create index "batch_app_id_seq" to table: "batches"
CREATE UNIQUE INDEX `batch_app_id_seq` ON `batches` (`app_id`, `seq`);
-- create index "batch_app_id_state" to table: "batches"
CREATE INDEX `batch_app_id_state` ON `batches` (`app_id`, `state`);
-- create index "batch_app_id_created_at" to table: "batches"
CREATE INDEX `batch_app_id_created_at` ON `batches` (`app_id`, `created_at`);
-- create "batch_items" table
CREATE TABLE `batch_items` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `kind` text NOT NULL, `note` text NOT NULL DEFAULT (''), `batch_id` text NOT NULL, `event_id` text NULL, `property_id` text NULL, `value_set_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `batch_items_batches_items` FOREIGN KEY (`batch_id`) REFERENCES `batches` (`id`) ON DELETE NO ACTION, CONSTRAINT `batch_items_events_items` FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON DELETE NO ACTION, CONSTRAINT `batch_items_properties_items` FOREIGN KEY (`property_id`) REFERENCES `properties` (`id`) ON DELETE NO ACTION, CONSTRAINT `batch_items_value_sets_items` FOREIGN KEY (`value_set_id`) REFERENCES `value_sets` (`id`) ON DELETE NO ACTION, CONSTRAINT `batch_item_kind` CHECK (kind IN ('EVENT', 'PROPERTY', 'VALUE_SET')));
-- create index "batchitem_batch_id_event_id" to table: "batch_items"
CREATE UNIQUE INDEX `batchitem_batch_id_event_id` ON `batch_items` (`batch_id`, `event_id`);
-- create index "batchitem_batch_id_property_id" to table: "batch_items"
CREATE UNIQUE INDEX `batchitem_batch_id_property_id` ON `batch_items` (`batch_id`, `property_id`);
-- create index "batchitem_batch_id_value_set_id" to table: "batch_items"
CREATE UNIQUE INDEX `batchitem_batch_id_value_set_id` ON `batch_items` (`batch_id`, `value_set_id`);
-- create index "batchitem_event_id" to table: "batch_items"
CREATE INDEX `batchitem_event_id` ON `batch_items` (`event_id`);
-- create index "batchitem_property_id" to table: "batch_items"
CREATE INDEX `batchitem_property_id` ON `batch_items` (`property_id`);
-- create index "batchitem_value_set_id" to table: "batch_items"
CREATE INDEX `batchitem_value_set_id` ON `batch_items` (`value_set_id`);
-- create "environments" table
CREATE TABLE `environments` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `key` text NOT NULL, `name` text NOT NULL, `retention_days` integer NOT NULL DEFAULT (7), `max_samples` integer NOT NULL DEFAULT (1000000), `position` integer NOT NULL DEFAULT (0), `app_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `environments_apps_environments` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE NO ACTION);
-- create index "environment_app_id_key" to table: "environments"
CREATE UNIQUE INDEX `environment_app_id_key` ON `environments` (`app_id`, `key`);
-- create "events" table
CREATE TABLE `events` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `key` text NOT NULL, `kind` text NOT NULL, `name` text NOT NULL, `wire_name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `trigger` text NOT NULL DEFAULT (''), `level` text NOT NULL DEFAULT ('P1'), `module` text NOT NULL DEFAULT (''), `owner_ids` json NULL, `match` json NULL, `aliases` json NULL, `terminals` json NULL, `excluded_common` json NULL, `head_id` text NOT NULL DEFAULT (''), `revision_number` integer NOT NULL DEFAULT (0), `hash` text NOT NULL DEFAULT (''), `app_id` text NOT NULL, `batch_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `events_apps_events` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE NO ACTION, CONSTRAINT `events_batches_events` FOREIGN KEY (`batch_id`) REFERENCES `batches` (`id`) ON DELETE NO ACTION, CONSTRAINT `event_kind` CHECK (kind IN ('TRACK', 'COMMON', 'USER_PROFILE', 'ITEM')), CONSTRAINT `event_level` CHECK (level IN ('P0', 'P1', 'P2')));
-- create index "event_app_id_key" to table: "events"
CREATE UNIQUE INDEX `event_app_id_key` ON `events` (`app_id`, `key`);
-- create index "event_app_id_wire_name" to table: "events"
CREATE INDEX `event_app_id_wire_name` ON `events` (`app_id`, `wire_name`);
-- create index "event_app_id_created_at" to table: "events"
CREATE INDEX `event_app_id_created_at` ON `events` (`app_id`, `created_at`);
-- create index "event_batch_id" to table: "events"
CREATE INDEX `event_batch_id` ON `events` (`batch_id`);
-- create "event_properties" table
CREATE TABLE `event_properties` (`id` text NOT NULL, `newest` bool NOT NULL, `position` integer NOT NULL, `presence` text NOT NULL, `presence_on` json NULL, `narrowing` json NULL, `narrowing_on` json NULL, `example` text NOT NULL DEFAULT (''), `note` text NOT NULL DEFAULT (''), `event_id` text NOT NULL, `revision_id` text NOT NULL, `property_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `event_properties_events_properties` FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON DELETE NO ACTION, CONSTRAINT `event_properties_event_revisions_properties` FOREIGN KEY (`revision_id`) REFERENCES `event_revisions` (`id`) ON DELETE NO ACTION, CONSTRAINT `event_properties_properties_uses` FOREIGN KEY (`property_id`) REFERENCES `properties` (`id`) ON DELETE NO ACTION, CONSTRAINT `event_property_presence` CHECK (presence IN ('REQUIRED', 'OPTIONAL', 'ABSENT')));
-- create index "eventproperty_revision_id_property_id" to table: "event_properties"
CREATE UNIQUE INDEX `eventproperty_revision_id_property_id` ON `event_properties` (`revision_id`, `property_id`);
-- create index "eventproperty_event_id_position" to table: "event_properties"
CREATE INDEX `eventproperty_event_id_position` ON `event_properties` (`event_id`, `position`);
-- create index "eventproperty_property_id_event_id" to table: "event_properties"
CREATE INDEX `eventproperty_property_id_event_id` ON `event_properties` (`property_id`, `event_id`);
-- create "event_revisions" table
CREATE TABLE `event_revisions` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `number` integer NOT NULL, `state` text NOT NULL DEFAULT ('DRAFT'), `definition` json NOT NULL, `hash` text NOT NULL, `event_id` text NOT NULL, `batch_id` text NOT NULL, `base_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `event_revisions_events_revisions` FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON DELETE NO ACTION, CONSTRAINT `event_revisions_batches_batch` FOREIGN KEY (`batch_id`) REFERENCES `batches` (`id`) ON DELETE NO ACTION, CONSTRAINT `event_revisions_event_revisions_derived` FOREIGN KEY (`base_id`) REFERENCES `event_revisions` (`id`) ON DELETE NO ACTION);
-- create index "eventrevision_event_id_number" to table: "event_revisions"
CREATE UNIQUE INDEX `eventrevision_event_id_number` ON `event_revisions` (`event_id`, `number`);
-- create index "eventrevision_batch_id" to table: "event_revisions"
CREATE INDEX `eventrevision_batch_id` ON `event_revisions` (`batch_id`);
-- create index "eventrevision_base_id" to table: "event_revisions"
CREATE INDEX `eventrevision_base_id` ON `event_revisions` (`base_id`);
-- create "memberships" table
CREATE TABLE `memberships` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `role` text NOT NULL, `app_id` text NULL, `user_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `memberships_apps_memberships` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE CASCADE, CONSTRAINT `memberships_users_memberships` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION, CONSTRAINT `membership_role` CHECK (role IN ('VIEWER', 'REQUESTER', 'EDITOR', 'REVIEWER', 'DEVELOPER', 'TESTER', 'ADMIN')));
-- create index "membership_user_id_app_id_role" to table: "memberships"
CREATE UNIQUE INDEX `membership_user_id_app_id_role` ON `memberships` (`user_id`, `app_id`, `role`);
-- create index "membership_global" to table: "memberships"
CREATE UNIQUE INDEX `membership_global` ON `memberships` (`user_id`, `role`) WHERE app_id IS NULL;
-- create index "membership_app_id" to table: "memberships"
CREATE INDEX `membership_app_id` ON `memberships` (`app_id`);
-- create "properties" table
CREATE TABLE `properties` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `key` text NOT NULL, `name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `type` json NOT NULL, `base_type` text NOT NULL, `value_set_id` text NULL, `sensitivity` text NOT NULL DEFAULT ('NONE'), `example` text NOT NULL DEFAULT (''), `head_id` text NOT NULL DEFAULT (''), `revision_number` integer NOT NULL DEFAULT (0), `hash` text NOT NULL DEFAULT (''), `app_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `properties_apps_properties` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE NO ACTION, CONSTRAINT `property_sensitivity` CHECK (sensitivity IN ('NONE', 'PERSONAL', 'SENSITIVE')));
-- create index "property_app_id_key" to table: "properties"
CREATE UNIQUE INDEX `property_app_id_key` ON `properties` (`app_id`, `key`);
-- create index "property_global_key" to table: "properties"
CREATE UNIQUE INDEX `property_global_key` ON `properties` (`key`) WHERE app_id IS NULL;
-- create index "property_value_set_id" to table: "properties"
CREATE INDEX `property_value_set_id` ON `properties` (`value_set_id`);
-- create "property_revisions" table
CREATE TABLE `property_revisions` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `number` integer NOT NULL, `state` text NOT NULL DEFAULT ('DRAFT'), `definition` json NOT NULL, `hash` text NOT NULL, `property_id` text NOT NULL, `batch_id` text NULL, `base_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `property_revisions_properties_revisions` FOREIGN KEY (`property_id`) REFERENCES `properties` (`id`) ON DELETE NO ACTION, CONSTRAINT `property_revisions_batches_batch` FOREIGN KEY (`batch_id`) REFERENCES `batches` (`id`) ON DELETE NO ACTION, CONSTRAINT `property_revisions_property_revisions_derived` FOREIGN KEY (`base_id`) REFERENCES `property_revisions` (`id`) ON DELETE NO ACTION);
-- create index "propertyrevision_property_id_number" to table: "property_revisions"
CREATE UNIQUE INDEX `propertyrevision_property_id_number` ON `property_revisions` (`property_id`, `number`);
-- create index "propertyrevision_batch_id" to table: "property_revisions"
CREATE INDEX `propertyrevision_batch_id` ON `property_revisions` (`batch_id`);
-- create index "propertyrevision_base_id" to table: "property_revisions"
CREATE INDEX `propertyrevision_base_id` ON `property_revisions` (`base_id`);
-- create "sessions" table
CREATE TABLE `sessions` (`id` text NOT NULL, `hash` text NOT NULL, `previous_hash` text NOT NULL DEFAULT (''), `created_at` datetime NOT NULL, `rotated_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `user_agent` text NOT NULL DEFAULT (''), `address` text NOT NULL DEFAULT (''), `user_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `sessions_users_sessions` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION);
-- create index "sessions_hash_key" to table: "sessions"
CREATE UNIQUE INDEX `sessions_hash_key` ON `sessions` (`hash`);
-- create index "session_user_id" to table: "sessions"
CREATE INDEX `session_user_id` ON `sessions` (`user_id`);
-- create index "session_expires_at" to table: "sessions"
CREATE INDEX `session_expires_at` ON `sessions` (`expires_at`);
-- create index "session_previous_hash" to table: "sessions"
CREATE INDEX `session_previous_hash` ON `sessions` (`previous_hash`);
-- create "terminals" table
CREATE TABLE `terminals` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `key` text NOT NULL, `name` text NOT NULL, `kind` text NOT NULL, `libraries` json NULL, `systems` json NULL, `position` integer NOT NULL DEFAULT (0), `app_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `terminals_apps_terminals` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE NO ACTION, CONSTRAINT `terminal_kind` CHECK (kind IN ('IOS', 'ANDROID', 'WEB', 'H5', 'MINI_PROGRAM', 'SERVER', 'OTHER')));
-- create index "terminal_app_id_key" to table: "terminals"
CREATE UNIQUE INDEX `terminal_app_id_key` ON `terminals` (`app_id`, `key`);
-- create "users" table
CREATE TABLE `users` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `email` text NOT NULL, `email_key` text NOT NULL, `name` text NOT NULL, `password_hash` text NOT NULL, `deactivated_at` datetime NULL, `last_sign_in_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "users_email_key_key" to table: "users"
CREATE UNIQUE INDEX `users_email_key_key` ON `users` (`email_key`);
-- create "value_sets" table
CREATE TABLE `value_sets` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `key` text NOT NULL, `name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `values` json NOT NULL, `head_id` text NOT NULL DEFAULT (''), `revision_number` integer NOT NULL DEFAULT (0), `hash` text NOT NULL DEFAULT (''), `app_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `value_sets_apps_value_sets` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE NO ACTION);
-- create index "valueset_app_id_key" to table: "value_sets"
CREATE UNIQUE INDEX `valueset_app_id_key` ON `value_sets` (`app_id`, `key`);
-- create index "value_set_global_key" to table: "value_sets"
CREATE UNIQUE INDEX `value_set_global_key` ON `value_sets` (`key`) WHERE app_id IS NULL;
-- create "value_set_revisions" table
CREATE TABLE `value_set_revisions` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `number` integer NOT NULL, `state` text NOT NULL DEFAULT ('DRAFT'), `definition` json NOT NULL, `hash` text NOT NULL, `value_set_id` text NOT NULL, `batch_id` text NULL, `base_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `value_set_revisions_value_sets_revisions` FOREIGN KEY (`value_set_id`) REFERENCES `value_sets` (`id`) ON DELETE NO ACTION, CONSTRAINT `value_set_revisions_batches_batch` FOREIGN KEY (`batch_id`) REFERENCES `batches` (`id`) ON DELETE NO ACTION, CONSTRAINT `value_set_revisions_value_set_revisions_derived` FOREIGN KEY (`base_id`) REFERENCES `value_set_revisions` (`id`) ON DELETE NO ACTION);
-- create index "valuesetrevision_value_set_id_number" to table: "value_set_revisions"
CREATE UNIQUE INDEX `valuesetrevision_value_set_id_number` ON `value_set_revisions` (`value_set_id`, `number`);
-- create index "valuesetrevision_batch_id" to table: "value_set_revisions"
CREATE INDEX `valuesetrevision_batch_id` ON `value_set_revisions` (`batch_id`);
-- create index "valuesetrevision_base_id" to table: "value_set_revisions"
CREATE INDEX `valuesetrevision_base_id` ON `value_set_revisions` (`base_id`);
-- create "write_keys" table
CREATE TABLE `write_keys` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `key` text NOT NULL, `name` text NOT NULL DEFAULT (''), `revoked_at` datetime NULL, `environment_id` text NOT NULL, `terminal_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `write_keys_environments_write_keys` FOREIGN KEY (`environment_id`) REFERENCES `environments` (`id`) ON DELETE NO ACTION, CONSTRAINT `write_keys_terminals_write_keys` FOREIGN KEY (`terminal_id`) REFERENCES `terminals` (`id`) ON DELETE NO ACTION);
-- create index "write_keys_key_key" to table: "write_keys"
CREATE UNIQUE INDEX `write_keys_key_key` ON `write_keys` (`key`);
-- create index "writekey_environment_id" to table: "write_keys"
CREATE INDEX `writekey_environment_id` ON `write_keys` (`environment_id`);
-- create index "writekey_terminal_id" to table: "write_keys"
CREATE INDEX `writekey_terminal_id` ON `write_keys` (`terminal_id`);
