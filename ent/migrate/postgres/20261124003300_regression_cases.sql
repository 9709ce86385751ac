-- +goose Up
-- create "regression_cases" table
CREATE TABLE "regression_cases" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "name" character varying NOT NULL COLLATE "C", "description" text NOT NULL DEFAULT '' COLLATE "C", "app_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "regression_cases_apps_app" FOREIGN KEY ("app_id") REFERENCES "apps" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "regressioncase_app_id_name" to table: "regression_cases"
CREATE UNIQUE INDEX "regressioncase_app_id_name" ON "regression_cases" ("app_id", "name");
-- create "regression_events" table
CREATE TABLE "regression_events" ("id" character varying NOT NULL COLLATE "C", "position" bigint NOT NULL, "seq" bigint NOT NULL, "environment_id" character varying NOT NULL COLLATE "C", "record" bytea NOT NULL, "user_id" character varying NOT NULL DEFAULT '' COLLATE "C", "anonymous_id" character varying NOT NULL DEFAULT '' COLLATE "C", "device_id" character varying NOT NULL DEFAULT '' COLLATE "C", "verdict" bigint NOT NULL, "codes" jsonb NULL, "case_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "regression_events_regression_cases_events" FOREIGN KEY ("case_id") REFERENCES "regression_cases" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "regressionevent_case_id_position" to table: "regression_events"
CREATE UNIQUE INDEX "regressionevent_case_id_position" ON "regression_events" ("case_id", "position");
