-- +goose Up
-- The capture data: what devices really reported. All times are microseconds since 1970. Texts that come from devices
-- are cut to 200 characters where they are part of a key or an index.

-- How far the stream is in these tables, and which writer is at it. A transaction that adds to them moves it on.
CREATE TABLE "capture_position" (
  "partition" smallint PRIMARY KEY,
  "stream_id" text COLLATE "C" NOT NULL DEFAULT '',
  "seq" bigint NOT NULL DEFAULT 0,
  "lost" bigint NOT NULL DEFAULT 0,
  "gaps" bigint NOT NULL DEFAULT 0,
  "owner" text COLLATE "C" NOT NULL DEFAULT '',
  "lease_until" bigint NOT NULL DEFAULT 0
);
INSERT INTO "capture_position" ("partition") VALUES (0);

-- Captured events, as long as they are kept: here what they are looked for by, beside it the records themselves, so that
-- looking through many reads little. name is the event's key, or its name as sent where no definition judged it; codes are
-- the codes of its violations, each between bars.
CREATE TABLE "capture_sample" (
  "seq" bigint PRIMARY KEY,
  "environment_id" text COLLATE "C" NOT NULL,
  "event_id" text COLLATE "C" NOT NULL,
  "received_at" bigint NOT NULL,
  "verdict" smallint NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "codes" text COLLATE "C" NOT NULL,
  "terminal" text COLLATE "C" NOT NULL,
  "app_version" text COLLATE "C" NOT NULL,
  "device_id" text COLLATE "C" NOT NULL,
  "user_id" text COLLATE "C" NOT NULL,
  "anonymous_id" text COLLATE "C" NOT NULL
);
CREATE INDEX "capture_sample_environment" ON "capture_sample" ("environment_id", "seq");
CREATE INDEX "capture_sample_event" ON "capture_sample" ("event_id", "environment_id", "seq") WHERE "event_id" <> '';
-- raw is a record as sent, record the rest of it in the form that package capture defines.
CREATE TABLE "capture_record" (
  "seq" bigint PRIMARY KEY,
  "raw" text COLLATE "C" NOT NULL,
  "record" bytea NOT NULL
);
-- Compressing what rarely pays would be most of what inserting costs.
ALTER TABLE "capture_record" ALTER COLUMN "raw" SET STORAGE EXTERNAL, ALTER COLUMN "record" SET STORAGE EXTERNAL,
  SET (toast_tuple_target = 8160);

-- How many samples an environment has, and when it captured last.
CREATE TABLE "capture_environment" (
  "environment_id" text COLLATE "C" PRIMARY KEY,
  "samples" bigint NOT NULL,
  "last_at" bigint NOT NULL
) WITH (fillfactor = 50);

-- Events per hour (Unix time / 3600); rows with a code count those of them that had a violation with that code.
CREATE TABLE "capture_counter" (
  "environment_id" text COLLATE "C" NOT NULL,
  "hour" bigint NOT NULL,
  "event_id" text COLLATE "C" NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "terminal" text COLLATE "C" NOT NULL,
  "app_version" text COLLATE "C" NOT NULL,
  "verdict" smallint NOT NULL,
  "code" text COLLATE "C" NOT NULL,
  "n" bigint NOT NULL,
  PRIMARY KEY ("environment_id", "hour", "event_id", "name", "terminal", "app_version", "verdict", "code")
) WITH (fillfactor = 80);

-- Events per minute (Unix time / 60), kept for two days.
CREATE TABLE "capture_minute" (
  "environment_id" text COLLATE "C" NOT NULL,
  "minute" bigint NOT NULL,
  "valid" bigint NOT NULL,
  "invalid" bigint NOT NULL,
  "unplanned" bigint NOT NULL,
  "duplicates" bigint NOT NULL,
  PRIMARY KEY ("environment_id", "minute")
) WITH (fillfactor = 80);

-- What was seen of each planned event.
CREATE TABLE "capture_event" (
  "event_id" text COLLATE "C" NOT NULL,
  "environment_id" text COLLATE "C" NOT NULL,
  "terminal" text COLLATE "C" NOT NULL,
  "n" bigint NOT NULL,
  "invalid" bigint NOT NULL,
  "first_at" bigint NOT NULL,
  "last_at" bigint NOT NULL,
  "last_invalid_at" bigint NOT NULL,
  PRIMARY KEY ("event_id", "environment_id", "terminal")
) WITH (fillfactor = 50);
CREATE INDEX "capture_event_environment" ON "capture_event" ("environment_id");

-- The names and versions that an environment has sent, up to its cap.
CREATE TABLE "capture_label" (
  "environment_id" text COLLATE "C" NOT NULL,
  "kind" text COLLATE "C" NOT NULL,
  "value" text COLLATE "C" NOT NULL,
  PRIMARY KEY ("environment_id", "kind", "value")
);
