-- Schema version 1. Only what SQLite and PostgreSQL share: TEXT and BIGINT,
-- no generated ids, no time functions. Lists are sorted by TEXT keys bytewise,
-- which is SQLite's default; a PostgreSQL database needs the "C" collation.
--
-- There is no way down: an older binary refuses a newer database.

-- +goose Up

-- instance: the identity of this controller.
CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Numbers that only ever grow and outlive what they numbered: "event",
-- "operation", and "device/NAME" and "tool/NAME" for versions, so that a
-- version is not given twice when an entry is deleted and made again.
CREATE TABLE counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE devices (
    name    TEXT   NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    doc     TEXT   NOT NULL
);

CREATE TABLE device_states (
    device TEXT NOT NULL PRIMARY KEY REFERENCES devices (name) ON DELETE CASCADE,
    doc    TEXT NOT NULL
);

CREATE TABLE tools (
    name    TEXT   NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    doc     TEXT   NOT NULL
);

CREATE TABLE sessions (
    name TEXT NOT NULL PRIMARY KEY,
    doc  TEXT NOT NULL
);

CREATE TABLE placements (
    session TEXT NOT NULL REFERENCES sessions (name) ON DELETE CASCADE,
    device  TEXT NOT NULL,
    role    TEXT NOT NULL,
    doc     TEXT NOT NULL,
    PRIMARY KEY (session, device, role)
);
CREATE INDEX placements_by_device ON placements (device, session, role);

-- The ledger. It refers to no device entry: it is the evidence of what was
-- created on a box and outlives the entry.
CREATE TABLE natives (
    device    TEXT NOT NULL,
    mark      TEXT NOT NULL,
    native_id TEXT NOT NULL,
    doc       TEXT NOT NULL,
    PRIMARY KEY (device, mark),
    UNIQUE (device, native_id)
);

-- created is in microseconds since 1970; seq, the order of insertion, decides
-- between equal times.
CREATE TABLE operations (
    id      TEXT   NOT NULL PRIMARY KEY,
    seq     BIGINT NOT NULL,
    session TEXT   NOT NULL,
    created BIGINT NOT NULL,
    is_open BIGINT NOT NULL,
    doc     TEXT   NOT NULL
);
CREATE INDEX operations_by_session ON operations (session, created, seq);
CREATE INDEX operations_open ON operations (created, seq) WHERE is_open = 1;

CREATE TABLE events (
    seq BIGINT NOT NULL PRIMARY KEY,
    doc TEXT   NOT NULL
);

-- Never deleted: an epoch that starts again would let a stale worker write.
-- deadline is in microseconds since 1970.
CREATE TABLE claims (
    device   TEXT   NOT NULL PRIMARY KEY,
    owner    TEXT   NOT NULL,
    epoch    BIGINT NOT NULL,
    deadline BIGINT NOT NULL
);

-- Open entries only.
CREATE TABLE journal (
    device TEXT NOT NULL,
    tx     TEXT NOT NULL,
    doc    TEXT NOT NULL,
    PRIMARY KEY (device, tx)
);

-- SSH host keys, pinned on first use. The host is "address:port", with " via
-- jump:port" behind a jump host.
CREATE TABLE host_keys (
    host TEXT NOT NULL PRIMARY KEY,
    doc  TEXT NOT NULL
);

CREATE TABLE tokens (
    id   TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    doc  TEXT NOT NULL
);
