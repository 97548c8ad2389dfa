-- Schema version 10: plans, with what a list tells of each (head) and all of it (doc).
-- Old ones are dropped as new ones come. created is in microseconds since 1970, size in
-- octets of doc.

-- +goose Up

CREATE TABLE plans (
    id      TEXT   NOT NULL PRIMARY KEY,
    created BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    size    BIGINT NOT NULL,
    head    TEXT   NOT NULL,
    doc     TEXT   NOT NULL
);
CREATE INDEX plans_by_seq ON plans (seq);
