-- +goose Up
-- create "inbox_decisions" table
CREATE TABLE `inbox_decisions` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `name` text NOT NULL DEFAULT (''), `property` text NOT NULL DEFAULT (''), `state` text NOT NULL, `reason` text NOT NULL DEFAULT (''), `up_to_version` text NOT NULL DEFAULT (''), `app_id` text NOT NULL, `event_id` text NULL, `target_id` text NULL, `batch_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `inbox_decisions_apps_app` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE CASCADE, CONSTRAINT `inbox_decisions_events_event` FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON DELETE CASCADE, CONSTRAINT `inbox_decisions_events_target` FOREIGN KEY (`target_id`) REFERENCES `events` (`id`) ON DELETE CASCADE, CONSTRAINT `inbox_decisions_batches_batch` FOREIGN KEY (`batch_id`) REFERENCES `batches` (`id`) ON DELETE CASCADE, CONSTRAINT `inbox_decision_state` CHECK (state IN ('IGNORED', 'ADDED', 'MAPPED')));
-- create index "inboxdecision_app_id_name_event_id_property" to table: "inbox_decisions"
CREATE INDEX `inboxdecision_app_id_name_event_id_property` ON `inbox_decisions` (`app_id`, `name`, `event_id`, `property`);
-- create index "inboxdecision_event_id" to table: "inbox_decisions"
CREATE INDEX `inboxdecision_event_id` ON `inbox_decisions` (`event_id`);
-- create index "inboxdecision_target_id" to table: "inbox_decisions"
CREATE INDEX `inboxdecision_target_id` ON `inbox_decisions` (`target_id`);
-- create index "inboxdecision_batch_id" to table: "inbox_decisions"
CREATE INDEX `inboxdecision_batch_id` ON `inbox_decisions` (`batch_id`);
