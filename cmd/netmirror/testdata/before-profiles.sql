PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES(1,0,1,'2026-11-28 11:22:46');
INSERT INTO goose_db_version VALUES(2,1,1,'2026-11-28 11:22:46');
INSERT INTO goose_db_version VALUES(3,2,1,'2026-11-28 11:22:46');
CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
INSERT INTO meta VALUES('instance','4e88747529526d62');
CREATE TABLE counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters VALUES('device/from-file',1);
INSERT INTO counters VALUES('event',11);
INSERT INTO counters VALUES('device/acc-1',1);
INSERT INTO counters VALUES('device/acc-2',1);
INSERT INTO counters VALUES('device/far-1',1);
INSERT INTO counters VALUES('device/ovs',1);
INSERT INTO counters VALUES('tool/ids-1',1);
CREATE TABLE devices (
    name    TEXT   NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    doc     TEXT   NOT NULL
);
INSERT INTO devices VALUES('from-file',1,'{"name":"from-file","platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":"127.0.0.1","port":1,"credentials":{"username":"netmirror","password":"env:NM_PW","enable":"env:NM_EN"}}},"mode":"full","persist":"if-clean","managedBy":"file"}');
INSERT INTO devices VALUES('acc-1',1,'{"name":"acc-1","platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":"127.0.0.1","port":1,"credentials":{"username":"netmirror","password":"env:NM_PW","enable":"env:NM_EN"}}},"mode":"full","persist":"if-clean","managedBy":"api"}');
INSERT INTO devices VALUES('acc-2',1,'{"name":"acc-2","platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":"sw2.example.net","port":1,"credentials":{"username":"netmirror","password":"env:NM_PW","enable":"env:NM_EN"}}},"mode":"full","persist":"if-clean","managedBy":"api"}');
INSERT INTO devices VALUES('far-1',1,'{"name":"far-1","platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":"192.0.2.7","credentials":{"username":"env:NM_USER","password":"file:/run/secrets/far","key":"file:/run/secrets/far.pem"},"jumpHost":"jumper@127.0.0.1:2"}},"mode":"full","persist":"if-clean","managedBy":"api"}');
INSERT INTO devices VALUES('ovs',1,'{"name":"ovs","platform":"openvswitch","transports":{"config":{"protocol":"ovsdb","address":"/nowhere/db.sock","bridge":"br0"}},"mode":"full","persist":"if-clean","managedBy":"api"}');
CREATE TABLE device_states (
    device TEXT NOT NULL PRIMARY KEY REFERENCES devices (name) ON DELETE CASCADE,
    doc    TEXT NOT NULL
);
INSERT INTO device_states VALUES('from-file','{"device":"from-file","reachable":{"state":"False","reason":"Unreachable","message":"device from-file: connect: iosxe: connect to from-file: cli: from-file: connect to 127.0.0.1:1: unreachable: dial tcp 127.0.0.1:1: connect: connection refused"},"facts":{},"observation":{"at":"0001-01-01T00:00:00Z"},"changed":"2026-11-28T11:22:46.228784961Z"}');
INSERT INTO device_states VALUES('acc-1','{"device":"acc-1","reachable":{"state":"False","reason":"Unreachable","message":"device acc-1: connect: iosxe: connect to acc-1: cli: acc-1: connect to 127.0.0.1:1: unreachable: dial tcp 127.0.0.1:1: connect: connection refused"},"facts":{},"observation":{"at":"0001-01-01T00:00:00Z"},"changed":"2026-11-28T11:22:46.641632233Z"}');
INSERT INTO device_states VALUES('acc-2','{"device":"acc-2","reachable":{"state":"False","reason":"Unreachable","message":"device acc-2: connect: iosxe: connect to acc-2: cli: acc-2: connect to sw2.example.net:1: unreachable: dial tcp: lookup sw2.example.net on 10.255.255.53:53: no such host"},"facts":{},"observation":{"at":"0001-01-01T00:00:00Z"},"changed":"2026-11-28T11:22:46.696553053Z"}');
INSERT INTO device_states VALUES('far-1','{"device":"far-1","reachable":{"state":"False","reason":"AuthenticationFailed","message":"device far-1: username: the environment has no NM_USER: authentication failed"},"facts":{},"observation":{"at":"0001-01-01T00:00:00Z"},"changed":"2026-11-28T11:22:46.706874678Z"}');
INSERT INTO device_states VALUES('ovs','{"device":"ovs","reachable":{"state":"False","reason":"Unreachable","message":"device ovs: connect: ovs: connect to ovs: ovsdb: unreachable: dial unix /nowhere/db.sock: connect: no such file or directory"},"facts":{},"observation":{"at":"0001-01-01T00:00:00Z"},"changed":"2026-11-28T11:22:46.743333559Z"}');
CREATE TABLE tools (
    name    TEXT   NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    doc     TEXT   NOT NULL
);
INSERT INTO tools VALUES('ids-1',1,'{"name":"ids-1","device":"acc-1","interface":"Gi1/0/23"}');
CREATE TABLE sessions (
    name TEXT NOT NULL PRIMARY KEY,
    doc  TEXT NOT NULL
);
CREATE TABLE placements (
    session TEXT NOT NULL REFERENCES sessions (name) ON DELETE CASCADE,
    device  TEXT NOT NULL,
    role    TEXT NOT NULL,
    doc     TEXT NOT NULL, collector TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (session, device, role)
);
CREATE TABLE natives (
    device    TEXT NOT NULL,
    mark      TEXT NOT NULL,
    native_id TEXT NOT NULL,
    doc       TEXT NOT NULL,
    PRIMARY KEY (device, mark),
    UNIQUE (device, native_id)
);
CREATE TABLE operations (
    id      TEXT   NOT NULL PRIMARY KEY,
    seq     BIGINT NOT NULL,
    session TEXT   NOT NULL,
    created BIGINT NOT NULL,
    is_open BIGINT NOT NULL,
    doc     TEXT   NOT NULL
);
CREATE TABLE events (
    seq BIGINT NOT NULL PRIMARY KEY,
    doc TEXT   NOT NULL
);
INSERT INTO events VALUES(1,'{"seq":1,"at":"2026-11-28T11:22:46.220294655Z","type":"DeviceStored","actor":"file","device":"from-file","message":"platform cisco_iosxe"}');
INSERT INTO events VALUES(2,'{"seq":2,"at":"2026-11-28T11:22:46.228801899Z","type":"DeviceUnreachable","actor":"system","device":"from-file","message":"device from-file: connect: iosxe: connect to from-file: cli: from-file: connect to 127.0.0.1:1: unreachable: dial tcp 127.0.0.1:1: connect: connection refused"}');
INSERT INTO events VALUES(3,'{"seq":3,"at":"2026-11-28T11:22:46.632366439Z","type":"DeviceStored","actor":"admin","device":"acc-1","message":"platform cisco_iosxe"}');
INSERT INTO events VALUES(4,'{"seq":4,"at":"2026-11-28T11:22:46.641651419Z","type":"DeviceUnreachable","actor":"system","device":"acc-1","message":"device acc-1: connect: iosxe: connect to acc-1: cli: acc-1: connect to 127.0.0.1:1: unreachable: dial tcp 127.0.0.1:1: connect: connection refused"}');
INSERT INTO events VALUES(5,'{"seq":5,"at":"2026-11-28T11:22:46.660919002Z","type":"DeviceStored","actor":"admin","device":"acc-2","message":"platform cisco_iosxe"}');
INSERT INTO events VALUES(6,'{"seq":6,"at":"2026-11-28T11:22:46.696582346Z","type":"DeviceUnreachable","actor":"system","device":"acc-2","message":"device acc-2: connect: iosxe: connect to acc-2: cli: acc-2: connect to sw2.example.net:1: unreachable: dial tcp: lookup sw2.example.net on 10.255.255.53:53: no such host"}');
INSERT INTO events VALUES(7,'{"seq":7,"at":"2026-11-28T11:22:46.700115062Z","type":"DeviceStored","actor":"admin","device":"far-1","message":"platform cisco_iosxe"}');
INSERT INTO events VALUES(8,'{"seq":8,"at":"2026-11-28T11:22:46.706901051Z","type":"DeviceUnreachable","actor":"system","device":"far-1","message":"device far-1: username: the environment has no NM_USER: authentication failed"}');
INSERT INTO events VALUES(9,'{"seq":9,"at":"2026-11-28T11:22:46.726494451Z","type":"DeviceStored","actor":"admin","device":"ovs","message":"platform openvswitch"}');
INSERT INTO events VALUES(10,'{"seq":10,"at":"2026-11-28T11:22:46.743352991Z","type":"DeviceUnreachable","actor":"system","device":"ovs","message":"device ovs: connect: ovs: connect to ovs: ovsdb: unreachable: dial unix /nowhere/db.sock: connect: no such file or directory"}');
INSERT INTO events VALUES(11,'{"seq":11,"at":"2026-11-28T11:22:47.823018458Z","type":"ToolStored","actor":"admin","device":"acc-1","message":"tool ids-1"}');
CREATE TABLE claims (
    device   TEXT   NOT NULL PRIMARY KEY,
    owner    TEXT   NOT NULL,
    epoch    BIGINT NOT NULL,
    deadline BIGINT NOT NULL
);
CREATE TABLE journal (
    device TEXT NOT NULL,
    tx     TEXT NOT NULL,
    doc    TEXT NOT NULL,
    PRIMARY KEY (device, tx)
);
CREATE TABLE host_keys (
    host TEXT NOT NULL PRIMARY KEY,
    doc  TEXT NOT NULL
);
CREATE TABLE tokens (
    id   TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    doc  TEXT NOT NULL
);
INSERT INTO tokens VALUES('tok-FHH6GVVDLZ','208bd3a586268d3420c2abd1eab5a2633e2f402151267194fd021583cb09edfb','{"id":"tok-FHH6GVVDLZ","name":"admin","access":"admin","created":"2026-11-28T11:22:46.212936893Z","hash":"208bd3a586268d3420c2abd1eab5a2633e2f402151267194fd021583cb09edfb"}');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('goose_db_version',3);
CREATE INDEX placements_by_device ON placements (device, session, role);
CREATE INDEX operations_by_session ON operations (session, created, seq);
CREATE INDEX operations_open ON operations (created, seq) WHERE is_open = 1;
CREATE INDEX placements_by_collector ON placements (collector, session, device, role) WHERE collector <> '';
COMMIT;
