-- +goose Up
-- create "capture_sessions" table
CREATE TABLE "capture_sessions" ("id" character varying NOT NULL COLLATE "C", "code" character varying NOT NULL COLLATE "C", "title" character varying NOT NULL COLLATE "C", "target" character varying NOT NULL COLLATE "C", "event_ids" jsonb NULL, "tester_ids" jsonb NOT NULL, "started_by_id" character varying NULL COLLATE "C", "started_at" timestamptz NOT NULL, "active_at" timestamptz NOT NULL, "ended_at" timestamptz NULL, "app_id" character varying NOT NULL COLLATE "C", "environment_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "capture_sessions_apps_app" FOREIGN KEY ("app_id") REFERENCES "apps" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "capture_sessions_environments_environment" FOREIGN KEY ("environment_id") REFERENCES "environments" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "capture_session_target" CHECK ((target)::text = ANY ((ARRAY['BATCHES'::character varying, 'EVENTS'::character varying, 'NOTHING'::character varying])::text[])));
-- create index "capture_sessions_code_key" to table: "capture_sessions"
CREATE UNIQUE INDEX "capture_sessions_code_key" ON "capture_sessions" ("code");
-- create index "capturesession_app_id_started_at" to table: "capture_sessions"
CREATE INDEX "capturesession_app_id_started_at" ON "capture_sessions" ("app_id", "started_at");
-- create index "capturesession_ended_at" to table: "capture_sessions"
CREATE INDEX "capturesession_ended_at" ON "capture_sessions" ("ended_at");
-- create index "capturesession_environment_id_started_at" to table: "capture_sessions"
CREATE INDEX "capturesession_environment_id_started_at" ON "capture_sessions" ("environment_id", "started_at");
-- create "session_batches" table
CREATE TABLE "session_batches" ("id" character varying NOT NULL COLLATE "C", "position" bigint NOT NULL, "session_id" character varying NOT NULL COLLATE "C", "batch_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "session_batches_batches_batch" FOREIGN KEY ("batch_id") REFERENCES "batches" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "session_batches_capture_sessions_batches" FOREIGN KEY ("session_id") REFERENCES "capture_sessions" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "sessionbatch_batch_id" to table: "session_batches"
CREATE INDEX "sessionbatch_batch_id" ON "session_batches" ("batch_id");
-- create index "sessionbatch_session_id_position" to table: "session_batches"
CREATE UNIQUE INDEX "sessionbatch_session_id_position" ON "session_batches" ("session_id", "position");
-- create "session_bindings" table
CREATE TABLE "session_bindings" ("id" character varying NOT NULL COLLATE "C", "environment_id" character varying NOT NULL COLLATE "C", "kind" character varying NOT NULL COLLATE "C", "value" character varying NOT NULL COLLATE "C", "how" character varying NOT NULL COLLATE "C", "bound_by_id" character varying NULL COLLATE "C", "bound_at" timestamptz NOT NULL, "unbound_at" timestamptz NULL, "session_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "session_bindings_capture_sessions_bindings" FOREIGN KEY ("session_id") REFERENCES "capture_sessions" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "session_binding_kind" CHECK ((kind)::text = ANY ((ARRAY['DEVICE'::character varying, 'USER'::character varying])::text[])));
-- create index "sessionbinding_environment_id_value" to table: "session_bindings"
CREATE INDEX "sessionbinding_environment_id_value" ON "session_bindings" ("environment_id", "value");
-- create index "sessionbinding_session_id_bound_at" to table: "session_bindings"
CREATE INDEX "sessionbinding_session_id_bound_at" ON "session_bindings" ("session_id", "bound_at");
-- create "session_steps" table
CREATE TABLE "session_steps" ("id" character varying NOT NULL COLLATE "C", "number" bigint NOT NULL, "text" text NOT NULL DEFAULT '' COLLATE "C", "marked_at" timestamptz NOT NULL, "marked_by_id" character varying NULL COLLATE "C", "session_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "session_steps_capture_sessions_steps" FOREIGN KEY ("session_id") REFERENCES "capture_sessions" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "sessionstep_session_id_number" to table: "session_steps"
CREATE UNIQUE INDEX "sessionstep_session_id_number" ON "session_steps" ("session_id", "number");
