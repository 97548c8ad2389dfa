package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// newRow starts n small switches with one account.
func newRow(t *testing.T, n int) []*lab.Switch {
	t.Helper()
	var spec lab.Spec
	for i := range n {
		spec.Fabric.Switches = append(spec.Fabric.Switches, lab.SwitchSpec{Name: fmt.Sprintf("acc-%d", i), Platform: "cisco_iosxe", Model: "C9300-24T",
			Credentials: []lab.CredentialSpec{{Username: "netmirror", Password: "demo", Privilege: 15}}, SSH: lab.SSHSpec{HostKeySeed: fmt.Sprint("row", i), Auth: []string{"password"}}, // so that one refused login counts once
			Uptime: lab.Duration(1000 * time.Hour)})
	}
	l, err := lab.Start(context.Background(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l.Switches()
}

func failures(row []*lab.Switch) (total int64) {
	for _, sw := range row {
		total += sw.Stats().LoginFailures
	}
	return total
}

func (c *controller) putRow(row []*lab.Switch) {
	c.t.Helper()
	for _, sw := range row {
		c.call("PUT", "/devices/"+sw.Name(), cliDevice("127.0.0.1", sw.Addr(), `"campus"`), 201)
	}
}

func (c *controller) reachable(name string) bool {
	a, err := c.try("GET", "/devices/"+name, "")
	return err == nil && strings.Contains(a.String(), `"reason":"Read"`)
}

const oneOfRow = `{"sources":[{"device":"acc-2","interface":"Gi1/0/1"}],"destinations":[{"device":"acc-2","interface":"Gi1/0/23"}]}`

// TestAStalePasswordLocksNoAccount: few attempts, then none, whoever asks, over a
// restart; a release or another password lets it go on at once.
func TestAStalePasswordLocksNoAccount(t *testing.T) {
	t.Parallel()
	row := newRow(t, 6)
	c := newController(t)
	c.start("NM_PW=stale")
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	c.putRow(row)
	paused := func() bool {
		return strings.Contains(c.call("GET", "/credentials", "", 200).String(), "and nobody accepted it")
	}
	testkit.Eventually(t, patience, "the profile is paused", paused)
	n := failures(row)
	if n < 2 || n > 3 { // one switch may have been tried again before the second refused
		t.Errorf("%d refused logins on six switches", n)
	}
	silent := func(what string) {
		t.Helper()
		for _, sw := range row {
			if a, err := c.try("POST", "/devices/"+sw.Name()+":sync", ""); err != nil || a.status != 422 || !strings.Contains(a.String(), "netmirror credentials release campus") {
				t.Errorf("%s: %s %v", what, a, err)
			}
		}
		a := c.call("PUT", "/sessions/s", oneOfRow, 422)
		if !strings.Contains(a.String(), "credentials-unusable") {
			t.Errorf("%s: a user's write: %s", what, a)
		}
		if now := failures(row); now != n {
			t.Errorf("%s: %d more logins while paused", what, now-n)
		}
	}
	silent("paused")
	if a := c.call("GET", "/devices/acc-5", "", 200).String(); !strings.Contains(a, "CredentialsPaused") {
		t.Errorf("condition: %s", a)
	}
	if a := c.call("POST", "/devices/acc-5:check", "", 200).String(); !strings.Contains(a, `"ok":false`) || !strings.Contains(a, `"credentials"`) {
		t.Errorf("check: %s", a)
	}
	c.kill()
	c.start("NM_PW=stale")
	silent("after a restart")

	out, err := c.cli("", "credentials", "release", "campus", "--data", c.data)
	if err != nil || !strings.Contains(out, "logins go on") {
		t.Fatalf("%v %s", err, out)
	}
	testkit.Eventually(t, patience, "it is tried again, and paused again", func() bool { return failures(row) > n && paused() })
	if more := failures(row) - n; more > 3 {
		t.Errorf("%d refused logins after a release", more)
	}
	n = failures(row)
	if out, err := c.cli("demo\n", "credentials", "set", "campus", "--data", c.data, "--for", "127.0.0.0/8", "--username", "netmirror"); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	for _, sw := range row {
		testkit.Eventually(t, patience, sw.Name()+" is reached with the new password", func() bool { return c.reachable(sw.Name()) })
	}
	c.call("PUT", "/sessions/s", oneOfRow, 201)
	if now := failures(row); now != n {
		t.Errorf("%d more refused logins with the right password", now-n)
	}
	events := c.call("GET", "/events?limit=500", "", 200).String()
	for _, want := range []string{"TokenCreated", "CredentialsSet", "CredentialsPaused", "CredentialsReleased", "CredentialsChanged"} {
		if !strings.Contains(events, want) {
			t.Errorf("no event %s: %s", want, events)
		}
	}
}

// TestOneSwitchThatRefusesPausesItselfAlone: a switch with another password is
// tried twice and stops nobody else.
func TestOneSwitchThatRefusesPausesItselfAlone(t *testing.T) {
	t.Parallel()
	row := newRow(t, 3)
	odd := row[2]
	if err := odd.UpdateFaults(func(f *lab.Faults) { f.WrongPassword = true }); err != nil {
		t.Fatal(err)
	}
	c := newController(t)
	c.start("NM_PW=demo")
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	c.putRow(row)
	var a answer
	testkit.Eventually(t, patience, "the switch is paused", func() bool {
		var err error
		a, err = c.try("POST", "/devices/acc-2:sync", "")
		return err == nil && a.status == 422
	})
	for range 3 {
		c.call("PUT", "/sessions/s", oneOfRow, 422)
	}
	if n := odd.Stats().LoginFailures; n != 2 {
		t.Errorf("%d logins on a switch that refuses", n)
	}
	for _, sw := range row[:2] {
		sw.DropConnections()
		testkit.Eventually(t, patience, "the others go on", func() bool {
			a, err := c.try("POST", "/devices/"+sw.Name()+":sync", "")
			return err == nil && a.status == 200
		})
	}
	if list := c.call("GET", "/credentials", "", 200).String(); !strings.Contains(list, odd.Addr()) || strings.Contains(list, "nobody accepted it") {
		t.Errorf("pauses %s", list)
	}
	if out, err := c.cli("", "get", "credentials", "-o", "wide"); err != nil || !strings.Contains(out, "127.0.0.0/8") || !strings.Contains(out, "paused: 2 logins were refused") {
		t.Errorf("%v %s", err, out)
	}
	out, err := c.cli("", "credentials", "list", "--data", c.data)
	if err != nil || !strings.Contains(out, "paused at "+odd.Addr()) {
		t.Errorf("%v %s", err, out)
	}
	if err := odd.UpdateFaults(func(f *lab.Faults) { f.WrongPassword = false }); err != nil {
		t.Fatal(err)
	}
	if out, err := c.cli("", "credentials", "release", "campus", "--data", c.data); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	testkit.Eventually(t, patience, "it goes on by itself", func() bool { return c.reachable("acc-2") })
}

// TestCredentialsOfTheInventory: the host's own file may hold references, which
// stay out of the store, and names of profiles.
func TestCredentialsOfTheInventory(t *testing.T) {
	t.Parallel()
	row := newRow(t, 2)
	path := filepath.Join(t.TempDir(), "inventory.yaml")
	entry := func(sw *lab.Switch, credentials string) string {
		_, port, _ := net.SplitHostPort(sw.Addr())
		return fmt.Sprintf("- {name: %s, platform: cisco_iosxe, transports: {config: {protocol: cli, address: 127.0.0.1, port: %s, credentials: %s}}}\n", sw.Name(), port, credentials)
	}
	text := "devices:\n" + entry(row[0], `{username: netmirror, password: "env:NM_PW"}`) + entry(row[1], "campus")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newController(t, "--inventory", path)
	c.start("NM_PW=demo")
	testkit.Eventually(t, patience, "acc-0 is reached", func() bool { return c.reachable("acc-0") })
	if a := c.call("GET", "/devices/acc-1", "", 200).String(); !strings.Contains(a, "CredentialsUnknown") {
		t.Errorf("a profile that is made later: %s", a)
	}
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	testkit.Eventually(t, patience, "acc-1 is reached", func() bool { return c.reachable("acc-1") })
	var d struct {
		Spec struct {
			Transports struct{ Config struct{ Credentials string } }
		}
	}
	a := c.call("GET", "/devices/acc-0", "", 200)
	a.into(t, &d)
	held := d.Spec.Transports.Config.Credentials
	if !strings.HasPrefix(held, "inventory/nm-pw-") || strings.Contains(a.String(), "env:") {
		t.Errorf("device %s", a)
	}
	// An entry of the API cannot lay hands on it.
	if a, err := c.try("PUT", "/devices/mine", cliDevice("127.0.0.1", row[0].Addr(), fmt.Sprintf("%q", held))); err != nil || a.status != 400 {
		t.Errorf("%s %v", a, err)
	}
	c.call("PATCH", "/devices/acc-0", `{"maintenance":true}`, 409)
	c.stop()
	raw, err := os.ReadFile(filepath.Join(c.data, "netmirror.db"))
	if err != nil || bytes.Contains(raw, []byte("env:NM_PW")) {
		t.Errorf("the store holds the reference: %v", err)
	}
}

func TestTokensThatComeAndGoAreEvents(t *testing.T) {
	t.Parallel()
	c := newController(t)
	c.start()
	out, err := c.cli("", "token", "create", "ci", "--role", "operator", "--data", c.data)
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	bearer := strings.TrimSpace(out)
	list, err := c.cli("", "token", "list", "--data", c.data)
	if err != nil {
		t.Fatalf("%v %s", err, list)
	}
	for _, line := range strings.Split(list, "\n") {
		if f := strings.Fields(line); len(f) > 1 && f[1] == "ci" {
			if out, err := c.cli("", "token", "revoke", f[0], "--data", c.data); err != nil {
				t.Fatalf("%v %s", err, out)
			}
		}
	}
	var events struct {
		Items []struct{ Type, Actor, Message string }
	}
	c.call("GET", "/events", "", 200).into(t, &events)
	var told []string
	for _, e := range events.Items {
		if strings.HasPrefix(e.Type, "Token") {
			told = append(told, e.Type+" by "+e.Actor+": "+e.Message)
		}
	}
	all := strings.Join(told, "\n")
	if len(told) != 3 || !strings.Contains(told[1], `TokenCreated by host: token tok-`) || !strings.Contains(told[1], `"ci", role operator`) ||
		!strings.Contains(told[2], "TokenRevoked by host") || strings.Contains(all, bearer) {
		t.Errorf("events\n%s", all)
	}
}

func TestCredentialsCommands(t *testing.T) {
	t.Parallel()
	c := newController(t) // that never starts: they work without one
	k := func(stdin string, args ...string) (string, error) {
		return c.cli(stdin, append([]string{"credentials", "--data", c.data}, args...)...)
	}
	secret := filepath.Join(t.TempDir(), "pw")
	if err := os.WriteFile(secret, []byte("env:looks-like-one\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []struct {
		args []string
		want string
	}{
		{[]string{"set", "a", "--username", "u"}, "for"},
		{[]string{"set", "a", "--for", "any", "--username", "u", "--password", "hunter2"}, "never a value"},
		{[]string{"set", "a", "--for", "10.1.1.1/8", "--username", "u", "--password", "env:X"}, "did you mean 10.0.0.0/8"},
		{[]string{"set", "a", "--for", "any", "--username", "u"}, "no password"},
		{[]string{"set", "A", "--for", "any", "--username", "u", "--password", "env:X"}, "is no name: 1 to 63"},
		{[]string{"set", "a", "--for", "any", "--username", "u", "--password", "env:X", "--password-file", secret}, "exclude"},
		{[]string{"set", "a", "--for", "any"}, "--username is needed"},
		{[]string{"set", "a", "--for", "any", "--snmp", "1"}, "--snmp must be 2c or 3"},
		{[]string{"set", "a", "--for", "any", "--snmp", "2c"}, "no SNMP community"},
		{[]string{"set", "a", "--for", "any", "--snmp", "2c", "--username", "u"}, "are of version 3"},
		{[]string{"set", "a", "--for", "any", "--snmp", "2c", "--community", "hunter2"}, "never a value"},
		{[]string{"set", "a", "--for", "any", "--snmp", "2c", "--password", "env:X"}, "--password is of a login"},
		{[]string{"set", "a", "--for", "any", "--snmp", "3"}, "--username is needed"},
		{[]string{"set", "a", "--for", "any", "--snmp", "3", "--username", "u"}, "--auth must be one of md5"},
		{[]string{"set", "a", "--for", "any", "--snmp", "3", "--username", "u", "--auth", "sha", "--privacy", "aes"}, "--privacy must be one of des"},
		{[]string{"set", "a", "--for", "any", "--snmp", "3", "--username", "u", "--auth", "sha", "--privacy-password", "env:X"}, "--privacy-password needs version 3 and --privacy"},
		{[]string{"set", "a", "--for", "any", "--snmp", "3", "--username", "u", "--auth", "sha", "--community", "env:X"}, "--community is of version 2c"},
		{[]string{"remove", "a"}, "there is no credentials profile"},
		{[]string{"release", "a"}, "there is no credentials profile"},
		{[]string{"migrate"}, "no database"},
	} {
		out, err := k("", bad.args...)
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "there is no profile", "there is no credentials profile"), bad.want) || strings.Contains(out+err.Error(), "hunter2") {
			t.Errorf("%v: %v %s; want %q", bad.args, err, out, bad.want)
		}
	}
	for _, good := range []struct {
		stdin string
		args  []string
	}{
		{"pw-1\nen-1\n", []string{"set", "asked", "--for", "10.0.0.0/8,sw1.example.net", "--for", "2001:db8::1", "--username", "u"}},
		{"", []string{"set", "copied", "--for", "any", "--username", "env:NM_USER", "--password-file", secret, "--enable", "file:/run/enable"}},
		{"public-1\n", []string{"set", "old", "--for", "any", "--snmp", "2c"}},
		{"auth-pw-1\nprivacy-pw-1\n", []string{"set", "new", "--for", "any", "--snmp", "3", "--username", "u", "--auth", "sha256", "--privacy", "aes256-c"}},
		{"", []string{"set", "plain", "--for", "any", "--snmp", "3", "--username", "env:NM_USER", "--auth", "md5", "--auth-password-file", secret}},
		{"", []string{"set", "keyed", "--for", "any", "--username", "u", "--key-file", secret}},
	} {
		if out, err := k(good.stdin, good.args...); err != nil || strings.Contains(out, "pw-1") || !strings.Contains(out, "it is in "+c.data+", where no controller has its database yet; --data or NETMIRROR_DATA") {
			t.Errorf("%v: %v %s", good.args, err, out)
		}
	}
	for name, want := range map[string]string{
		"asked":  "for: [10.0.0.0/8, sw1.example.net, '2001:db8::1']\nusername: u\npassword: pw-1\nenable: en-1\n",
		"copied": "for: [any]\nusername: env:NM_USER\npassword: value:env:looks-like-one\nenable: file:/run/enable\n",
		"old":    "for: [any]\nsnmp:\n  community: public-1\n",
		"new":    "for: [any]\nsnmp:\n  username: u\n  auth: sha256\n  authPassword: auth-pw-1\n  privacy: aes256-c\n  privacyPassword: privacy-pw-1\n",
		"plain":  "for: [any]\nsnmp:\n  username: env:NM_USER\n  auth: md5\n  authPassword: value:env:looks-like-one\n",
		"keyed":  "for: [any]\nusername: u\nkey: value:env:looks-like-one\n",
	} {
		raw, err := os.ReadFile(filepath.Join(c.data, "credentials", name+".yaml"))
		if err != nil || string(raw) != want {
			t.Errorf("%s: %v\n%s", name, err, raw)
		}
	}
	out, err := k("", "list")
	if err != nil || !strings.Contains(out, "10.0.0.0/8, sw1.example.net, 2001:db8::1") || strings.Contains(out, "pw-1") || strings.Contains(out, "public") || strings.Count(out, "ok") != 6 {
		t.Errorf("%v\n%s", err, out)
	}
	for _, args := range [][]string{{"remove", "keyed"}, {"release", "asked"}} {
		if out, err := k("", args...); err != nil {
			t.Errorf("%v: %v %s", args, err, out)
		}
	}
	if out, _ := k("", "list"); strings.Contains(out, "keyed") {
		t.Errorf("still there\n%s", out)
	}
	elsewhere := t.TempDir()
	if out, err := k("pw\n", "set", "away", "--credentials-dir", elsewhere, "--for", "any", "--username", "u"); err != nil || strings.Contains(out, "database") {
		t.Errorf("%v %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(elsewhere, "away.yaml")); err != nil {
		t.Error(err)
	}
}
