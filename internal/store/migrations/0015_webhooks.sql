-- Schema version 15: receivers of events (their versions are counted as "webhook/NAME"),
-- how far each outlet of events has come, and the events that their receivers never took.

-- +goose Up

CREATE TABLE webhooks (
    name    TEXT   NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    doc     TEXT   NOT NULL,
    author  TEXT   NOT NULL DEFAULT ''
);

CREATE TABLE outlets (
    name TEXT NOT NULL PRIMARY KEY,
    doc  TEXT NOT NULL
);

CREATE TABLE dead_letters (
    outlet TEXT   NOT NULL,
    seq    BIGINT NOT NULL,
    doc    TEXT   NOT NULL,
    PRIMARY KEY (outlet, seq)
);
