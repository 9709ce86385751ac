-- +goose Up
-- modify "environments" table
ALTER TABLE "environments" ADD COLUMN "masked_patterns" jsonb NULL, ADD COLUMN "keep_originals" boolean NOT NULL DEFAULT false;
-- what was there before there was a choice masks everything
UPDATE "environments" SET "masked_patterns" = '["PHONE","ID_CARD","EMAIL","BANK_CARD"]';
