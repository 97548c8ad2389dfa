package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// startLab starts the switches of a description; they end with the test.
func startLab(t *testing.T, description string) *lab.Lab {
	t.Helper()
	spec, err := lab.Load(strings.NewReader(description))
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// campus is a controller over the simulated switches of the demo.
type campus struct {
	*controller
	acc *lab.Switch
}

func newCampus(t *testing.T, args ...string) *campus {
	t.Helper()
	return newCampusTypedTo(t, "auto", args...)
}

// newCampusTypedTo is newCampus with a setting of typeAhead.
func newCampusTypedTo(t *testing.T, typeAhead string, args ...string) *campus {
	t.Helper()
	l := startLab(t, string(demoFabric))
	c := &campus{newController(t, args...), l.Switch("acc-1")}
	c.start("NM_PW=demo", "NM_EN=demo-enable")
	host, port, err := net.SplitHostPort(c.acc.Addr())
	if err != nil {
		t.Fatal(err)
	}
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW", "--enable", "env:NM_EN")
	c.call("PUT", "/devices/acc-1", fmt.Sprintf(`{"platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":%q,"port":%s,"credentials":"campus","typeAhead":%q}}}`, host, port, typeAhead), 201)
	return c
}

const phones = `{"sources":[{"device":"acc-1","interface":"Gi1/0/14"},{"device":"acc-1","interface":"gi1/0/2-4","direction":"rx"}],
	"destinations":[{"device":"acc-1","interface":"GigabitEthernet 1/0/23"}]}`

// TestCiscoByREST: a session over SSH, a change by hand and its repair, a
// refusal in the switch's words, and a switch as it was.
func TestCiscoByREST(t *testing.T) {
	t.Parallel()
	ciscoByREST(t, "auto")
}

// TestCiscoByRESTLineByLine is the same where one line is typed at a time.
func TestCiscoByRESTLineByLine(t *testing.T) {
	t.Parallel()
	ciscoByREST(t, "off")
}

func ciscoByREST(t *testing.T, typeAhead string) {
	c := newCampusTypedTo(t, typeAhead, "--resync", "1h")
	before := c.acc.RunningConfig()
	c.call("PUT", "/sessions/phones", phones, 201)
	for _, line := range []string{"monitor session 66 source interface Gi1/0/2 - 4 rx", "monitor session 66 source interface Gi1/0/14\n",
		"monitor session 66 destination interface Gi1/0/23 encapsulation replicate", "monitor session 1 source interface Gi1/0/2\n"} {
		if !strings.Contains(c.acc.RunningConfig(), line) {
			t.Errorf("the switch lacks %q:\n%s", line, c.acc.RunningConfig())
		}
	}
	if c.acc.StartupConfig() != c.acc.RunningConfig() {
		t.Error("what was made was not saved, and nothing else was unsaved")
	}
	good := c.acc.RunningConfig()
	c.acc.Exec("configure terminal", "no monitor session 66", "end")
	c.call("POST", "/devices/acc-1:sync", "", 200)
	testkit.Eventually(t, patience, "the session is repaired", func() bool { return c.acc.RunningConfig() == good })
	c.reach("phones", "Active")

	words := "% Interface(s) Gi1/0/9 already configured as monitor destinations"
	if err := c.acc.UpdateFaults(func(f *lab.Faults) { f.Refuse = []lab.Refusal{{Line: `source interface.*1/0/9`, Answer: words}} }); err != nil {
		t.Fatal(err)
	}
	var got session
	c.call("PUT", "/sessions/phones", strings.Replace(phones, "Gi1/0/14", "Gi1/0/9", 1), 200).into(t, &got)
	if got.Status.Phase != "Degraded" || !strings.Contains(fmt.Sprint(got.Status.Conditions), words) {
		t.Errorf("status %+v", got.Status)
	}
	if c.acc.RunningConfig() != good {
		t.Errorf("a refused change left something:\n%s", lineDiff(good, c.acc.RunningConfig()))
	}
	c.call("DELETE", "/sessions/phones", "", 204)
	if after := c.acc.RunningConfig(); after != before {
		t.Errorf("the switch is not as it was:\n%s", lineDiff(before, after))
	}
}

// TestAnotherEngineersUnsavedWork is never saved by us.
func TestAnotherEngineersUnsavedWork(t *testing.T) {
	t.Parallel()
	c := newCampus(t, "--resync", "1h")
	c.acc.Exec("configure terminal", "interface GigabitEthernet1/0/7", "description not saved yet", "end")
	c.call("PUT", "/sessions/phones", phones, 201)
	v := c.reach("phones", "Active")
	if !strings.Contains(fmt.Sprint(v.Status.Conditions), "ForeignUnsavedChanges") {
		t.Errorf("conditions %+v", v.Status.Conditions)
	}
	if strings.Contains(c.acc.StartupConfig(), "not saved yet") {
		t.Error("somebody else's work was saved")
	}
}

// TestAChangedHostKeyIsRefused until an operator forgets the old one.
func TestAChangedHostKeyIsRefused(t *testing.T) {
	t.Parallel()
	c := newCampus(t, "--resync", "1h")
	c.call("PUT", "/sessions/phones", phones, 201)
	if err := c.acc.UpdateFaults(func(f *lab.Faults) { f.ChangedHostKey = "another" }); err != nil {
		t.Fatal(err)
	}
	c.acc.DropConnections()
	a, err := c.try("POST", "/devices/acc-1:sync", "")
	for err == nil && a.status == 503 { // the run that notices the lost line
		a, err = c.try("POST", "/devices/acc-1:sync", "")
	}
	key := regexp.MustCompile(`pinned (SHA256:[^ ]+)`).FindStringSubmatch(a.String())
	if err != nil || a.status != 502 || key == nil || !strings.Contains(a.String(), "netmirror hostkey forget "+c.acc.Addr()) {
		t.Fatalf("%s %v", a, err)
	}
	if out, err := c.cli("", "hostkey", "list", "--data", c.data); err != nil || !strings.Contains(out, key[1]) {
		t.Errorf("the fingerprint that the refusal shows is not in the list: %v %s", err, out)
	}
	host, _, _ := strings.Cut(c.acc.Addr(), ":")
	if out, err := c.cli("", "hostkey", "forget", host, "--data", c.data); err == nil || !strings.Contains(err.Error(), "hostkey list") {
		t.Errorf("a host without its port: %v %s", err, out)
	}
	if out, err := c.cli("", "hostkey", "forget", "acc-1", "--data", c.data); err != nil || !strings.Contains(out, c.acc.Addr()) {
		t.Fatalf("%v %s", err, out)
	}
	if out, err := c.cli("", "hostkey", "forget", "acc-1", "--data", c.data); err == nil || !strings.Contains(err.Error(), "device acc-1 is there, and no key") {
		t.Errorf("%v %s", err, out)
	}
	c.call("POST", "/devices/acc-1:sync", "", 200)
	if out, err := c.cli("", "hostkey", "forget", c.acc.Addr(), "--data", c.data); err != nil || !strings.Contains(out, c.acc.Addr()) {
		t.Errorf("%v %s", err, out)
	}
}

// TestTheDemoEndsWell plays it as a newcomer would.
func TestTheDemoEndsWell(t *testing.T) {
	t.Parallel()
	for _, typeAhead := range []string{"", "off"} {
		var out bytes.Buffer
		env := func(k string) (string, bool) {
			v, ok := map[string]string{"DEMO_EXIT": "1", "DEMO_TYPE_AHEAD": typeAhead}[k]
			return v, ok
		}
		typed := map[string]string{"off": `"typeAhead": "off"`}[typeAhead]
		if err := run(t.Context(), []string{"demo", "--lab"}, console{strings.NewReader(""), &out, io.Discard, env}); err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		for _, want := range []string{"phase Active", "Repaired after", "refused for 6 reasons", "204 No Content", "simulated", "monitor session nm-", " destination Ethernet48", typed} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%q is missing in\n%s", want, out.String())
			}
		}
	}
}

// TestSeveralDestinationsOnOneSwitch are in one native session, which goes on to the
// others while one comes or goes.
func TestSeveralDestinationsOnOneSwitch(t *testing.T) {
	t.Parallel()
	c := newCampus(t, "--resync", "1h")
	before := c.acc.RunningConfig()
	to := func(ports ...string) string {
		var list []string
		for _, p := range ports {
			list = append(list, `{"device":"acc-1","interface":"`+p+`"}`)
		}
		return `{"sources":[{"device":"acc-1","interface":"Gi1/0/14"}],"destinations":[` + strings.Join(list, ",") + `]}`
	}
	holds := func(what string, lines ...string) {
		t.Helper()
		config := c.acc.RunningConfig()
		for _, line := range append(lines, "monitor session 66 source interface Gi1/0/14\n") {
			if !strings.Contains(config, line) || strings.Contains(config, "monitor session 65") {
				t.Errorf("%s: no %q alone in\n%s", what, line, config)
			}
		}
	}
	c.call("PUT", "/sessions/two", to("Gi1/0/22", "Gi1/0/23"), 201)
	holds("two", "monitor session 66 destination interface Gi1/0/22 - 23 encapsulation replicate\n")
	a := c.call("GET", "/sessions/two", "", 200).String()
	for _, want := range []string{`"destinations":["GigabitEthernet1/0/22","GigabitEthernet1/0/23"]`, `"interface":"Gi1/0/22","kind":"span"`} {
		if !strings.Contains(a, want) {
			t.Errorf("the status lacks %s: %s", want, a)
		}
	}
	c.call("PUT", "/sessions/two", to("Gi1/0/23"), 200)
	holds("one less", "monitor session 66 destination interface Gi1/0/23 encapsulation replicate\n")
	c.call("PUT", "/sessions/two", to("Gi1/0/23", "Gi1/0/21"), 200)
	holds("one more", "monitor session 66 destination interface Gi1/0/21 , Gi1/0/23 encapsulation replicate\n")
	refused := c.call("PUT", "/sessions/other", strings.Replace(to("Gi1/0/20", "Gi1/0/21"), "Gi1/0/14", "Gi1/0/13", 1), 409)
	if !strings.Contains(refused.String(), `"pointer":"/destinations/1"`) {
		t.Errorf("%s", refused)
	}
	words := "% Interface(s) Gi1/0/19 already configured as monitor destinations"
	if err := c.acc.UpdateFaults(func(f *lab.Faults) { f.Refuse = []lab.Refusal{{Line: `destination interface.*1/0/19`, Answer: words}} }); err != nil {
		t.Fatal(err)
	}
	good := c.acc.RunningConfig()
	c.call("PUT", "/sessions/two", to("Gi1/0/19"), 200)
	c.reach("two", "Degraded")
	if after := c.acc.RunningConfig(); after != good {
		t.Errorf("a refused set left something:\n%s", lineDiff(good, after))
	}
	c.call("DELETE", "/sessions/two", "", 204)
	if after := c.acc.RunningConfig(); after != before {
		t.Errorf("the switch is not as it was:\n%s", lineDiff(before, after))
	}
}
