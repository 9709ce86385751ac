-- +goose Up
-- What can be searched for: one row for each event, property, value set, batch and so on. key, name and text are folded.
CREATE TABLE `search_document` (
  `seq` integer PRIMARY KEY,
  `id` text NOT NULL UNIQUE,
  `app_id` text NULL,
  `kind` text NOT NULL,
  `key` text NOT NULL,
  `name` text NOT NULL,
  `text` text NOT NULL
);
-- Which document (rowid is its seq) has which tokens: hashes, in hexadecimal, of what package store's documentTokens makes
-- of it. It holds no text and no positions.
CREATE VIRTUAL TABLE `search_index` USING fts5(`tokens`, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
