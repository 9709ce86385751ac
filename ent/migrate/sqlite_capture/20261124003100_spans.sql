-- +goose Up
-- Where the samples of each minute (Unix time / 60) of an environment are among the sequence numbers.
CREATE TABLE `capture_span` (
  `environment_id` text NOT NULL,
  `minute` integer NOT NULL,
  `first_seq` integer NOT NULL,
  `last_seq` integer NOT NULL,
  PRIMARY KEY (`environment_id`, `minute`)
) WITHOUT ROWID;
INSERT INTO `capture_span` (`environment_id`, `minute`, `first_seq`, `last_seq`)
SELECT `environment_id`, `received_at` / 60000000, min(`seq`), max(`seq`) FROM `capture_sample` GROUP BY 1, 2;
