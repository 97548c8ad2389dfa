package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/testkit"
)

// earlier makes a data folder of a controller without profiles: a dump of the
// database that it wrote, with two devices at the addresses given. It returns the
// admin's token.
func earlier(t *testing.T, data string, addrs ...string) (token string) {
	t.Helper()
	raw, err := os.ReadFile("testdata/before-profiles.sql")
	if err != nil {
		t.Fatal(err)
	}
	dump := string(raw)
	for i, name := range []string{"acc-1", "far-1"} {
		_, port, _ := strings.Cut(addrs[i], ":")
		lines := strings.Split(dump, "\n")
		for j, l := range lines {
			if strings.HasPrefix(l, "INSERT INTO devices VALUES('"+name) {
				lines[j] = strings.NewReplacer(`"port":1,`, `"port":`+port+`,`, "jumper@127.0.0.1:2", "netmirror@127.0.0.1:"+port).Replace(l)
			}
		}
		dump = strings.Join(lines, "\n")
	}
	db, err := sql.Open("sqlite", filepath.Join(data, "netmirror.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), dump); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(data, "netmirror.db"), 0o600); err != nil {
		t.Fatal(err)
	}
	return "nmt_LPGBTK3YY4RM2CJNQGOL3RHLQMNWXL4QHJV3E2ZQ7FBO464FADEP"
}

// TestReferencesOfAnEarlierVersionBecomeProfiles, bound to where they went, and
// are not used before.
func TestReferencesOfAnEarlierVersionBecomeProfiles(t *testing.T) {
	t.Parallel()
	row := newRow(t, 2)
	c := newController(t)
	c.token = earlier(t, c.data, row[0].Addr(), row[1].Addr())
	c.start("NM_PW=demo", "NM_EN=unused", "NM_USER=netmirror")
	testkit.Eventually(t, patience, "the device says what to do", func() bool {
		a := c.call("GET", "/devices/acc-1", "", 200).String()
		return strings.Contains(a, "CredentialsNotMigrated") && strings.Contains(a, "netmirror credentials migrate")
	})
	if a := c.call("POST", "/devices/acc-1:check", "", 200).String(); !strings.Contains(a, `"ok":false`) {
		t.Errorf("check: %s", a)
	}
	if n := row[0].Stats().Logins; n != 0 {
		t.Errorf("%d logins with references of the store", n)
	}
	// Another part of the entry can be changed; another address loses them.
	c.call("PATCH", "/devices/acc-1", `{"labels":{"a":"b"}}`, 200)
	c.call("PATCH", "/devices/acc-2", `{"transports":{"config":{"address":"192.0.2.66"}}}`, 200)
	if a := c.call("GET", "/devices/acc-2", "", 200).String(); strings.Contains(a, "env:") {
		t.Errorf("%s", a)
	}
	dry, err := c.cli("", "credentials", "migrate", "--dry-run", "--data", c.data)
	if err != nil {
		t.Fatalf("%v %s", err, dry)
	}
	if left, err := os.ReadDir(filepath.Join(c.data, "credentials")); err == nil {
		t.Errorf("a dry run wrote %v", left)
	}
	out, err := c.cli("", "credentials", "migrate", "--data", c.data)
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	want := `credentials profile far made, for 192.0.2.7, 127.0.0.1: user name env:NM_USER, password file:/run/secrets/far, private key file:/run/secrets/far.pem
credentials profile far-2 made, for 127.0.0.1: user name netmirror, password file:/run/secrets/far, private key file:/run/secrets/far.pem
credentials profile nm-pw made, for 127.0.0.1: user name netmirror, password env:NM_PW, enable secret env:NM_EN
device acc-1: nm-pw
device far-1: far, far-2
device from-file: its inventory file holds its references; nothing to do but to start the controller with it
`
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	if strings.ReplaceAll(dry, "would be made", "made") != out {
		t.Errorf("the dry run said\n%s", dry)
	}
	testkit.Eventually(t, patience, "the device is reached", func() bool { return c.reachable("acc-1") })
	var far struct {
		Spec struct {
			Transports struct {
				Config struct {
					Credentials string
					JumpHost    struct{ Address, Credentials string }
				}
			}
		}
	}
	c.call("GET", "/devices/far-1", "", 200).into(t, &far)
	if got := far.Spec.Transports.Config; got.Credentials != "far" || got.JumpHost.Address != row[1].Addr() || got.JumpHost.Credentials != "far-2" {
		t.Errorf("far-1 %+v", got)
	}
	again, err := c.cli("", "credentials", "migrate", "--data", c.data)
	if err != nil || strings.Contains(again, "made") {
		t.Errorf("again: %v %s", err, again)
	}
}
