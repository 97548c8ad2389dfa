-- Schema version 12: who made and changed devices, tools and filters ('' where that
-- was not kept), and the terms by which entries are selected: "label:KEY" with its value,
-- of sessions also device, tool and filter with a name. What is stored already gets its
-- terms by version 13, in terms.go.

-- +goose Up

ALTER TABLE devices ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE tools ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE filters ADD COLUMN author TEXT NOT NULL DEFAULT '';

CREATE TABLE terms (
    kind  TEXT NOT NULL,
    name  TEXT NOT NULL,
    term  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, name, term, value)
);
CREATE INDEX terms_by_value ON terms (kind, term, value, name);
CREATE INDEX terms_by_name ON terms (kind, term, name, value);
