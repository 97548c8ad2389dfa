package store

import (
	"context"
	"database/sql"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/pressly/goose/v3"
)

// version2 makes a database as the version without profiles did.
func version2(t *testing.T, path string, rows ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err == nil {
		_, err = p.UpTo(context.Background(), 2)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if _, err := db.ExecContext(t.Context(), row); err != nil {
			t.Fatalf("%s: %v", row, err)
		}
	}
}

func TestReferencesOfAnEarlierVersionAreSetAside(t *testing.T) {
	path := dbPath(t)
	const leak = `device d: connect: cli: d: log in to 192.0.2.1:22: authentication failed as root:x:0:0 <&>: ssh: no`
	version2(t, path,
		`INSERT INTO devices VALUES ('a', 7, '{"name":"a","platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":"192.0.2.1","credentials":{"username":"u","password":"env:PW"},"jumpHost":"j@192.0.2.9:22"},"counters":{"protocol":"snmp","address":"192.0.2.1"}},"nativeIds":{"from":1,"to":66},"mode":"full","persist":"never","managedBy":"api"}')`,
		`INSERT INTO devices VALUES ('b', 1, '{"name":"b","platform":"openvswitch","transports":{"config":{"protocol":"ovsdb","address":"/run/db.sock","bridge":"br0"}},"mode":"full","persist":"never","managedBy":"api"}')`,
		`INSERT INTO devices VALUES ('c', 1, '{"name":"c","platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":"192.0.2.3","jumpHost":"192.0.2.9"}},"mode":"full","persist":"never","managedBy":"api"}')`,
		`INSERT INTO device_states VALUES ('a', '{"device":"a","reachable":{"state":"False","reason":"AuthenticationFailed","message":"`+leak+`"},"facts":{},"observation":{"at":"0001-01-01T00:00:00Z"},"changed":"2026-01-01T00:00:00Z"}')`,
		`INSERT INTO events VALUES (1, '{"seq":1,"at":"2026-01-01T00:00:00Z","type":"DeviceUnreachable","actor":"system","device":"a","message":"`+leak+`"}')`,
		`INSERT INTO events VALUES (2, '{"seq":2,"at":"2026-01-01T00:00:00Z","type":"DeviceStored","actor":"u","message":"platform x"}')`,
		`INSERT INTO sessions VALUES ('s', '{"session":{"name":"s","description":"authentication failed as usual"}}')`,
		`INSERT INTO placements (session, device, role, doc) VALUES ('s', 'a', 'local', '{"session":"s","device":"a","role":"local","configured":{"state":"Unknown","message":"`+leak+`"}}')`,
		`INSERT INTO operations VALUES ('op-1', 1, 's', 1, 0, '{"id":"op-1","session":"s","steps":[{"message":"`+leak+`"}],"message":"`+leak+`"}')`)
	s := openAt(t, path)
	former := &mirror.FormerCredentials{Username: "u", Password: "env:PW", JumpHost: "j@192.0.2.9:22"}
	view(t, s, func(tx mirror.Tx) error {
		for _, want := range []mirror.Device{
			{Name: "a", Platform: "cisco_iosxe", Mode: "full", Persist: "never", ManagedBy: "api", NativeIDs: &mirror.IDRange{From: 1, To: 66}, Transports: mirror.Transports{
				Config:   mirror.Transport{Protocol: "cli", Address: "192.0.2.1", Former: former},
				Counters: &mirror.Transport{Protocol: "snmp", Address: "192.0.2.1"}}},
			{Name: "b", Platform: "openvswitch", Mode: "full", Persist: "never", ManagedBy: "api", Transports: mirror.Transports{
				Config: mirror.Transport{Protocol: "ovsdb", Address: "/run/db.sock", Bridge: "br0"}}},
			{Name: "c", Platform: "cisco_iosxe", Mode: "full", Persist: "never", ManagedBy: "api", Transports: mirror.Transports{
				Config: mirror.Transport{Protocol: "cli", Address: "192.0.2.3", Former: &mirror.FormerCredentials{JumpHost: "192.0.2.9"}}}},
		} {
			got, _, err := tx.Device(want.Name)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s: %v %s", want.Name, err, diff)
			}
		}
		if _, version, _ := tx.Device("a"); version != 7 {
			t.Errorf("version %d: its ETag has changed", version)
		}
		session, err := tx.Session("s")
		if err != nil || session.Session.Description != "authentication failed as usual" {
			t.Errorf("a user's own words were changed: %+v %v", session, err)
		}
		return nil
	})
	rows, err := s.reads.QueryContext(t.Context(), `SELECT doc FROM device_states UNION SELECT doc FROM events UNION SELECT doc FROM placements UNION SELECT doc FROM operations`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	docs := 0
	for ; rows.Next(); docs++ {
		var doc string
		if err := rows.Scan(&doc); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(doc, "root:") {
			t.Errorf("still there: %s", doc)
		}
	}
	if rows.Err() != nil || docs != 5 {
		t.Errorf("%d documents, %v", docs, rows.Err())
	}
}
