-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_memberships" table
CREATE TABLE `new_memberships` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `role` text NOT NULL, `mapped` bool NOT NULL DEFAULT (false), `app_id` text NULL, `user_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `memberships_apps_memberships` FOREIGN KEY (`app_id`) REFERENCES `apps` (`id`) ON DELETE CASCADE, CONSTRAINT `memberships_users_memberships` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION, CONSTRAINT `membership_role` CHECK (role IN ('VIEWER', 'REQUESTER', 'EDITOR', 'REVIEWER', 'DEVELOPER', 'TESTER', 'ADMIN')));
-- copy rows from old table "memberships" to new temporary table "new_memberships"
INSERT INTO `new_memberships` (`id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `role`, `app_id`, `user_id`) SELECT `id`, `created_at`, `updated_at`, `created_by_id`, `updated_by_id`, `role`, `app_id`, `user_id` FROM `memberships`;
-- drop "memberships" table after copying rows
DROP TABLE `memberships`;
-- rename temporary table "new_memberships" to "memberships"
ALTER TABLE `new_memberships` RENAME TO `memberships`;
-- create index "membership_user_id_app_id_role" to table: "memberships"
CREATE UNIQUE INDEX `membership_user_id_app_id_role` ON `memberships` (`user_id`, `app_id`, `role`);
-- create index "membership_global" to table: "memberships"
CREATE UNIQUE INDEX `membership_global` ON `memberships` (`user_id`, `role`) WHERE app_id IS NULL;
-- create index "membership_app_id" to table: "memberships"
CREATE INDEX `membership_app_id` ON `memberships` (`app_id`);
-- create "external_identities" table
CREATE TABLE `external_identities` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `issuer` text NOT NULL, `subject` text NOT NULL, `user_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `external_identities_users_identities` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION);
-- create index "externalidentity_issuer_subject" to table: "external_identities"
CREATE UNIQUE INDEX `externalidentity_issuer_subject` ON `external_identities` (`issuer`, `subject`);
-- create index "externalidentity_user_id" to table: "external_identities"
CREATE INDEX `externalidentity_user_id` ON `external_identities` (`user_id`);
-- create "invitations" table
CREATE TABLE `invitations` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `app_id` text NULL, `email` text NOT NULL, `name` text NOT NULL, `hash` text NOT NULL, `grants` json NOT NULL, `expires_at` datetime NOT NULL, `accepted_at` datetime NULL, `accepted_by_id` text NULL, `revoked_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "invitations_hash_key" to table: "invitations"
CREATE UNIQUE INDEX `invitations_hash_key` ON `invitations` (`hash`);
-- create index "invitation_app_id_created_at" to table: "invitations"
CREATE INDEX `invitation_app_id_created_at` ON `invitations` (`app_id`, `created_at`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
