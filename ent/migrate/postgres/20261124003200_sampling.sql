-- +goose Up
-- Which captured events an environment keeps; those that are there go on keeping all.
ALTER TABLE "environments" ADD COLUMN "valid_share" double precision NOT NULL DEFAULT 1,
  ADD COLUMN "invalid_per_minute" bigint NULL;
-- How many events of each environment were counted and, by its sampling, not kept.
ALTER TABLE "capture_environment" ADD COLUMN "not_kept" bigint NOT NULL DEFAULT 0;
