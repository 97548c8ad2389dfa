-- Schema version 17: a number for each session that is another one whenever the session,
-- one of its placements or one of its operations was written. The counter "revision" gives
-- them, so that none is given twice, not even for another session. What is stored already
-- has 0, which the counter never gives.

-- +goose Up

CREATE TABLE revisions (
    session  TEXT   NOT NULL PRIMARY KEY REFERENCES sessions (name) ON DELETE CASCADE,
    revision BIGINT NOT NULL
);
CREATE INDEX revisions_of ON revisions (session, revision);
INSERT INTO revisions (session, revision) SELECT name, 0 FROM sessions;
