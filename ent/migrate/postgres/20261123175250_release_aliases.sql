-- +goose Up
-- what else a name leads to in an environment
ALTER TABLE "release_slots" ADD COLUMN "aliases" character varying NOT NULL DEFAULT '' COLLATE "C";
CREATE INDEX "releaseslot_with_aliases" ON "release_slots" ("environment_id") WHERE "aliases" <> '';
