-- +goose Up
-- modify "environments" table
ALTER TABLE "environments" ADD COLUMN "forward_to" character varying NOT NULL DEFAULT '' COLLATE "C", ADD COLUMN "forward_headers" jsonb NULL, ADD COLUMN "forward_backlog" character varying NOT NULL DEFAULT '' COLLATE "C";
