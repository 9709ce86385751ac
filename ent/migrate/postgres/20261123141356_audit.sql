-- +goose Up
-- create "audit_entries" table
CREATE TABLE "audit_entries" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "app_id" character varying NULL COLLATE "C", "batch_id" character varying NULL COLLATE "C", "actor_kind" character varying NOT NULL COLLATE "C", "actor_id" character varying NULL COLLATE "C", "actor_name" character varying NOT NULL COLLATE "C", "token_id" character varying NULL COLLATE "C", "token_name" character varying NULL COLLATE "C", "action" character varying NOT NULL COLLATE "C", "operation" character varying NOT NULL COLLATE "C", "object_type" character varying NOT NULL COLLATE "C", "object_id" character varying NOT NULL COLLATE "C", "object_name" text NOT NULL COLLATE "C", "before" json NULL, "after" json NULL, "request_id" character varying NOT NULL DEFAULT '' COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "audit_entry_actor_kind" CHECK ((actor_kind)::text = ANY ((ARRAY['PERSON'::character varying, 'TOKEN'::character varying, 'OPERATOR'::character varying, 'SYSTEM'::character varying])::text[])), CONSTRAINT "audit_entry_operation" CHECK ((operation)::text = ANY ((ARRAY['CREATED'::character varying, 'CHANGED'::character varying, 'DELETED'::character varying])::text[])));
-- create index "auditentry_actor_id_created_at_id" to table: "audit_entries"
CREATE INDEX "auditentry_actor_id_created_at_id" ON "audit_entries" ("actor_id", "created_at", "id");
-- create index "auditentry_app_id_created_at_id" to table: "audit_entries"
CREATE INDEX "auditentry_app_id_created_at_id" ON "audit_entries" ("app_id", "created_at", "id");
-- create index "auditentry_batch_id_created_at_id" to table: "audit_entries"
CREATE INDEX "auditentry_batch_id_created_at_id" ON "audit_entries" ("batch_id", "created_at", "id");
-- create index "auditentry_created_at_id" to table: "audit_entries"
CREATE INDEX "auditentry_created_at_id" ON "audit_entries" ("created_at", "id");
-- create index "auditentry_object_id_created_at_id" to table: "audit_entries"
CREATE INDEX "auditentry_object_id_created_at_id" ON "audit_entries" ("object_id", "created_at", "id");
-- What was written stays as it was written, whoever asks.
-- +goose StatementBegin
CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'entries of the audit log are neither changed nor deleted';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER "audit_entries_stay" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_entries"
  FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_stay();
