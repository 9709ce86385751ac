-- +goose Up
-- modify "properties" table
ALTER TABLE "properties" ADD COLUMN "merging_into_id" character varying NULL COLLATE "C", ADD COLUMN "replaced_by_id" character varying NULL COLLATE "C";
