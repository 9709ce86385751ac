-- +goose Up
-- create "comments" table
CREATE TABLE "comments" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "app_id" character varying NOT NULL COLLATE "C", "item_id" character varying NULL COLLATE "C", "event_id" character varying NULL COLLATE "C", "text" text NOT NULL DEFAULT '' COLLATE "C", "edited_at" timestamptz NULL, "resolved_at" timestamptz NULL, "resolved_by_id" character varying NULL COLLATE "C", "deleted_at" timestamptz NULL, "batch_id" character varying NOT NULL COLLATE "C", "reply_to_id" character varying NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "comments_batches_batch" FOREIGN KEY ("batch_id") REFERENCES "batches" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "comments_comments_replies" FOREIGN KEY ("reply_to_id") REFERENCES "comments" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "comment_batch_id_created_at" to table: "comments"
CREATE INDEX "comment_batch_id_created_at" ON "comments" ("batch_id", "created_at");
-- create index "comment_reply_to_id_created_at" to table: "comments"
CREATE INDEX "comment_reply_to_id_created_at" ON "comments" ("reply_to_id", "created_at");
-- create "file_contents" table
CREATE TABLE "file_contents" ("id" character varying NOT NULL COLLATE "C", "size" bigint NOT NULL, PRIMARY KEY ("id"));
-- create "file_parts" table
CREATE TABLE "file_parts" ("id" character varying NOT NULL COLLATE "C", "number" bigint NOT NULL, "body" bytea NOT NULL, "content_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "file_parts_file_contents_parts" FOREIGN KEY ("content_id") REFERENCES "file_contents" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "filepart_content_id_number" to table: "file_parts"
CREATE UNIQUE INDEX "filepart_content_id_number" ON "file_parts" ("content_id", "number");
-- create "files" table
CREATE TABLE "files" ("id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "created_by_id" character varying NULL COLLATE "C", "updated_by_id" character varying NULL COLLATE "C", "app_id" character varying NOT NULL COLLATE "C", "name" character varying NOT NULL COLLATE "C", "title" character varying NOT NULL DEFAULT '' COLLATE "C", "size" bigint NOT NULL, "media_type" character varying NOT NULL COLLATE "C", "batch_id" character varying NULL COLLATE "C", "event_id" character varying NULL COLLATE "C", "content_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "files_batches_batch" FOREIGN KEY ("batch_id") REFERENCES "batches" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "files_events_event" FOREIGN KEY ("event_id") REFERENCES "events" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "files_file_contents_content" FOREIGN KEY ("content_id") REFERENCES "file_contents" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "file_of_one" CHECK (batch_id IS NULL AND event_id IS NOT NULL OR batch_id IS NOT NULL AND event_id IS NULL));
-- create index "file_batch_id_created_at" to table: "files"
CREATE INDEX "file_batch_id_created_at" ON "files" ("batch_id", "created_at");
-- create index "file_event_id_created_at" to table: "files"
CREATE INDEX "file_event_id_created_at" ON "files" ("event_id", "created_at");
-- create index "file_content_id" to table: "files"
CREATE INDEX "file_content_id" ON "files" ("content_id");
-- create "mentions" table
CREATE TABLE "mentions" ("id" character varying NOT NULL COLLATE "C", "app_id" character varying NOT NULL COLLATE "C", "created_at" timestamptz NOT NULL, "read_at" timestamptz NULL, "comment_id" character varying NOT NULL COLLATE "C", "user_id" character varying NOT NULL COLLATE "C", PRIMARY KEY ("id"), CONSTRAINT "mentions_comments_mentions" FOREIGN KEY ("comment_id") REFERENCES "comments" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "mentions_users_user" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "mention_comment_id_user_id" to table: "mentions"
CREATE UNIQUE INDEX "mention_comment_id_user_id" ON "mentions" ("comment_id", "user_id");
-- create index "mention_user_id_created_at" to table: "mentions"
CREATE INDEX "mention_user_id_created_at" ON "mentions" ("user_id", "created_at");
