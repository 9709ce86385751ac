-- +goose Up
-- create "users" table
CREATE TABLE "users" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "email" character varying NOT NULL COLLATE "C", "email_key" character varying NOT NULL COLLATE "C", "name" character varying NOT NULL COLLATE "C", "password_hash" character varying NOT NULL COLLATE "C", "deactivated_at" timestamptz NULL, "last_sign_in_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "users_email_key_key" to table: "users"
CREATE UNIQUE INDEX "users_email_key_key" ON "users" ("email_key");
-- create "api_tokens" table
CREATE TABLE "api_tokens" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "name" character varying NOT NULL COLLATE "C", "hash" character varying NOT NULL COLLATE "C", "hint" character varying NOT NULL COLLATE "C", "grants" jsonb NOT NULL, "expires_at" timestamptz NULL, "revoked_at" timestamptz NULL, "last_used_at" timestamptz NULL, "user_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "api_tokens_users_tokens" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "api_tokens_hash_key" to table: "api_tokens"
CREATE UNIQUE INDEX "api_tokens_hash_key" ON "api_tokens" ("hash");
-- create index "apitoken_user_id" to table: "api_tokens"
CREATE INDEX "apitoken_user_id" ON "api_tokens" ("user_id");
-- create "apps" table
CREATE TABLE "apps" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "key" character varying NOT NULL COLLATE "C", "name" character varying NOT NULL COLLATE "C", "description" text NOT NULL DEFAULT '' COLLATE "C", "plan_version" bigint NOT NULL DEFAULT 1, "last_batch" bigint NOT NULL DEFAULT 0, PRIMARY KEY ("id"));
-- create index "apps_key_key" to table: "apps"
CREATE UNIQUE INDEX "apps_key_key" ON "apps" ("key");
-- create "batches" table
CREATE TABLE "batches" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "seq" bigint NOT NULL, "number" character varying NOT NULL COLLATE "C", "title" character varying NOT NULL COLLATE "C", "description" text NOT NULL DEFAULT '' COLLATE "C", "external_reference" character varying NOT NULL DEFAULT '' COLLATE "C", "documents" jsonb NULL, "target_versions" jsonb NULL, "owner_id" character varying NULL COLLATE "C", "state" character varying NOT NULL DEFAULT 'DRAFT' COLLATE "C", "app_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "batches_apps_batches" FOREIGN KEY ("app_id") REFERENCES "apps" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "batch_app_id_created_at" to table: "batches"
CREATE INDEX "batch_app_id_created_at" ON "batches" ("app_id", "created_at");
-- create index "batch_app_id_seq" to table: "batches"
CREATE UNIQUE INDEX "batch_app_id_seq" ON "batches" ("app_id", "seq");
-- create index "batch_app_id_state" to table: "batches"
CREATE INDEX "batch_app_id_state" ON "batches" ("app_id", "state");
-- create index "batches_number_key" to table: "batches"
CREATE UNIQUE INDEX "batches_number_key" ON "batches" ("number");
-- create "events" table
CREATE TABLE "events" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "key" character varying NOT NULL COLLATE "C", "kind" character varying NOT NULL COLLATE "C", "name" character varying NOT NULL COLLATE "C", "wire_name" character varying NOT NULL COLLATE "C", "description" text NOT NULL DEFAULT '' COLLATE "C", "trigger" text NOT NULL DEFAULT '' COLLATE "C", "level" character varying NOT NULL DEFAULT 'P1' COLLATE "C", "module" character varying NOT NULL DEFAULT '' COLLATE "C", "owner_ids" jsonb NULL, "match" jsonb NULL, "aliases" jsonb NULL, "terminals" jsonb NULL, "excluded_common" jsonb NULL, "head_id" character varying NOT NULL DEFAULT '' COLLATE "C", "revision_number" bigint NOT NULL DEFAULT 0, "hash" character varying NOT NULL DEFAULT '' COLLATE "C", "app_id" character varying NOT NULL COLLATE "C", "batch_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "events_apps_events" FOREIGN KEY ("app_id") REFERENCES "apps" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "events_batches_events" FOREIGN KEY ("batch_id") REFERENCES "batches" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "event_kind" CHECK ((kind)::text = ANY ((ARRAY['TRACK'::character varying, 'COMMON'::character varying, 'USER_PROFILE'::character varying, 'ITEM'::character varying])::text[])), CONSTRAINT "event_level" CHECK ((level)::text = ANY ((ARRAY['P0'::character varying, 'P1'::character varying, 'P2'::character varying])::text[])));
-- create index "event_app_id_created_at" to table: "events"
CREATE INDEX "event_app_id_created_at" ON "events" ("app_id", "created_at");
-- create index "event_app_id_key" to table: "events"
CREATE UNIQUE INDEX "event_app_id_key" ON "events" ("app_id", "key");
-- create index "event_app_id_wire_name" to table: "events"
CREATE INDEX "event_app_id_wire_name" ON "events" ("app_id", "wire_name");
-- create index "event_batch_id" to table: "events"
CREATE INDEX "event_batch_id" ON "events" ("batch_id");
-- create "properties" table
CREATE TABLE "properties" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "key" character varying NOT NULL COLLATE "C", "name" character varying NOT NULL COLLATE "C", "description" text NOT NULL DEFAULT '' COLLATE "C", "type" jsonb NOT NULL, "base_type" character varying NOT NULL COLLATE "C", "value_set_id" character varying NULL COLLATE "C", "sensitivity" character varying NOT NULL DEFAULT 'NONE' COLLATE "C", "example" character varying NOT NULL DEFAULT '' COLLATE "C", "head_id" character varying NOT NULL DEFAULT '' COLLATE "C", "revision_number" bigint NOT NULL DEFAULT 0, "hash" character varying NOT NULL DEFAULT '' COLLATE "C", "app_id" character varying NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "properties_apps_properties" FOREIGN KEY ("app_id") REFERENCES "apps" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "property_sensitivity" CHECK ((sensitivity)::text = ANY ((ARRAY['NONE'::character varying, 'PERSONAL'::character varying, 'SENSITIVE'::character varying])::text[])));
-- create index "property_app_id_key" to table: "properties"
CREATE UNIQUE INDEX "property_app_id_key" ON "properties" ("app_id", "key");
-- create index "property_global_key" to table: "properties"
CREATE UNIQUE INDEX "property_global_key" ON "properties" ("key") WHERE (app_id IS NULL);
-- create index "property_value_set_id" to table: "properties"
CREATE INDEX "property_value_set_id" ON "properties" ("value_set_id");
-- create "value_sets" table
CREATE TABLE "value_sets" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "key" character varying NOT NULL COLLATE "C", "name" character varying NOT NULL COLLATE "C", "description" text NOT NULL DEFAULT '' COLLATE "C", "values" jsonb NOT NULL, "head_id" character varying NOT NULL DEFAULT '' COLLATE "C", "revision_number" bigint NOT NULL DEFAULT 0, "hash" character varying NOT NULL DEFAULT '' COLLATE "C", "app_id" character varying NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "value_sets_apps_value_sets" FOREIGN KEY ("app_id") REFERENCES "apps" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "value_set_global_key" to table: "value_sets"
CREATE UNIQUE INDEX "value_set_global_key" ON "value_sets" ("key") WHERE (app_id IS NULL);
-- create index "valueset_app_id_key" to table: "value_sets"
CREATE UNIQUE INDEX "valueset_app_id_key" ON "value_sets" ("app_id", "key");
-- create "batch_items" table
CREATE TABLE "batch_items" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "kind" character varying NOT NULL COLLATE "C", "note" text NOT NULL DEFAULT '' COLLATE "C", "batch_id" character varying NOT NULL COLLATE "C", "event_id" character varying NULL COLLATE "C", "property_id" character varying NULL COLLATE "C", "value_set_id" character varying NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "batch_items_batches_items" FOREIGN KEY ("batch_id") REFERENCES "batches" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "batch_items_events_items" FOREIGN KEY ("event_id") REFERENCES "events" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "batch_items_properties_items" FOREIGN KEY ("property_id") REFERENCES "properties" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "batch_items_value_sets_items" FOREIGN KEY ("value_set_id") REFERENCES "value_sets" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "batch_item_kind" CHECK ((kind)::text = ANY ((ARRAY['EVENT'::character varying, 'PROPERTY'::character varying, 'VALUE_SET'::character varying])::text[])));
-- create index "batchitem_batch_id_event_id" to table: "batch_items"
CREATE UNIQUE INDEX "batchitem_batch_id_event_id" ON "batch_items" ("batch_id", "event_id");
-- create index "batchitem_batch_id_property_id" to table: "batch_items"
CREATE UNIQUE INDEX "batchitem_batch_id_property_id" ON "batch_items" ("batch_id", "property_id");
-- create index "batchitem_batch_id_value_set_id" to table: "batch_items"
CREATE UNIQUE INDEX "batchitem_batch_id_value_set_id" ON "batch_items" ("batch_id", "value_set_id");
-- create index "batchitem_event_id" to table: "batch_items"
CREATE INDEX "batchitem_event_id" ON "batch_items" ("event_id");
-- create index "batchitem_property_id" to table: "batch_items"
CREATE INDEX "batchitem_property_id" ON "batch_items" ("property_id");
-- create index "batchitem_value_set_id" to table: "batch_items"
CREATE INDEX "batchitem_value_set_id" ON "batch_items" ("value_set_id");
-- create "environments" table
CREATE TABLE "environments" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "key" character varying NOT NULL COLLATE "C", "name" character varying NOT NULL COLLATE "C", "retention_days" bigint NOT NULL DEFAULT 7, "max_samples" bigint NOT NULL DEFAULT 1000000, "position" bigint NOT NULL DEFAULT 0, "app_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "environments_apps_environments" FOREIGN KEY ("app_id") REFERENCES "apps" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "environment_app_id_key" to table: "environments"
CREATE UNIQUE INDEX "environment_app_id_key" ON "environments" ("app_id", "key");
-- create "event_revisions" table
CREATE TABLE "event_revisions" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "number" bigint NOT NULL, "state" character varying NOT NULL DEFAULT 'DRAFT' COLLATE "C", "definition" json NOT NULL, "hash" character varying NOT NULL COLLATE "C", "event_id" character varying NOT NULL COLLATE "C", "batch_id" character varying NOT NULL COLLATE "C", "base_id" character varying NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "event_revisions_batches_batch" FOREIGN KEY ("batch_id") REFERENCES "batches" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "event_revisions_event_revisions_derived" FOREIGN KEY ("base_id") REFERENCES "event_revisions" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "event_revisions_events_revisions" FOREIGN KEY ("event_id") REFERENCES "events" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "eventrevision_base_id" to table: "event_revisions"
CREATE INDEX "eventrevision_base_id" ON "event_revisions" ("base_id");
-- create index "eventrevision_batch_id" to table: "event_revisions"
CREATE INDEX "eventrevision_batch_id" ON "event_revisions" ("batch_id");
-- create index "eventrevision_event_id_number" to table: "event_revisions"
CREATE UNIQUE INDEX "eventrevision_event_id_number" ON "event_revisions" ("event_id", "number");
-- create "event_properties" table
CREATE TABLE "event_properties" ("id" character varying NOT NULL COLLATE "C", "newest" boolean NOT NULL, "position" bigint NOT NULL, "presence" character varying NOT NULL COLLATE "C", "presence_on" jsonb NULL, "narrowing" jsonb NULL, "narrowing_on" jsonb NULL, "example" character varying NOT NULL DEFAULT '' COLLATE "C", "note" text NOT NULL DEFAULT '' COLLATE "C", "event_id" character varying NOT NULL COLLATE "C", "revision_id" character varying NOT NULL COLLATE "C", "property_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "event_properties_event_revisions_properties" FOREIGN KEY ("revision_id") REFERENCES "event_revisions" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "event_properties_events_properties" FOREIGN KEY ("event_id") REFERENCES "events" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "event_properties_properties_uses" FOREIGN KEY ("property_id") REFERENCES "properties" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "event_property_presence" CHECK ((presence)::text = ANY ((ARRAY['REQUIRED'::character varying, 'OPTIONAL'::character varying, 'ABSENT'::character varying])::text[])));
-- create index "eventproperty_event_id_position" to table: "event_properties"
CREATE INDEX "eventproperty_event_id_position" ON "event_properties" ("event_id", "position");
-- create index "eventproperty_property_id_event_id" to table: "event_properties"
CREATE INDEX "eventproperty_property_id_event_id" ON "event_properties" ("property_id", "event_id");
-- create index "eventproperty_revision_id_property_id" to table: "event_properties"
CREATE UNIQUE INDEX "eventproperty_revision_id_property_id" ON "event_properties" ("revision_id", "property_id");
-- create "memberships" table
CREATE TABLE "memberships" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "role" character varying NOT NULL COLLATE "C", "app_id" character varying NULL COLLATE "C", "user_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "memberships_apps_memberships" FOREIGN KEY ("app_id") REFERENCES "apps" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "memberships_users_memberships" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "membership_role" CHECK ((role)::text = ANY ((ARRAY['VIEWER'::character varying, 'REQUESTER'::character varying, 'EDITOR'::character varying, 'REVIEWER'::character varying, 'DEVELOPER'::character varying, 'TESTER'::character varying, 'ADMIN'::character varying])::text[])));
-- create index "membership_app_id" to table: "memberships"
CREATE INDEX "membership_app_id" ON "memberships" ("app_id");
-- create index "membership_global" to table: "memberships"
CREATE UNIQUE INDEX "membership_global" ON "memberships" ("user_id", "role") WHERE (app_id IS NULL);
-- create index "membership_user_id_app_id_role" to table: "memberships"
CREATE UNIQUE INDEX "membership_user_id_app_id_role" ON "memberships" ("user_id", "app_id", "role");
-- create "property_revisions" table
CREATE TABLE "property_revisions" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "number" bigint NOT NULL, "state" character varying NOT NULL DEFAULT 'DRAFT' COLLATE "C", "definition" json NOT NULL, "hash" character varying NOT NULL COLLATE "C", "property_id" character varying NOT NULL COLLATE "C", "batch_id" character varying NULL COLLATE "C", "base_id" character varying NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "property_revisions_batches_batch" FOREIGN KEY ("batch_id") REFERENCES "batches" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "property_revisions_properties_revisions" FOREIGN KEY ("property_id") REFERENCES "properties" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "property_revisions_property_revisions_derived" FOREIGN KEY ("base_id") REFERENCES "property_revisions" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "propertyrevision_base_id" to table: "property_revisions"
CREATE INDEX "propertyrevision_base_id" ON "property_revisions" ("base_id");
-- create index "propertyrevision_batch_id" to table: "property_revisions"
CREATE INDEX "propertyrevision_batch_id" ON "property_revisions" ("batch_id");
-- create index "propertyrevision_property_id_number" to table: "property_revisions"
CREATE UNIQUE INDEX "propertyrevision_property_id_number" ON "property_revisions" ("property_id", "number");
-- create "sessions" table
CREATE TABLE "sessions" ("id" character varying NOT NULL COLLATE "C", "hash" character varying NOT NULL COLLATE "C", "previous_hash" character varying NOT NULL DEFAULT '' COLLATE "C", "created_at" timestamptz NOT NULL, "rotated_at" timestamptz NOT NULL, "expires_at" timestamptz NOT NULL, "user_agent" character varying NOT NULL DEFAULT '' COLLATE "C", "address" character varying NOT NULL DEFAULT '' COLLATE "C", "user_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "sessions_users_sessions" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "session_expires_at" to table: "sessions"
CREATE INDEX "session_expires_at" ON "sessions" ("expires_at");
-- create index "session_previous_hash" to table: "sessions"
CREATE INDEX "session_previous_hash" ON "sessions" ("previous_hash");
-- create index "session_user_id" to table: "sessions"
CREATE INDEX "session_user_id" ON "sessions" ("user_id");
-- create index "sessions_hash_key" to table: "sessions"
CREATE UNIQUE INDEX "sessions_hash_key" ON "sessions" ("hash");
-- create "terminals" table
CREATE TABLE "terminals" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "key" character varying NOT NULL COLLATE "C", "name" character varying NOT NULL COLLATE "C", "kind" character varying NOT NULL COLLATE "C", "libraries" jsonb NULL, "systems" jsonb NULL, "position" bigint NOT NULL DEFAULT 0, "app_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "terminals_apps_terminals" FOREIGN KEY ("app_id") REFERENCES "apps" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "terminal_kind" CHECK ((kind)::text = ANY ((ARRAY['IOS'::character varying, 'ANDROID'::character varying, 'WEB'::character varying, 'H5'::character varying, 'MINI_PROGRAM'::character varying, 'SERVER'::character varying, 'OTHER'::character varying])::text[])));
-- create index "terminal_app_id_key" to table: "terminals"
CREATE UNIQUE INDEX "terminal_app_id_key" ON "terminals" ("app_id", "key");
-- create "value_set_revisions" table
CREATE TABLE "value_set_revisions" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "number" bigint NOT NULL, "state" character varying NOT NULL DEFAULT 'DRAFT' COLLATE "C", "definition" json NOT NULL, "hash" character varying NOT NULL COLLATE "C", "value_set_id" character varying NOT NULL COLLATE "C", "batch_id" character varying NULL COLLATE "C", "base_id" character varying NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "value_set_revisions_batches_batch" FOREIGN KEY ("batch_id") REFERENCES "batches" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "value_set_revisions_value_set_revisions_derived" FOREIGN KEY ("base_id") REFERENCES "value_set_revisions" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "value_set_revisions_value_sets_revisions" FOREIGN KEY ("value_set_id") REFERENCES "value_sets" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "valuesetrevision_base_id" to table: "value_set_revisions"
CREATE INDEX "valuesetrevision_base_id" ON "value_set_revisions" ("base_id");
-- create index "valuesetrevision_batch_id" to table: "value_set_revisions"
CREATE INDEX "valuesetrevision_batch_id" ON "value_set_revisions" ("batch_id");
-- create index "valuesetrevision_value_set_id_number" to table: "value_set_revisions"
CREATE UNIQUE INDEX "valuesetrevision_value_set_id_number" ON "value_set_revisions" ("value_set_id", "number");
-- create "write_keys" table
CREATE TABLE "write_keys" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "key" character varying NOT NULL COLLATE "C", "name" character varying NOT NULL DEFAULT '' COLLATE "C", "revoked_at" timestamptz NULL, "environment_id" character varying NOT NULL COLLATE "C", "terminal_id" character varying NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "write_keys_environments_write_keys" FOREIGN KEY ("environment_id") REFERENCES "environments" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "write_keys_terminals_write_keys" FOREIGN KEY ("terminal_id") REFERENCES "terminals" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "write_keys_key_key" to table: "write_keys"
CREATE UNIQUE INDEX "write_keys_key_key" ON "write_keys" ("key");
-- create index "writekey_environment_id" to table: "write_keys"
CREATE INDEX "writekey_environment_id" ON "write_keys" ("environment_id");
-- create index "writekey_terminal_id" to table: "write_keys"
CREATE INDEX "writekey_terminal_id" ON "write_keys" ("terminal_id");
