-- Schema version 18: triggers (their versions are counted as "trigger/NAME"), and what
-- each of them did so far.

-- +goose Up

CREATE TABLE triggers (
    name    TEXT   NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    doc     TEXT   NOT NULL,
    author  TEXT   NOT NULL DEFAULT ''
);

CREATE TABLE trigger_states (
    name TEXT NOT NULL PRIMARY KEY,
    doc  TEXT NOT NULL
);
