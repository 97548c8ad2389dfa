package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// alertOf is what Alertmanager sends of a port.
func alertOf(port string) string {
	return fmt.Sprintf(`{"version":"4","status":"firing","alerts":[{"status":"firing","labels":{"device":"acc-1","ifName":%q}}]}`, port)
}

// besideTheDemosSwitch starts the simulated switches of the demo and a controller that has
// their login, and gives acc-1, which it was not told of yet.
func besideTheDemosSwitch(t *testing.T) (*controller, *lab.Switch) {
	t.Helper()
	spec, err := lab.Load(bytes.NewReader(demoFabric))
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	c := newController(t)
	c.start("DEMO_PASSWORD=demo", "DEMO_ENABLE=demo-enable")
	c.profile("demo", "--username", "netmirror", "--password", "env:DEMO_PASSWORD", "--enable", "env:DEMO_ENABLE")
	return c, l.Switch("acc-1")
}

// TestAnAlertMirrorsItsPort: an alert brings its port to the tool, again renews, ends with
// its lease, and is bounded by the ports that are allowed and by the rate.
func TestAnAlertMirrorsItsPort(t *testing.T) {
	t.Parallel()
	c, sw := besideTheDemosSwitch(t)
	host, port, err := net.SplitHostPort(sw.Addr())
	if err != nil {
		t.Fatal(err)
	}
	c.call("PUT", "/devices/acc-1", fmt.Sprintf(`{"platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":%q,"port":%s,"credentials":"demo"}}}`, host, port), 201)
	before := monitorLines(sw)
	trigger := func(lease string) string {
		return fmt.Sprintf(`{"format":"alertmanager","from":{"device":{"path":"labels.device"},"interface":{"path":"labels.ifName"}},
			"allow":[{"devices":["acc-1"],"interfaces":["Gi1/0/5-9"]}],"lease":%q,"rate":2,
			"session":{"sources":[{"device":"{device}","interface":"{interface}"}],"destinations":[{"device":"acc-1","interface":"Gi1/0/23"}]}}`, lease)
	}
	c.call("PUT", "/triggers/errors", trigger("1h"), 201)
	admin := c.token
	out, err := c.cli("", "token", "create", "alerts", "--role", "trigger", "--trigger", "errors", "--data", c.data)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fire := func(port string, want ...int) (result, session string) {
		t.Helper()
		c.token = strings.TrimSpace(out)
		defer func() { c.token = admin }()
		var answer struct {
			Alerts []struct{ Result, Session string }
		}
		a := c.call("POST", "/triggers/errors", alertOf(port), want...)
		if a.status != 200 {
			return "", ""
		}
		a.into(t, &answer)
		return answer.Alerts[0].Result, answer.Alerts[0].Session
	}

	result, name := fire("Gi1/0/5", 200)
	if result != "started" {
		t.Fatalf("the first alert: %s", result)
	}
	c.reach(name, "Active")
	if held := monitorLines(sw); !strings.Contains(held, "Gi1/0/5") {
		t.Errorf("the switch holds\n%s", held)
	}
	if result, again := fire("Gi1/0/5", 200); result != "renewed" && result != "ignored" || again != name {
		t.Errorf("the same alert again: %s of %s", result, again)
	}
	if result, _ := fire("Gi1/0/14", 200); result != "refused" {
		t.Errorf("a port that is not allowed: %s", result)
	}
	c.call("DELETE", "/sessions/"+name, "", 202, 204)

	c.call("PUT", "/triggers/errors", trigger("2s"), 200)
	result, name = fire("Gi1/0/6", 200)
	if result != "started" {
		t.Fatalf("the second start: %s", result)
	}
	c.reach(name, "Expired")
	testkit.Eventually(t, patience, "the switch holds what it held before", func() bool { return monitorLines(sw) == before })
	fire("Gi1/0/7", 429)
}

// TestAnAlertOfASwitchThatIsAway: it is answered at once and says what it waits for, is
// renewed while it waits, and its end leaves nothing on the switch.
func TestAnAlertOfASwitchThatIsAway(t *testing.T) {
	t.Parallel()
	c, sw := besideTheDemosSwitch(t)
	g := newGate(t, sw)
	host, port, err := net.SplitHostPort(g.addr)
	if err != nil {
		t.Fatal(err)
	}
	c.call("PUT", "/devices/acc-1", fmt.Sprintf(`{"platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":%q,"port":%s,"credentials":"demo"}}}`, host, port), 201)
	before := monitorLines(sw)
	trigger := func(lease string) {
		c.call("PUT", "/triggers/errors", fmt.Sprintf(`{"format":"alertmanager","from":{"device":{"path":"labels.device"},"interface":{"path":"labels.ifName"}},
			"allow":[{"devices":["acc-1"],"interfaces":["Gi1/0/5-9"]}],"lease":%q,
			"session":{"onUnreachable":"queue","sources":[{"device":"{device}","interface":"{interface}"}],"destinations":[{"device":"acc-1","interface":"Gi1/0/23"}]}}`, lease), 200, 201)
	}
	type fired struct{ Result, Session, Waiting, Expires string }
	fire := func(port string) fired {
		t.Helper()
		began := time.Now()
		var answer struct{ Alerts []fired }
		c.call("POST", "/triggers/errors", alertOf(port), 200).into(t, &answer)
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("the answer took %v", took)
		}
		return answer.Alerts[0]
	}
	trigger("20s")
	first := fire("Gi1/0/5")
	if first.Result != "started" || first.Waiting == "" || first.Expires == "" {
		t.Fatalf("the first alert: %+v", first)
	}
	c.reach(first.Session, "Pending")
	testkit.Eventually(t, patience, "an alert renews what waits", func() bool {
		again := fire("Gi1/0/5")
		return again.Result == "renewed" && again.Waiting != "" && again.Expires > first.Expires
	})
	c.reach(first.Session, "Expired")
	g.open()
	trigger("1h")
	second := fire("Gi1/0/6")
	if second.Result != "started" {
		t.Fatalf("of a switch that is back: %+v", second)
	}
	c.reach(second.Session, "Active")
	if held := monitorLines(sw); strings.Contains(held, "Gi1/0/5") || !strings.Contains(held, "Gi1/0/6") {
		t.Errorf("the switch holds\n%s", held)
	}
	c.call("DELETE", "/sessions/"+second.Session, "", 202, 204)
	testkit.Eventually(t, patience, "the switch holds what it held before", func() bool { return monitorLines(sw) == before })
}

// TestAlertmanagerTakesTheReceiver: what the page of triggers shows is a configuration.
func TestAlertmanagerTakesTheReceiver(t *testing.T) {
	testkit.Need(t, "amtool")
	page, err := os.ReadFile(filepath.Join(testkit.Root(t), "docs", "triggers.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)file=alertmanager.yml -->\n```yaml\n(.*?)```").FindSubmatch(page)
	if block == nil {
		t.Fatal("the page has no configuration of Alertmanager")
	}
	path := filepath.Join(t.TempDir(), "alertmanager.yml")
	if err := os.WriteFile(path, block[1], 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command("amtool", "check-config", path).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}
