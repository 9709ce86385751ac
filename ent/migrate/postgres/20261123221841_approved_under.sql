-- +goose Up
-- modify "approvals" table
ALTER TABLE "approvals" ADD COLUMN "approved_under_id" character varying NULL COLLATE "C";
-- modify "event_revisions" table
ALTER TABLE "event_revisions" ADD COLUMN "approved_under_id" character varying NULL COLLATE "C";
-- modify "property_revisions" table
ALTER TABLE "property_revisions" ADD COLUMN "approved_under_id" character varying NULL COLLATE "C";
-- modify "value_set_revisions" table
ALTER TABLE "value_set_revisions" ADD COLUMN "approved_under_id" character varying NULL COLLATE "C";
