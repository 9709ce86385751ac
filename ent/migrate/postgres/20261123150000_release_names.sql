-- +goose Up
-- what a name leads to in an environment
ALTER TABLE "release_slots" ADD COLUMN "wire_name" character varying NOT NULL DEFAULT '' COLLATE "C";
CREATE INDEX "releaseslot_environment_id_wire_name" ON "release_slots" ("environment_id", "wire_name");
