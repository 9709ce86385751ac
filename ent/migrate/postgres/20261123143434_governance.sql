-- +goose Up
-- create "frozen_definitions" table
CREATE TABLE "frozen_definitions" ("id" character varying NOT NULL COLLATE "C", "body" json NOT NULL, PRIMARY KEY ("id"));
-- create "release_slots" table
CREATE TABLE "release_slots" ("id" character varying NOT NULL COLLATE "C", "environment_id" character varying NOT NULL COLLATE "C", "event_id" character varying NOT NULL COLLATE "C", "terminal" character varying NOT NULL COLLATE "C", "from_version" character varying NOT NULL DEFAULT '' COLLATE "C", "hash" character varying NOT NULL COLLATE "C", "offline" boolean NOT NULL DEFAULT false, "approval_id" character varying NOT NULL COLLATE "C", "entered" bigint NOT NULL, "ended" bigint NULL, PRIMARY KEY ("id"));
-- create index "releaseslot_approval_id" to table: "release_slots"
CREATE INDEX "releaseslot_approval_id" ON "release_slots" ("approval_id");
-- create index "releaseslot_environment_id_ended" to table: "release_slots"
CREATE INDEX "releaseslot_environment_id_ended" ON "release_slots" ("environment_id", "ended");
-- create index "releaseslot_environment_id_entered" to table: "release_slots"
CREATE INDEX "releaseslot_environment_id_entered" ON "release_slots" ("environment_id", "entered");
-- create index "releaseslot_environment_id_event_id_terminal" to table: "release_slots"
CREATE INDEX "releaseslot_environment_id_event_id_terminal" ON "release_slots" ("environment_id", "event_id", "terminal");
-- create index "releaseslot_event_id" to table: "release_slots"
CREATE INDEX "releaseslot_event_id" ON "release_slots" ("event_id");
-- modify "value_set_revisions" table
ALTER TABLE "value_set_revisions" ADD COLUMN "merged_id" character varying NULL COLLATE "C", ADD COLUMN "approved_at" timestamptz NULL, ADD COLUMN "approved_by_id" character varying NULL COLLATE "C";
-- modify "apps" table
ALTER TABLE "apps" ADD COLUMN "template" character varying NOT NULL DEFAULT 'LIGHT' COLLATE "C", ADD COLUMN "grants" jsonb NULL, ADD COLUMN "naming" jsonb NULL, ADD COLUMN "completeness" jsonb NULL, ADD COLUMN "archived_at" timestamptz NULL;
-- modify "event_revisions" table
ALTER TABLE "event_revisions" ADD COLUMN "merged_id" character varying NULL COLLATE "C", ADD COLUMN "approved_at" timestamptz NULL, ADD COLUMN "approved_by_id" character varying NULL COLLATE "C";
-- modify "events" table
ALTER TABLE "events" ADD COLUMN "last_approval" bigint NOT NULL DEFAULT 0, ADD COLUMN "approval_id" character varying NOT NULL DEFAULT '' COLLATE "C";
-- modify "property_revisions" table
ALTER TABLE "property_revisions" ADD COLUMN "merged_id" character varying NULL COLLATE "C", ADD COLUMN "approved_at" timestamptz NULL, ADD COLUMN "approved_by_id" character varying NULL COLLATE "C";
-- create "approvals" table
CREATE TABLE "approvals" ("id" character varying NOT NULL COLLATE "C", "position" bigint NULL, "revision_id" character varying NOT NULL COLLATE "C", "previous_id" character varying NULL COLLATE "C", "hash" character varying NOT NULL COLLATE "C", "cause" character varying NOT NULL COLLATE "C", "batch_id" character varying NULL COLLATE "C", "item_id" character varying NULL COLLATE "C", "shared_id" character varying NULL COLLATE "C", "created_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "event_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "approvals_events_approvals" FOREIGN KEY ("event_id") REFERENCES "events" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "approval_batch_id" to table: "approvals"
CREATE INDEX "approval_batch_id" ON "approvals" ("batch_id");
-- create index "approval_event_id_position" to table: "approvals"
CREATE UNIQUE INDEX "approval_event_id_position" ON "approvals" ("event_id", "position");
-- create index "approval_hash" to table: "approvals"
CREATE INDEX "approval_hash" ON "approvals" ("hash");
-- modify "batch_items" table
ALTER TABLE "batch_items" ADD COLUMN "action" character varying NOT NULL DEFAULT 'CHANGE' COLLATE "C", ADD COLUMN "review" character varying NOT NULL DEFAULT '' COLLATE "C", ADD COLUMN "edited_by_id" character varying NULL COLLATE "C", ADD COLUMN "moved_from_id" character varying NULL COLLATE "C", ADD COLUMN "dropped_reason" text NOT NULL DEFAULT '' COLLATE "C";
-- create "item_deliveries" table
CREATE TABLE "item_deliveries" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "batch_id" character varying NOT NULL COLLATE "C", "terminal" character varying NOT NULL COLLATE "C", "state" character varying NOT NULL COLLATE "C", "state_since" timestamptz NOT NULL, "build" character varying NOT NULL DEFAULT '' COLLATE "C", "from_version" character varying NOT NULL DEFAULT '' COLLATE "C", "test_release_id" character varying NULL COLLATE "C", "production_release_id" character varying NULL COLLATE "C", "item_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "item_deliveries_batch_items_deliveries" FOREIGN KEY ("item_id") REFERENCES "batch_items" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "itemdelivery_batch_id_state" to table: "item_deliveries"
CREATE INDEX "itemdelivery_batch_id_state" ON "item_deliveries" ("batch_id", "state");
-- create index "itemdelivery_item_id_terminal" to table: "item_deliveries"
CREATE UNIQUE INDEX "itemdelivery_item_id_terminal" ON "item_deliveries" ("item_id", "terminal");
-- modify "environments" table
ALTER TABLE "environments" ADD COLUMN "last_release" bigint NOT NULL DEFAULT 0;
-- create "releases" table
CREATE TABLE "releases" ("id" character varying NOT NULL COLLATE "C", "app_id" character varying NOT NULL COLLATE "C", "number" bigint NOT NULL, "kind" character varying NOT NULL COLLATE "C", "note" character varying NOT NULL DEFAULT '' COLLATE "C", "reason" character varying NOT NULL DEFAULT '' COLLATE "C", "restores" bigint NOT NULL DEFAULT 0, "batch_ids" jsonb NULL, "created_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "token_id" character varying NULL COLLATE "C", "environment_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "releases_environments_releases" FOREIGN KEY ("environment_id") REFERENCES "environments" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "release_app_id" to table: "releases"
CREATE INDEX "release_app_id" ON "releases" ("app_id");
-- create index "release_environment_id_created_at" to table: "releases"
CREATE INDEX "release_environment_id_created_at" ON "releases" ("environment_id", "created_at");
-- create index "release_environment_id_number" to table: "releases"
CREATE UNIQUE INDEX "release_environment_id_number" ON "releases" ("environment_id", "number");
-- modify "batches" table
ALTER TABLE "batches" ADD COLUMN "type" character varying NOT NULL DEFAULT 'NORMAL' COLLATE "C", ADD COLUMN "review" character varying NOT NULL DEFAULT 'DRAFT' COLLATE "C", ADD COLUMN "state_since" timestamptz NULL, ADD COLUMN "submitted_by_id" character varying NULL COLLATE "C", ADD COLUMN "approved_at" timestamptz NULL, ADD COLUMN "approved_by_id" character varying NULL COLLATE "C", ADD COLUMN "review_due_at" timestamptz NULL, ADD COLUMN "assignees" jsonb NULL, ADD COLUMN "deadlines" jsonb NULL, ADD COLUMN "copied_from_id" character varying NULL COLLATE "C";
-- create "transitions" table
CREATE TABLE "transitions" ("id" character varying NOT NULL COLLATE "C", "item_id" character varying NULL COLLATE "C", "terminal" character varying NOT NULL DEFAULT '' COLLATE "C", "from_state" character varying NOT NULL COLLATE "C", "to_state" character varying NOT NULL COLLATE "C", "note" text NOT NULL DEFAULT '' COLLATE "C", "build" character varying NOT NULL DEFAULT '' COLLATE "C", "release_id" character varying NULL COLLATE "C", "created_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "token_id" character varying NULL COLLATE "C", "batch_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "transitions_batches_transitions" FOREIGN KEY ("batch_id") REFERENCES "batches" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "transition_batch_id_created_at" to table: "transitions"
CREATE INDEX "transition_batch_id_created_at" ON "transitions" ("batch_id", "created_at");
-- create index "transition_item_id" to table: "transitions"
CREATE INDEX "transition_item_id" ON "transitions" ("item_id");
-- what there was before batches went through review: each state has held since the last change
UPDATE batches SET state_since = updated_at;
UPDATE batch_items SET edited_by_id = updated_by_id;
