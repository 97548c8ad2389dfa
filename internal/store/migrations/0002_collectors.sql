-- Schema version 2: where the tunnel of a placement ends, so that the sessions
-- of one collector are found without reading all.

-- +goose Up

ALTER TABLE placements ADD COLUMN collector TEXT NOT NULL DEFAULT '';
CREATE INDEX placements_by_collector ON placements (collector, session, device, role) WHERE collector <> '';
