-- +goose Up
-- What can be searched for, now with all names (package store writes how), what hits are counted by, and the version of
-- the program's way to index. Documents of an earlier version are indexed again in the background.
DROP INDEX "search_document_key";
DROP INDEX "search_document_name";
ALTER TABLE "search_document" DROP COLUMN "key", DROP COLUMN "name",
  ADD COLUMN "event_kind" text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN "level" text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN "module" text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN "names" text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN "version" integer NOT NULL DEFAULT 0;
CREATE INDEX "search_document_version" ON "search_document" ("version");
