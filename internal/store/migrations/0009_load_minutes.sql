-- Schema version 9: what ports carried and what was offered to destinations, a row
-- for each place and minute; what is older than a day is deleted. at is in minutes
-- since 1970.

-- +goose Up

CREATE TABLE load_minutes (
    place TEXT   NOT NULL,
    at    BIGINT NOT NULL,
    doc   TEXT   NOT NULL,
    PRIMARY KEY (place, at)
);
CREATE INDEX load_minutes_by_time ON load_minutes (at);
