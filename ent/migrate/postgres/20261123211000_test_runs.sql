-- +goose Up
-- Test runs: the events of one bear its id, and are counted by event, name as sent, terminal and verdict, so that what a run
-- has seen does not depend on which samples are kept.
ALTER TABLE "capture_sample" ADD COLUMN "run_id" text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX "capture_sample_run" ON "capture_sample" ("environment_id", "run_id", "seq") WHERE "run_id" <> '';
CREATE TABLE "capture_run" (
  "environment_id" text COLLATE "C" NOT NULL,
  "run_id" text COLLATE "C" NOT NULL,
  "event_key" text COLLATE "C" NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "terminal" text COLLATE "C" NOT NULL,
  "verdict" smallint NOT NULL,
  "n" bigint NOT NULL,
  "first_at" bigint NOT NULL,
  "last_at" bigint NOT NULL,
  PRIMARY KEY ("environment_id", "run_id", "event_key", "name", "terminal", "verdict")
) WITH (fillfactor = 80);
