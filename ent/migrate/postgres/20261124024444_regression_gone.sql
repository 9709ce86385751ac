-- +goose Up
-- modify "regression_cases" table
ALTER TABLE "regression_cases" ADD COLUMN "gone" bigint NOT NULL DEFAULT 0;
-- modify "regression_events" table
ALTER TABLE "regression_events" DROP COLUMN "user_id", DROP COLUMN "anonymous_id", DROP COLUMN "device_id";
