-- +goose Up
-- create "inbox_decisions" table
CREATE TABLE "inbox_decisions" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "name" character varying NOT NULL DEFAULT '' COLLATE "C", "property" character varying NOT NULL DEFAULT '' COLLATE "C", "state" character varying NOT NULL COLLATE "C", "reason" text NOT NULL DEFAULT '' COLLATE "C", "up_to_version" character varying NOT NULL DEFAULT '' COLLATE "C", "app_id" character varying NOT NULL COLLATE "C", "event_id" character varying NULL COLLATE "C", "target_id" character varying NULL COLLATE "C", "batch_id" character varying NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "inbox_decisions_apps_app" FOREIGN KEY ("app_id") REFERENCES "apps" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "inbox_decisions_batches_batch" FOREIGN KEY ("batch_id") REFERENCES "batches" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "inbox_decisions_events_event" FOREIGN KEY ("event_id") REFERENCES "events" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "inbox_decisions_events_target" FOREIGN KEY ("target_id") REFERENCES "events" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "inbox_decision_state" CHECK ((state)::text = ANY ((ARRAY['IGNORED'::character varying, 'ADDED'::character varying, 'MAPPED'::character varying])::text[])));
-- create index "inboxdecision_app_id_name_event_id_property" to table: "inbox_decisions"
CREATE INDEX "inboxdecision_app_id_name_event_id_property" ON "inbox_decisions" ("app_id", "name", "event_id", "property");
-- create index "inboxdecision_batch_id" to table: "inbox_decisions"
CREATE INDEX "inboxdecision_batch_id" ON "inbox_decisions" ("batch_id");
-- create index "inboxdecision_event_id" to table: "inbox_decisions"
CREATE INDEX "inboxdecision_event_id" ON "inbox_decisions" ("event_id");
-- create index "inboxdecision_target_id" to table: "inbox_decisions"
CREATE INDEX "inboxdecision_target_id" ON "inbox_decisions" ("target_id");
