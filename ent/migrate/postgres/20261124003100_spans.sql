-- +goose Up
-- Where the samples of each minute (Unix time / 60) of an environment are among the sequence numbers.
CREATE TABLE "capture_span" (
  "environment_id" text COLLATE "C" NOT NULL,
  "minute" bigint NOT NULL,
  "first_seq" bigint NOT NULL,
  "last_seq" bigint NOT NULL,
  PRIMARY KEY ("environment_id", "minute")
) WITH (fillfactor = 80);
INSERT INTO "capture_span" ("environment_id", "minute", "first_seq", "last_seq")
SELECT "environment_id", "received_at" / 60000000, min("seq"), max("seq") FROM "capture_sample" GROUP BY 1, 2;
