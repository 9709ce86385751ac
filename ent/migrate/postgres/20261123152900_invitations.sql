-- +goose Up
-- modify "memberships" table
ALTER TABLE "memberships" ADD COLUMN "mapped" boolean NOT NULL DEFAULT false;
-- create "invitations" table
CREATE TABLE "invitations" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "app_id" character varying NULL COLLATE "C", "email" character varying NOT NULL COLLATE "C", "name" character varying NOT NULL COLLATE "C", "hash" character varying NOT NULL COLLATE "C", "grants" jsonb NOT NULL, "expires_at" timestamptz NOT NULL, "accepted_at" timestamptz NULL, "accepted_by_id" character varying NULL COLLATE "C", "revoked_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "invitation_app_id_created_at" to table: "invitations"
CREATE INDEX "invitation_app_id_created_at" ON "invitations" ("app_id", "created_at");
-- create index "invitations_hash_key" to table: "invitations"
CREATE UNIQUE INDEX "invitations_hash_key" ON "invitations" ("hash");
-- create "external_identities" table
CREATE TABLE "external_identities" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "issuer" character varying NOT NULL COLLATE "C", "subject" character varying NOT NULL COLLATE "C", "user_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "external_identities_users_identities" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "externalidentity_issuer_subject" to table: "external_identities"
CREATE UNIQUE INDEX "externalidentity_issuer_subject" ON "external_identities" ("issuer", "subject");
-- create index "externalidentity_user_id" to table: "external_identities"
CREATE INDEX "externalidentity_user_id" ON "external_identities" ("user_id");
