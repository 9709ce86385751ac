-- +goose Up
-- create "data_incidents" table
CREATE TABLE "data_incidents" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "terminals" jsonb NULL, "from_version" character varying NOT NULL DEFAULT '' COLLATE "C", "to_version" character varying NOT NULL DEFAULT '' COLLATE "C", "started_at" timestamptz NOT NULL, "ended_at" timestamptz NULL, "title" character varying NOT NULL COLLATE "C", "description" text NOT NULL DEFAULT '' COLLATE "C", "treatment" text NOT NULL DEFAULT '' COLLATE "C", "app_id" character varying NULL COLLATE "C", "event_id" character varying NULL COLLATE "C", "property_id" character varying NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "data_incidents_apps_app" FOREIGN KEY ("app_id") REFERENCES "apps" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "data_incidents_events_event" FOREIGN KEY ("event_id") REFERENCES "events" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "data_incidents_properties_property" FOREIGN KEY ("property_id") REFERENCES "properties" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "dataincident_app_id_started_at" to table: "data_incidents"
CREATE INDEX "dataincident_app_id_started_at" ON "data_incidents" ("app_id", "started_at");
-- create index "dataincident_event_id" to table: "data_incidents"
CREATE INDEX "dataincident_event_id" ON "data_incidents" ("event_id");
-- create index "dataincident_property_id" to table: "data_incidents"
CREATE INDEX "dataincident_property_id" ON "data_incidents" ("property_id");
-- create "dictionary_entries" table
CREATE TABLE "dictionary_entries" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "synonyms" jsonb NULL, "warehouse_table" character varying NOT NULL DEFAULT '' COLLATE "C", "warehouse_column" character varying NOT NULL DEFAULT '' COLLATE "C", "property_columns" jsonb NULL, "consumers" jsonb NULL, "app_id" character varying NULL COLLATE "C", "event_id" character varying NULL COLLATE "C", "property_id" character varying NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "dictionary_entries_apps_app" FOREIGN KEY ("app_id") REFERENCES "apps" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "dictionary_entries_events_event" FOREIGN KEY ("event_id") REFERENCES "events" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "dictionary_entries_properties_property" FOREIGN KEY ("property_id") REFERENCES "properties" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "dictionaryentry_app_id" to table: "dictionary_entries"
CREATE UNIQUE INDEX "dictionaryentry_app_id" ON "dictionary_entries" ("app_id") WHERE ((event_id IS NULL) AND (property_id IS NULL));
-- create index "dictionaryentry_event_id" to table: "dictionary_entries"
CREATE UNIQUE INDEX "dictionaryentry_event_id" ON "dictionary_entries" ("event_id");
-- create index "dictionaryentry_property_id" to table: "dictionary_entries"
CREATE UNIQUE INDEX "dictionaryentry_property_id" ON "dictionary_entries" ("property_id");
