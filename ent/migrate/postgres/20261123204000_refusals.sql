-- +goose Up
-- Requests of SDKs that brought nothing, or less than they should have: who asks why there is no data looks here first.
-- Equal ones of a few seconds are one row. environment_id and key_id are empty where the key leads nowhere. Texts are cut.
CREATE TABLE "capture_refusal" (
  "id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "at" bigint NOT NULL,
  "last_at" bigint NOT NULL,
  "n" bigint NOT NULL,
  "kind" text COLLATE "C" NOT NULL,
  "format" text COLLATE "C" NOT NULL,
  "method" text COLLATE "C" NOT NULL,
  "path" text COLLATE "C" NOT NULL,
  "write_key" text COLLATE "C" NOT NULL,
  "key_id" text COLLATE "C" NOT NULL,
  "app_id" text COLLATE "C" NOT NULL,
  "environment_id" text COLLATE "C" NOT NULL,
  "address" text COLLATE "C" NOT NULL,
  "user_agent" text COLLATE "C" NOT NULL,
  "reason" text COLLATE "C" NOT NULL,
  "excerpt" text COLLATE "C" NOT NULL
);
CREATE INDEX "capture_refusal_app" ON "capture_refusal" ("app_id", "id");
CREATE INDEX "capture_refusal_key" ON "capture_refusal" ("write_key", "id");
CREATE INDEX "capture_refusal_address" ON "capture_refusal" ("address", "id");
CREATE INDEX "capture_refusal_at" ON "capture_refusal" ("at");
