-- +goose Up
-- What can be searched for: one row for each event, property, value set, batch and so on. key, name and text are folded,
-- tokens are hashes of what package store's documentTokens makes of them.
CREATE TABLE "search_document" (
  "seq" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "id" text COLLATE "C" NOT NULL UNIQUE,
  "app_id" text COLLATE "C" NULL,
  "kind" text COLLATE "C" NOT NULL,
  "key" text COLLATE "C" NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "text" text COLLATE "C" NOT NULL,
  "tokens" integer[] NOT NULL
);
CREATE INDEX "search_document_tokens" ON "search_document" USING gin ("tokens") WITH (fastupdate = off);
CREATE INDEX "search_document_key" ON "search_document" ("key");
CREATE INDEX "search_document_name" ON "search_document" ("name");
