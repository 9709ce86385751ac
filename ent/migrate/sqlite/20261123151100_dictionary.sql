-- +goose Up
-- create "data_incidents" table
CREATE TABLE `data_incidents` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `terminals` json NULL, `from_version` text NOT NULL DEFAULT (''), `to_version` text NOT NULL DEFAULT (''), `started_at` datetime NOT NULL, `ended_at` datetime NULL, `title` text NOT NULL, `description` text NOT NULL DEFAULT (''), `treatment` text NOT NULL DEFAULT (''), `app_id` text NULL, `event_id` text NULL, `property_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `data_incidents_apps_app` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE CASCADE, CONSTRAINT `data_incidents_events_event` FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON DELETE CASCADE, CONSTRAINT `data_incidents_properties_property` FOREIGN KEY (`property_id`) REFERENCES `properties` (`id`) ON DELETE CASCADE);
-- create index "dataincident_app_id_started_at" to table: "data_incidents"
CREATE INDEX `dataincident_app_id_started_at` ON `data_incidents` (`app_id`, `started_at`);
-- create index "dataincident_event_id" to table: "data_incidents"
CREATE INDEX `dataincident_event_id` ON `data_incidents` (`event_id`);
-- create index "dataincident_property_id" to table: "data_incidents"
CREATE INDEX `dataincident_property_id` ON `data_incidents` (`property_id`);
-- create "dictionary_entries" table
CREATE TABLE `dictionary_entries` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `synonyms` json NULL, `warehouse_table` text NOT NULL DEFAULT (''), `warehouse_column` text NOT NULL DEFAULT (''), `property_columns` json NULL, `consumers` json NULL, `app_id` text NULL, `event_id` text NULL, `property_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `dictionary_entries_apps_app` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE CASCADE, CONSTRAINT `dictionary_entries_events_event` FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON DELETE CASCADE, CONSTRAINT `dictionary_entries_properties_property` FOREIGN KEY (`property_id`) REFERENCES `properties` (`id`) ON DELETE CASCADE);
-- create index "dictionaryentry_app_id" to table: "dictionary_entries"
CREATE UNIQUE INDEX `dictionaryentry_app_id` ON `dictionary_entries` (`app_id`) WHERE event_id IS NULL AND property_id IS NULL;
-- create index "dictionaryentry_event_id" to table: "dictionary_entries"
CREATE UNIQUE INDEX `dictionaryentry_event_id` ON `dictionary_entries` (`event_id`);
-- create index "dictionaryentry_property_id" to table: "dictionary_entries"
CREATE UNIQUE INDEX `dictionaryentry_property_id` ON `dictionary_entries` (`property_id`);
