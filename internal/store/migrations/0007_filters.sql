-- Schema version 7: named filters. Their versions are counted
-- as "filter/NAME".

-- +goose Up

CREATE TABLE filters (
    name    TEXT   NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    doc     TEXT   NOT NULL
);
