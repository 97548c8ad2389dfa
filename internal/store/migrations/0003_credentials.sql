-- Schema version 3: credentials are named profiles. What devices and messages
-- held of credentials until now is moved by version 4, in former.go.

-- +goose Up

-- Profiles as last seen on the controller's host: names and bindings.
CREATE TABLE profiles (
    name TEXT NOT NULL PRIMARY KEY,
    doc  TEXT NOT NULL
);

-- Logins that servers refused; server '' is the profile as a whole.
CREATE TABLE login_refusals (
    profile TEXT NOT NULL,
    server  TEXT NOT NULL,
    doc     TEXT NOT NULL,
    PRIMARY KEY (profile, server)
);
