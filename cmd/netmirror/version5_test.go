package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// version5 holds the configurations of the switches of the database of schema
// version 5: without its sessions, and as its controller left them when it was
// killed.
type version5 struct{ Before, Now map[string]string }

// newVersion5 is a controller on that database, not started yet, and its switches.
func newVersion5(t *testing.T) (*controller, []*lab.Switch, version5) {
	t.Helper()
	var v version5
	raw, err := os.ReadFile("testdata/version5.yaml")
	if err == nil {
		err = yaml.Unmarshal(raw, &v)
	}
	dump, err2 := os.ReadFile("../../internal/store/testdata/version5.sql")
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	var spec lab.Spec
	for i := range 3 {
		name := fmt.Sprintf("acc-%d", i)
		if i > 0 {
			spec.Fabric.Links = append(spec.Fabric.Links, lab.LinkSpec{A: fmt.Sprintf("acc-0:Gi1/0/%d", 14+i), B: name + ":Te1/1/1"})
		}
		// They have run since long before the database was written: none was
		// restarted since.
		since := time.Since(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
		spec.Fabric.Switches = append(spec.Fabric.Switches, lab.SwitchSpec{Name: name, Platform: "cisco_iosxe", Model: "C9300-48T",
			Ports:       []lab.PortSpec{{Name: "GigabitEthernet1/0/1-16"}, {Name: "TenGigabitEthernet1/1/1"}},
			Credentials: []lab.CredentialSpec{{Username: "netmirror", Password: "demo", Privilege: 15}}, SSH: lab.SSHSpec{HostKeySeed: fmt.Sprint("key", i)},
			Uptime: lab.Duration(max(since, 1000*time.Hour)), Config: v.Now[name]})
	}
	l, err := lab.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	text := string(dump)
	for i, former := range []string{"39579", "37033", "43085"} {
		_, port, _ := strings.Cut(l.Switches()[i].Addr(), ":")
		text = strings.NewReplacer(`"port":`+former, `"port":`+port, "127.0.0.1:"+former, "127.0.0.1:"+port).Replace(text)
	}
	c := newController(t, "--resync", "1h")
	c.token = "nmt_ALBBWDKLMZA4FZD7PIIKAQ6NKMRK2O5CLZ2SDLEJK6TI5NJ36HYN"
	db, err := sql.Open("sqlite", filepath.Join(c.data, "netmirror.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(c.data, "netmirror.db"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	return c, l.Switches(), v
}

// TestADatabaseOfVersion5IsGoneOnWith: what its controller had under way when it
// was killed is settled, no switch is told anything, every session is known by the
// mark that it had, and goes as if it had been made today, footings and all.
func TestADatabaseOfVersion5IsGoneOnWith(t *testing.T) {
	t.Parallel()
	c, switches, configs := newVersion5(t)
	now := map[string]string{}
	for _, sw := range switches {
		now[sw.Name()] = sw.RunningConfig()
	}
	c.start("NM_PW=demo")
	sessions := map[string]string{"local": "nm-vcqn64rqx6", "shared": "nm-vcqn64rqx6", "far": "nm-zitzpemfzu", "forced": "nm-k5srcs3mpx",
		"tunnel": "nm-ubju5ukqko", "cut": "nm-jmixfuhsed", "moved": "nm-vq3vg2i7sn"}
	for name, mark := range sessions {
		testkit.Eventually(t, patience, name+" is held as asked", func() bool {
			s := c.session(name).Status
			return s.Phase == "Active" && s.ObservedGeneration == s.Generation
		})
		if a := c.call("GET", "/sessions/"+name, "", 200).String(); !strings.Contains(a, `"mark":"`+mark+`"`) {
			t.Errorf("%s is not known as %s: %s", name, mark, a)
		}
	}
	testkit.Eventually(t, patience, "no push is unfinished", func() bool { return (&fleet{controller: c}).unfinished() == 0 })
	for _, sw := range switches {
		if lines := sw.Stats().ConfigLines; lines != 0 || sw.RunningConfig() != now[sw.Name()] {
			t.Errorf("%s was sent %d lines:\n%s", sw.Name(), lines, lineDiff(now[sw.Name()], sw.RunningConfig()))
		}
	}
	// One destination is renamed, the others go.
	c.call("PUT", "/sessions/cut", `{"sources":[{"device":"acc-2","interface":"Gi1/0/3"}],"destinations":[{"device":"acc-2","interface":"Gi1/0/10"}]}`, 200)
	if a := c.reach("cut", "Active"); a.Status.ObservedGeneration != a.Status.Generation {
		t.Errorf("%+v", a)
	}
	for name := range sessions {
		c.call("DELETE", "/sessions/"+name, "", 204)
	}
	header := regexp.MustCompile(`(?m)^(Building|Current|!|version|\s*$).*\n?`)
	for _, sw := range switches {
		want, got := header.ReplaceAllString(configs.Before[sw.Name()], ""), header.ReplaceAllString(sw.RunningConfig(), "")
		if want != got {
			t.Errorf("%s is not as it was:\n%s", sw.Name(), lineDiff(want, got))
		}
	}
}
