-- +goose Up
-- What became of the payloads of environments that pass them on; times are 0 where there was none.
CREATE TABLE "capture_forward" (
  "environment_id" text COLLATE "C" NOT NULL,
  "passed" bigint NOT NULL,
  "refused" bigint NOT NULL,
  "lost" bigint NOT NULL,
  "expired" bigint NOT NULL,
  "success_at" bigint NOT NULL,
  "refusal_at" bigint NOT NULL,
  "refusal_status" bigint NOT NULL,
  "refusal_text" text COLLATE "C" NOT NULL,
  "failure_at" bigint NOT NULL,
  "failure_text" text COLLATE "C" NOT NULL,
  PRIMARY KEY ("environment_id")
);
