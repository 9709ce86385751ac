-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_apps" table
CREATE TABLE `new_apps` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `key` text NOT NULL, `name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `plan_version` integer NOT NULL DEFAULT (1), `last_batch` integer NOT NULL DEFAULT (0), `template` text NOT NULL DEFAULT ('LIGHT'), `grants` json NULL, `naming` json NULL, `completeness` json NULL, `archived_at` datetime NULL, PRIMARY KEY (`id`));
-- copy rows from old table "apps" to new temporary table "new_apps"
INSERT INTO `new_apps` (`id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `key`, `name`, `description`, `plan_version`, `last_batch`) SELECT `id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `key`, `name`, `description`, `plan_version`, `last_batch` FROM `apps`;
-- drop "apps" table after copying rows
DROP TABLE `apps`;
-- rename temporary table "new_apps" to "apps"
ALTER TABLE `new_apps` RENAME TO `apps`;
-- create index "apps_key_key" to table: "apps"
CREATE UNIQUE INDEX `apps_key_key` ON `apps` (`key`);
-- create "new_batches" table
CREATE TABLE `new_batches` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `seq` integer NOT NULL, `number` text NOT NULL, `title` text NOT NULL, `description` text NOT NULL DEFAULT (''), `external_reference` text NOT NULL DEFAULT (''), `documents` json NULL, `target_versions` json NULL, `owner_id` text NULL, `type` text NOT NULL DEFAULT ('NORMAL'), `state` text NOT NULL DEFAULT ('DRAFT'), `review` text NOT NULL DEFAULT ('DRAFT'), `state_since` datetime NULL, `submitted_by_id` text NULL, `approved_at` datetime NULL, `approved_by_id` text NULL, `review_due_at` datetime NULL, `assignees` json NULL, `deadlines` json NULL, `copied_from_id` text NULL, `app_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `batches_apps_batches` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE NO ACTION);
-- copy rows from old table "batches" to new temporary table "new_batches"
INSERT INTO `new_batches` (`id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `seq`, `number`, `title`, `description`, `external_reference`, `documents`, `target_versions`, `owner_id`, `state`, `app_id`) SELECT `id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `seq`, `number`, `title`, `description`, `external_reference`, `documents`, `target_versions`, `owner_id`, `state`, `app_id` FROM `batches`;
-- drop "batches" table after copying rows
DROP TABLE `batches`;
-- rename temporary table "new_batches" to "batches"
ALTER TABLE `new_batches` RENAME TO `batches`;
-- create index "batches_number_key" to table: "batches"
CREATE UNIQUE INDEX `batches_number_key` ON `batches` (`number`);
-- create index "batch_app_id_seq" to table: "batches"
CREATE UNIQUE INDEX `batch_app_id_seq` ON `batches` (`app_id`, `seq`);
-- create index "batch_app_id_state" to table: "batches"
CREATE INDEX `batch_app_id_state` ON `batches` (`app_id`, `state`);
-- create index "batch_app_id_created_at" to table: "batches"
CREATE INDEX `batch_app_id_created_at` ON `batches` (`app_id`, `created_at`);
-- create "new_batch_items" table
CREATE TABLE `new_batch_items` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `kind` text NOT NULL, `note` text NOT NULL DEFAULT (''), `action` text NOT NULL DEFAULT ('CHANGE'), `review` text NOT NULL DEFAULT (''), `edited_by_id` text NULL, `moved_from_id` text NULL, `dropped_reason` text NOT NULL DEFAULT (''), `batch_id` text NOT NULL, `event_id` text NULL, `property_id` text NULL, `value_set_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `batch_items_batches_items` FOREIGN KEY (`batch_id`) REFERENCES `batches` (`id`) ON DELETE NO ACTION, CONSTRAINT `batch_items_events_items` FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON DELETE NO ACTION, CONSTRAINT `batch_items_properties_items` FOREIGN KEY (`property_id`) REFERENCES `properties` (`id`) ON DELETE NO ACTION, CONSTRAINT `batch_items_value_sets_items` FOREIGN KEY (`value_set_id`) REFERENCES `value_sets` (`id`) ON DELETE NO ACTION, CONSTRAINT `batch_item_kind` CHECK (kind IN ('EVENT', 'PROPERTY', 'VALUE_SET')));
-- copy rows from old table "batch_items" to new temporary table "new_batch_items"
INSERT INTO `new_batch_items` (`id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `kind`, `note`, `batch_id`, `event_id`, `property_id`, `value_set_id`) SELECT `id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `kind`, `note`, `batch_id`, `event_id`, `property_id`, `value_set_id` FROM `batch_items`;
-- drop "batch_items" table after copying rows
DROP TABLE `batch_items`;
-- rename temporary table "new_batch_items" to "batch_items"
ALTER TABLE `new_batch_items` RENAME TO `batch_items`;
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
-- create "new_environments" table
CREATE TABLE `new_environments` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `key` text NOT NULL, `name` text NOT NULL, `retention_days` integer NOT NULL DEFAULT (7), `max_samples` integer NOT NULL DEFAULT (1000000), `position` integer NOT NULL DEFAULT (0), `last_release` integer NOT NULL DEFAULT (0), `app_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `environments_apps_environments` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE NO ACTION);
-- copy rows from old table "environments" to new temporary table "new_environments"
INSERT INTO `new_environments` (`id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `key`, `name`, `retention_days`, `max_samples`, `position`, `app_id`) SELECT `id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `key`, `name`, `retention_days`, `max_samples`, `position`, `app_id` FROM `environments`;
-- drop "environments" table after copying rows
DROP TABLE `environments`;
-- rename temporary table "new_environments" to "environments"
ALTER TABLE `new_environments` RENAME TO `environments`;
-- create index "environment_app_id_key" to table: "environments"
CREATE UNIQUE INDEX `environment_app_id_key` ON `environments` (`app_id`, `key`);
-- create "new_events" table
CREATE TABLE `new_events` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `key` text NOT NULL, `kind` text NOT NULL, `name` text NOT NULL, `wire_name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `trigger` text NOT NULL DEFAULT (''), `level` text NOT NULL DEFAULT ('P1'), `module` text NOT NULL DEFAULT (''), `owner_ids` json NULL, `match` json NULL, `aliases` json NULL, `terminals` json NULL, `excluded_common` json NULL, `head_id` text NOT NULL DEFAULT (''), `revision_number` integer NOT NULL DEFAULT (0), `hash` text NOT NULL DEFAULT (''), `last_approval` integer NOT NULL DEFAULT (0), `approval_id` text NOT NULL DEFAULT (''), `app_id` text NOT NULL, `batch_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `events_apps_events` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE NO ACTION, CONSTRAINT `events_batches_events` FOREIGN KEY (`batch_id`) REFERENCES `batches` (`id`) ON DELETE NO ACTION, CONSTRAINT `event_kind` CHECK (kind IN ('TRACK', 'COMMON', 'USER_PROFILE', 'ITEM')), CONSTRAINT `event_level` CHECK (level IN ('P0', 'P1', 'P2')));
-- copy rows from old table "events" to new temporary table "new_events"
INSERT INTO `new_events` (`id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `key`, `kind`, `name`, `wire_name`, `description`, `trigger`, `level`, `module`, `owner_ids`, `match`, `aliases`, `terminals`, `excluded_common`, `head_id`, `revision_number`, `hash`, `app_id`, `batch_id`) SELECT `id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `key`, `kind`, `name`, `wire_name`, `description`, `trigger`, `level`, `module`, `owner_ids`, `match`, `aliases`, `terminals`, `excluded_common`, `head_id`, `revision_number`, `hash`, `app_id`, `batch_id` FROM `events`;
-- drop "events" table after copying rows
DROP TABLE `events`;
-- rename temporary table "new_events" to "events"
ALTER TABLE `new_events` RENAME TO `events`;
-- create index "event_app_id_key" to table: "events"
CREATE UNIQUE INDEX `event_app_id_key` ON `events` (`app_id`, `key`);
-- create index "event_app_id_wire_name" to table: "events"
CREATE INDEX `event_app_id_wire_name` ON `events` (`app_id`, `wire_name`);
-- create index "event_app_id_created_at" to table: "events"
CREATE INDEX `event_app_id_created_at` ON `events` (`app_id`, `created_at`);
-- create index "event_batch_id" to table: "events"
CREATE INDEX `event_batch_id` ON `events` (`batch_id`);
-- add column "merged_id" to table: "event_revisions"
ALTER TABLE `event_revisions` ADD COLUMN `merged_id` text NULL;
-- add column "approved_at" to table: "event_revisions"
ALTER TABLE `event_revisions` ADD COLUMN `approved_at` datetime NULL;
-- add column "approved_by_id" to table: "event_revisions"
ALTER TABLE `event_revisions` ADD COLUMN `approved_by_id` text NULL;
-- add column "merged_id" to table: "property_revisions"
ALTER TABLE `property_revisions` ADD COLUMN `merged_id` text NULL;
-- add column "approved_at" to table: "property_revisions"
ALTER TABLE `property_revisions` ADD COLUMN `approved_at` datetime NULL;
-- add column "approved_by_id" to table: "property_revisions"
ALTER TABLE `property_revisions` ADD COLUMN `approved_by_id` text NULL;
-- add column "merged_id" to table: "value_set_revisions"
ALTER TABLE `value_set_revisions` ADD COLUMN `merged_id` text NULL;
-- add column "approved_at" to table: "value_set_revisions"
ALTER TABLE `value_set_revisions` ADD COLUMN `approved_at` datetime NULL;
-- add column "approved_by_id" to table: "value_set_revisions"
ALTER TABLE `value_set_revisions` ADD COLUMN `approved_by_id` text NULL;
-- create "approvals" table
CREATE TABLE `approvals` (`id` text NOT NULL, `position` integer NULL, `revision_id` text NOT NULL, `previous_id` text NULL, `hash` text NOT NULL, `cause` text NOT NULL, `batch_id` text NULL, `item_id` text NULL, `shared_id` text NULL, `created_at` datetime NOT NULL, `created_by_id` text NULL, `event_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `approvals_events_approvals` FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON DELETE NO ACTION);
-- create index "approval_event_id_position" to table: "approvals"
CREATE UNIQUE INDEX `approval_event_id_position` ON `approvals` (`event_id`, `position`);
-- create index "approval_batch_id" to table: "approvals"
CREATE INDEX `approval_batch_id` ON `approvals` (`batch_id`);
-- create index "approval_hash" to table: "approvals"
CREATE INDEX `approval_hash` ON `approvals` (`hash`);
-- create "frozen_definitions" table
CREATE TABLE `frozen_definitions` (`id` text NOT NULL, `body` json NOT NULL, PRIMARY KEY (`id`));
-- create "item_deliveries" table
CREATE TABLE `item_deliveries` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `batch_id` text NOT NULL, `terminal` text NOT NULL, `state` text NOT NULL, `state_since` datetime NOT NULL, `build` text NOT NULL DEFAULT (''), `from_version` text NOT NULL DEFAULT (''), `test_release_id` text NULL, `production_release_id` text NULL, `item_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `item_deliveries_batch_items_deliveries` FOREIGN KEY (`item_id`) REFERENCES `batch_items` (`id`) ON DELETE CASCADE);
-- create index "itemdelivery_item_id_terminal" to table: "item_deliveries"
CREATE UNIQUE INDEX `itemdelivery_item_id_terminal` ON `item_deliveries` (`item_id`, `terminal`);
-- create index "itemdelivery_batch_id_state" to table: "item_deliveries"
CREATE INDEX `itemdelivery_batch_id_state` ON `item_deliveries` (`batch_id`, `state`);
-- create "releases" table
CREATE TABLE `releases` (`id` text NOT NULL, `app_id` text NOT NULL, `number` integer NOT NULL, `kind` text NOT NULL, `note` text NOT NULL DEFAULT (''), `reason` text NOT NULL DEFAULT (''), `restores` integer NOT NULL DEFAULT (0), `batch_ids` json NULL, `created_at` datetime NOT NULL, `created_by_id` text NULL, `token_id` text NULL, `environment_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `releases_environments_releases` FOREIGN KEY (`environment_id`) REFERENCES `environments` (`id`) ON DELETE NO ACTION);
-- create index "release_environment_id_number" to table: "releases"
CREATE UNIQUE INDEX `release_environment_id_number` ON `releases` (`environment_id`, `number`);
-- create index "release_environment_id_created_at" to table: "releases"
CREATE INDEX `release_environment_id_created_at` ON `releases` (`environment_id`, `created_at`);
-- create index "release_app_id" to table: "releases"
CREATE INDEX `release_app_id` ON `releases` (`app_id`);
-- create "release_slots" table
CREATE TABLE `release_slots` (`id` text NOT NULL, `environment_id` text NOT NULL, `event_id` text NOT NULL, `terminal` text NOT NULL, `from_version` text NOT NULL DEFAULT (''), `hash` text NOT NULL, `offline` bool NOT NULL DEFAULT (false), `approval_id` text NOT NULL, `entered` integer NOT NULL, `ended` integer NULL, PRIMARY KEY (`id`));
-- create index "releaseslot_environment_id_event_id_terminal" to table: "release_slots"
CREATE INDEX `releaseslot_environment_id_event_id_terminal` ON `release_slots` (`environment_id`, `event_id`, `terminal`);
-- create index "releaseslot_environment_id_entered" to table: "release_slots"
CREATE INDEX `releaseslot_environment_id_entered` ON `release_slots` (`environment_id`, `entered`);
-- create index "releaseslot_environment_id_ended" to table: "release_slots"
CREATE INDEX `releaseslot_environment_id_ended` ON `release_slots` (`environment_id`, `ended`);
-- create index "releaseslot_event_id" to table: "release_slots"
CREATE INDEX `releaseslot_event_id` ON `release_slots` (`event_id`);
-- create index "releaseslot_approval_id" to table: "release_slots"
CREATE INDEX `releaseslot_approval_id` ON `release_slots` (`approval_id`);
-- create "transitions" table
CREATE TABLE `transitions` (`id` text NOT NULL, `item_id` text NULL, `terminal` text NOT NULL DEFAULT (''), `from_state` text NOT NULL, `to_state` text NOT NULL, `note` text NOT NULL DEFAULT (''), `build` text NOT NULL DEFAULT (''), `release_id` text NULL, `created_at` datetime NOT NULL, `created_by_id` text NULL, `token_id` text NULL, `batch_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `transitions_batches_transitions` FOREIGN KEY (`batch_id`) REFERENCES `batches` (`id`) ON DELETE NO ACTION);
-- create index "transition_batch_id_created_at" to table: "transitions"
CREATE INDEX `transition_batch_id_created_at` ON `transitions` (`batch_id`, `created_at`);
-- create index "transition_item_id" to table: "transitions"
CREATE INDEX `transition_item_id` ON `transitions` (`item_id`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
-- what there was before batches went through review: each state has held since the last change
UPDATE batches SET state_since = updated_at;
UPDATE batch_items SET edited_by_id = updated_by_id;
