-- +goose Up
-- create "comments" table
CREATE TABLE `comments` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `app_id` text NOT NULL, `item_id` text NULL, `event_id` text NULL, `text` text NOT NULL DEFAULT (''), `edited_at` datetime NULL, `resolved_at` datetime NULL, `resolved_by_id` text NULL, `deleted_at` datetime NULL, `batch_id` text NOT NULL, `reply_to_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `comments_batches_batch` FOREIGN KEY (`batch_id`) REFERENCES `batches` (`id`) ON DELETE NO ACTION, CONSTRAINT `comments_comments_replies` FOREIGN KEY (`reply_to_id`) REFERENCES `comments` (`id`) ON DELETE NO ACTION);
-- create index "comment_batch_id_created_at" to table: "comments"
CREATE INDEX `comment_batch_id_created_at` ON `comments` (`batch_id`, `created_at`);
-- create index "comment_reply_to_id_created_at" to table: "comments"
CREATE INDEX `comment_reply_to_id_created_at` ON `comments` (`reply_to_id`, `created_at`);
-- create "files" table
CREATE TABLE `files` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `created_by_id` text NULL, `updated_by_id` text NULL, `app_id` text NOT NULL, `name` text NOT NULL, `title` text NOT NULL DEFAULT (''), `size` integer NOT NULL, `media_type` text NOT NULL, `batch_id` text NULL, `event_id` text NULL, `content_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `files_batches_batch` FOREIGN KEY (`batch_id`) REFERENCES `batches` (`id`) ON DELETE NO ACTION, CONSTRAINT `files_events_event` FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON DELETE NO ACTION, CONSTRAINT `files_file_contents_content` FOREIGN KEY (`content_id`) REFERENCES `file_contents` (`id`) ON DELETE NO ACTION, CONSTRAINT `file_of_one` CHECK (batch_id IS NULL AND event_id IS NOT NULL OR batch_id IS NOT NULL AND event_id IS NULL));
-- create index "file_batch_id_created_at" to table: "files"
CREATE INDEX `file_batch_id_created_at` ON `files` (`batch_id`, `created_at`);
-- create index "file_event_id_created_at" to table: "files"
CREATE INDEX `file_event_id_created_at` ON `files` (`event_id`, `created_at`);
-- create index "file_content_id" to table: "files"
CREATE INDEX `file_content_id` ON `files` (`content_id`);
-- create "file_contents" table
CREATE TABLE `file_contents` (`id` text NOT NULL, `size` integer NOT NULL, PRIMARY KEY (`id`));
-- create "file_parts" table
CREATE TABLE `file_parts` (`id` text NOT NULL, `number` integer NOT NULL, `body` blob NOT NULL, `content_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `file_parts_file_contents_parts` FOREIGN KEY (`content_id`) REFERENCES `file_contents` (`id`) ON DELETE CASCADE);
-- create index "filepart_content_id_number" to table: "file_parts"
CREATE UNIQUE INDEX `filepart_content_id_number` ON `file_parts` (`content_id`, `number`);
-- create "mentions" table
CREATE TABLE `mentions` (`id` text NOT NULL, `app_id` text NOT NULL, `created_at` datetime NOT NULL, `read_at` datetime NULL, `comment_id` text NOT NULL, `user_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `mentions_comments_mentions` FOREIGN KEY (`comment_id`) REFERENCES `comments` (`id`) ON DELETE CASCADE, CONSTRAINT `mentions_users_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION);
-- create index "mention_comment_id_user_id" to table: "mentions"
CREATE UNIQUE INDEX `mention_comment_id_user_id` ON `mentions` (`comment_id`, `user_id`);
-- create index "mention_user_id_created_at" to table: "mentions"
CREATE INDEX `mention_user_id_created_at` ON `mentions` (`user_id`, `created_at`);
