-- +goose Up
-- modify "files" table
ALTER TABLE "files" DROP CONSTRAINT "file_of_one", ADD CONSTRAINT "file_owner" CHECK (((
CASE
    WHEN (batch_id IS NULL) THEN 0
    ELSE 1
END +
CASE
    WHEN (event_id IS NULL) THEN 0
    ELSE 1
END) +
CASE
    WHEN (session_id IS NULL) THEN 0
    ELSE 1
END) = 1), ADD COLUMN "session_id" character varying NULL COLLATE "C", ADD CONSTRAINT "files_capture_sessions_session" FOREIGN KEY ("session_id") REFERENCES "capture_sessions" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION;
-- create index "file_session_id_created_at" to table: "files"
CREATE INDEX "file_session_id_created_at" ON "files" ("session_id", "created_at");
-- create "acceptance_marks" table
CREATE TABLE "acceptance_marks" ("id" character varying NOT NULL COLLATE "C", "event_key" character varying NOT NULL COLLATE "C", "property" character varying NOT NULL DEFAULT '' COLLATE "C", "terminal" character varying NOT NULL COLLATE "C", "kind" character varying NOT NULL COLLATE "C", "note" text NOT NULL DEFAULT '' COLLATE "C", "app_version" character varying NOT NULL DEFAULT '' COLLATE "C", "app_build" character varying NOT NULL DEFAULT '' COLLATE "C", "hash" character varying NOT NULL DEFAULT '' COLLATE "C", "expires_at" timestamptz NULL, "created_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "event_id" character varying NOT NULL COLLATE "C", "screenshot_id" character varying NULL COLLATE "C", "session_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "acceptance_marks_capture_sessions_marks" FOREIGN KEY ("session_id") REFERENCES "capture_sessions" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "acceptance_marks_events_event" FOREIGN KEY ("event_id") REFERENCES "events" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "acceptance_marks_files_screenshot" FOREIGN KEY ("screenshot_id") REFERENCES "files" ("id") ON UPDATE NO ACTION ON DELETE SET NULL, CONSTRAINT "acceptance_mark_kind" CHECK ((kind)::text = ANY ((ARRAY['PASS'::character varying, 'FAIL'::character varying, 'WAIVED'::character varying, 'NONE'::character varying])::text[])));
-- create index "acceptancemark_session_id_created_at" to table: "acceptance_marks"
CREATE INDEX "acceptancemark_session_id_created_at" ON "acceptance_marks" ("session_id", "created_at");
-- create "coverage_evidences" table
CREATE TABLE "coverage_evidences" ("id" character varying NOT NULL COLLATE "C", "seq" bigint NOT NULL, "environment_id" character varying NOT NULL COLLATE "C", "record" bytea NOT NULL, "verdict" bigint NOT NULL, "event_key" character varying NOT NULL DEFAULT '' COLLATE "C", "violations" jsonb NOT NULL, "user_id" character varying NOT NULL DEFAULT '' COLLATE "C", "anonymous_id" character varying NOT NULL DEFAULT '' COLLATE "C", "device_id" character varying NOT NULL DEFAULT '' COLLATE "C", "created_at" timestamptz NOT NULL, "session_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "coverage_evidences_capture_sessions_evidence" FOREIGN KEY ("session_id") REFERENCES "capture_sessions" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "coverageevidence_environment_id" to table: "coverage_evidences"
CREATE INDEX "coverageevidence_environment_id" ON "coverage_evidences" ("environment_id");
-- create index "coverageevidence_session_id_seq" to table: "coverage_evidences"
CREATE UNIQUE INDEX "coverageevidence_session_id_seq" ON "coverage_evidences" ("session_id", "seq");
-- create "frozen_coverages" table
CREATE TABLE "frozen_coverages" ("id" character varying NOT NULL COLLATE "C", "seen" jsonb NOT NULL, "target" jsonb NOT NULL, "devices" jsonb NOT NULL, "created_at" timestamptz NOT NULL, "session_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "frozen_coverages_capture_sessions_frozen" FOREIGN KEY ("session_id") REFERENCES "capture_sessions" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "frozen_coverages_session_id_key" to table: "frozen_coverages"
CREATE UNIQUE INDEX "frozen_coverages_session_id_key" ON "frozen_coverages" ("session_id");
-- create "must_tests" table
CREATE TABLE "must_tests" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "property" character varying NOT NULL COLLATE "C", "must" boolean NOT NULL, "batch_id" character varying NOT NULL COLLATE "C", "event_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "must_tests_batches_batch" FOREIGN KEY ("batch_id") REFERENCES "batches" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "must_tests_events_event" FOREIGN KEY ("event_id") REFERENCES "events" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "musttest_batch_id_event_id_property" to table: "must_tests"
CREATE UNIQUE INDEX "musttest_batch_id_event_id_property" ON "must_tests" ("batch_id", "event_id", "property");
-- create "sign_offs" table
CREATE TABLE "sign_offs" ("id" character varying NOT NULL COLLATE "C", "session_ids" jsonb NOT NULL, "terminals" jsonb NOT NULL, "note" text NOT NULL DEFAULT '' COLLATE "C", "report" json NOT NULL, "created_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "app_id" character varying NOT NULL COLLATE "C", "batch_id" character varying NULL COLLATE "C", "session_id" character varying NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "sign_offs_apps_app" FOREIGN KEY ("app_id") REFERENCES "apps" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "sign_offs_batches_batch" FOREIGN KEY ("batch_id") REFERENCES "batches" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "sign_offs_capture_sessions_session" FOREIGN KEY ("session_id") REFERENCES "capture_sessions" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "signoff_app_id" to table: "sign_offs"
CREATE INDEX "signoff_app_id" ON "sign_offs" ("app_id");
-- create index "signoff_batch_id_created_at" to table: "sign_offs"
CREATE INDEX "signoff_batch_id_created_at" ON "sign_offs" ("batch_id", "created_at");
-- create index "signoff_session_id_created_at" to table: "sign_offs"
CREATE INDEX "signoff_session_id_created_at" ON "sign_offs" ("session_id", "created_at");
