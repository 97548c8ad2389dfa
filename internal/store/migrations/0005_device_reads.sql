-- Schema version 5: when a device was last read well, apart from what was read,
-- which is written when it changes only.

-- +goose Up

CREATE TABLE device_reads (
    device TEXT NOT NULL PRIMARY KEY REFERENCES devices (name) ON DELETE CASCADE,
    at     TEXT NOT NULL
);
