-- +goose Up
-- What can be searched for, now with all names (package store writes how), what hits are counted by, and the version of
-- the program's way to index. Documents of an earlier version are indexed again in the background.
CREATE TABLE `search_document_next` (
  `seq` integer PRIMARY KEY,
  `id` text NOT NULL UNIQUE,
  `app_id` text NULL,
  `kind` text NOT NULL,
  `event_kind` text NOT NULL DEFAULT '',
  `level` text NOT NULL DEFAULT '',
  `module` text NOT NULL DEFAULT '',
  `names` text NOT NULL DEFAULT '',
  `text` text NOT NULL,
  `version` integer NOT NULL DEFAULT 0
);
INSERT INTO `search_document_next` (`seq`, `id`, `app_id`, `kind`, `text`) SELECT `seq`, `id`, `app_id`, `kind`, `text` FROM `search_document`;
DROP TABLE `search_document`;
ALTER TABLE `search_document_next` RENAME TO `search_document`;
CREATE INDEX `search_document_version` ON `search_document` (`version`);
