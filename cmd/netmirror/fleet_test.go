package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
	"github.com/netmirror/netmirror/internal/testkit"
)

// A fleet is a controller over simulated Catalysts, all joined to the first one
// by a trunk, over simulated Arista switches and a real Open vSwitch where they are
// wanted, with a model of what was asked of it.
type fleet struct {
	*controller
	lab      *lab.Lab
	switches []*lab.Switch
	leaves   []*lab.Switch
	ovs      *site // nil without one
	rnd      *rand.Rand
	queues   bool // every third intent may wait for a switch that is away
	waited   int  // of them, those that had to

	mu       sync.Mutex
	wanted   map[string]wish      // by session
	baseline map[string]string    // by device: its configuration without us
	back     map[string]time.Time // by device: when it was last told that it went back by itself
	backs    int                  // how many of these events there were
	heard    string               // the events up to here were read
	log      []string
}

// A wish is what is known to be asked for a session. Several bodies are
// possible while a write was never answered.
type wish struct {
	possible []string // bodies, "" = there is no such session
}

const fleetConfig = `
snmp-server community kept RO
vlan 10
 name users
interface GigabitEthernet1/0/5
 description somebody's
 switchport access vlan 10
monitor session 1 source interface Gi1/0/20
monitor session 1 destination interface Gi1/0/21
`

func newFleet(t testing.TB, switches int, withOVS bool, seed uint64, args ...string) *fleet {
	t.Helper()
	return newWideFleet(t, switches, nil, withOVS, seed, args...)
}

// newWideFleet is a fleet with Arista switches, one for each of their settings.
func newWideFleet(t testing.TB, switches int, leaves []string, withOVS bool, seed uint64, args ...string) *fleet {
	t.Helper()
	f := &fleet{rnd: rand.New(rand.NewPCG(seed, 0)), wanted: map[string]wish{}, baseline: map[string]string{}, back: map[string]time.Time{}}
	var spec lab.Spec
	for i := range switches {
		config := fleetConfig
		// Trunks to the neighbours: limited lists on one side, all VLANs on the other.
		for j := range switches {
			if i == 0 && j > 0 {
				config += fmt.Sprintf("interface GigabitEthernet1/0/%d\n switchport trunk allowed vlan 1,10\n switchport mode trunk\n", 24-j)
			}
		}
		if i > 0 {
			config += "interface TenGigabitEthernet1/1/1\n switchport mode trunk\n"
			spec.Fabric.Links = append(spec.Fabric.Links, lab.LinkSpec{A: "acc-0:Gi1/0/" + fmt.Sprint(24-i), B: fmt.Sprintf("acc-%d:Te1/1/1", i)})
		}
		spec.Fabric.Hosts = append(spec.Fabric.Hosts, lab.HostSpec{Name: "analyser", At: fmt.Sprintf("acc-%d:Gi1/0/36", i)})
		spec.Fabric.Switches = append(spec.Fabric.Switches, lab.SwitchSpec{Name: fmt.Sprintf("acc-%d", i), Platform: "cisco_iosxe", Model: "C9300-48T",
			Credentials: []lab.CredentialSpec{{Username: "netmirror", Password: "demo", Privilege: 15}}, SSH: lab.SSHSpec{HostKeySeed: fmt.Sprint("key", i)},
			Uptime: lab.Duration(1000 * time.Hour), Config: strings.ReplaceAll(config, "Gi1/0/24", "Gi1/0/24")})
	}
	addLeaves(&spec.Fabric, len(leaves))
	l, err := lab.Start(context.Background(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	f.lab, f.switches, f.leaves = l, l.Switches()[:switches], l.Switches()[switches:]
	if withOVS {
		f.ovs = newSite(t)
		f.ovs.foreignMirror("theirs")
		f.baseline["ovs"] = f.ovs.dump()
	}
	f.controller = newController(t, args...)
	f.startWith()
	f.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	for _, sw := range f.switches {
		f.manage(sw, `"platform":"cisco_iosxe"`, "")
	}
	for i, sw := range f.leaves {
		f.manage(sw, `"platform":"arista_eos","maxSessions":16`+leaves[i], fmt.Sprintf(`,"timeouts":{"push":%q}`, pushTimeout))
	}
	if f.ovs != nil {
		f.call("PUT", "/devices/ovs", fmt.Sprintf(`{"platform":"openvswitch","transports":{"config":{"protocol":"ovsdb","address":%q,"bridge":%q}}}`,
			f.ovs.lab.Socket(), f.ovs.bridge), 201)
	}
	return f
}

// manage adds a simulated switch, with further settings of it and of its transport.
func (f *fleet) manage(sw *lab.Switch, settings, tuning string) {
	f.t.Helper()
	f.baseline[sw.Name()] = f.foreignPart(sw)
	host, port, err := net.SplitHostPort(sw.Addr())
	if err != nil {
		f.t.Fatal(err)
	}
	f.call("PUT", "/devices/"+sw.Name(), fmt.Sprintf(`{%s,"persist":"always","transports":{"config":{"protocol":"cli","address":%q,"port":%s,"credentials":"campus"%s}}}`,
		settings, host, port, tuning), 201)
}

// all are the simulated switches of every platform.
func (f *fleet) all() []*lab.Switch { return slices.Concat(f.switches, f.leaves) }

// typedTo sets how a switch is typed to: typeAhead auto or off.
func (f *fleet) typedTo(device, typeAhead string) {
	f.t.Helper()
	f.call("PATCH", "/devices/"+device, fmt.Sprintf(`{"transports":{"config":{"typeAhead":%q}}}`, typeAhead), 200)
}

func (f *fleet) startWith(env ...string) { f.start(append(env, "NM_PW=demo")...) }

func (f *fleet) note(format string, args ...any) {
	f.log = append(f.log, fmt.Sprintf(format, args...))
}

// Numbers from 60 up are netmirror's; people take the small ones.
var ourNumber = regexp.MustCompile(`^(?:no )?monitor session (6[0-9]|[345][0-9]) `)

// foreignPart is what of a switch's configuration must never change: all but
// our sessions, the remote VLANs that the fleet uses and their place in the
// lists of trunks.
func (f *fleet) foreignPart(sw *lab.Switch) string {
	var out []string
	inVLAN := false
	for _, line := range strings.Split(sw.RunningConfig(), "\n") {
		if !strings.HasPrefix(line, " ") {
			inVLAN = strings.HasPrefix(line, "vlan 9")
		}
		switch {
		case strings.HasPrefix(line, "!") || strings.HasPrefix(line, "Building") || strings.HasPrefix(line, "Current"):
		case ourNumber.MatchString(line + " "), ourName.MatchString(line), inVLAN:
		case strings.Contains(line, "allowed vlan"):
			out = append(out, fleetVLAN.ReplaceAllString(line, ""))
		default:
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

var fleetVLAN = regexp.MustCompile(`,9\d\d(-9\d\d)?`)

// body draws an intent: on one switch, on the real one, or over two.
func (f *fleet) body(name string) string {
	if len(f.leaves) > 0 && f.rnd.IntN(3) == 0 {
		return f.leafBody(name)
	}
	n := f.rnd.IntN(10)
	direction := []string{"rx", "tx", "both"}[f.rnd.IntN(3)]
	slot := int(name[len(name)-1] - '0')
	switch {
	case f.ovs != nil && n < 2:
		host := []string{f.ovs.a.Port, f.ovs.b.Port}[f.rnd.IntN(2)]
		return fmt.Sprintf(`{"sources":[{"device":"ovs","interface":%q,"direction":%q}],"destinations":[{"device":"ovs","interface":%q}]}`, host, direction, f.ovs.tool.Port)
	case n < 5 && len(f.switches) > 1:
		to := 1 + f.rnd.IntN(len(f.switches)-1)
		return fmt.Sprintf(`{"sources":[{"device":"acc-%d","interface":"Gi1/0/%d","direction":%q}],"destinations":[{"device":"acc-0","interface":"Gi1/0/%d"}],
			"rspan":{"vlan":%d,"transit":[{"device":"acc-%d","trunks":["Te1/1/1"]},{"device":"acc-0","trunks":["Gi1/0/%d"]}]}}`,
			to, 1+f.rnd.IntN(3), direction, 25+slot, 900+slot, to, 24-to)
	}
	on := f.rnd.IntN(len(f.switches))
	return fmt.Sprintf(`{"sources":[{"device":"acc-%d","interface":"Gi1/0/%d","direction":%q},{"device":"acc-%d","interface":"Gi1/0/6-8","direction":"rx"}],
		"destinations":[{"device":"acc-%d","interface":"Gi1/0/%d"}]}`, on, 1+f.rnd.IntN(3), direction, on, on, 36+slot%8)
}

// write puts or deletes a session and remembers what is possible afterwards.
func (f *fleet) write(name string) (acknowledged bool) {
	body := ""
	f.mu.Lock()
	if f.rnd.IntN(4) > 0 {
		body = f.body(name)
	}
	if body != "" && f.queues && f.rnd.IntN(3) == 0 {
		body = `{"onUnreachable":"queue",` + body[1:]
	}
	f.mu.Unlock()
	method := "PUT"
	if body == "" {
		method = "DELETE"
	}
	// An unanswered write may or may not have been taken.
	f.mu.Lock()
	before := f.wanted[name]
	if len(before.possible) == 0 {
		before.possible = []string{""}
	}
	f.wanted[name] = wish{append(slices.Clone(before.possible), body)}
	f.mu.Unlock()
	a, err := f.try(method, "/sessions/"+name, body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("%s %s: %v %v", method, name, a.status, err)
	switch {
	case err != nil:
	case a.status < 300, method == "DELETE" && a.status == 404:
		f.wanted[name] = wish{[]string{body}}
		if strings.Contains(a.String(), `"DeviceUnreachable"`) {
			f.waited++
		}
		return true
	default: // refused: nothing of it is stored
		f.wanted[name] = before
	}
	return false
}

// settles waits until every session is what was acknowledged, and active.
func (f *fleet) settles(what string) {
	f.t.Helper()
	names := make([]string, 0, len(f.wanted))
	for name := range f.wanted {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		state := ""
		done := func() (ok bool) { ok, state = f.asWanted(name); return ok }
		deadline, tick := time.After(patience), time.NewTicker(10*time.Millisecond)
		for !done() {
			select {
			case <-deadline:
				f.fail("%s: session %s does not settle: %s; wanted one of %q", what, name, state, f.wanted[name].possible)
			case <-tick.C:
			}
		}
		tick.Stop()
	}
}

func (f *fleet) fail(format string, args ...any) {
	f.t.Helper()
	tailOf := f.log[max(0, len(f.log)-60):]
	f.t.Fatalf("%s\nlast actions:\n%s\nlog:\n%s", fmt.Sprintf(format, args...), strings.Join(tailOf, "\n"), tail(f.stderr.String(), 80))
}

// asWanted compares a session with what is possible and, when several things
// are, learns which it became.
func (f *fleet) asWanted(name string) (ok bool, state string) {
	a, err := f.try("GET", "/sessions/"+name, "")
	if err != nil {
		return false, err.Error()
	}
	possible := f.wanted[name].possible
	if a.status == 404 {
		if slices.Contains(possible, "") {
			f.wanted[name] = wish{[]string{""}}
			return true, "gone"
		}
		return false, "404"
	}
	var got struct {
		Spec   map[string]any `json:"spec"`
		Status struct {
			Phase      string `json:"phase"`
			Deleting   bool   `json:"deleting"`
			Conditions []struct{ Type, Status, Reason, Message string }
		} `json:"status"`
	}
	if err := json.Unmarshal(a.body, &got); err != nil {
		return false, err.Error()
	}
	for _, body := range possible {
		if body != "" && got.Status.Phase == "Active" && sameIntent(body, got.Spec) {
			f.wanted[name] = wish{[]string{body}}
			return true, "Active"
		}
	}
	return false, fmt.Sprintf("%s %+v", got.Status.Phase, got.Status.Conditions)
}

// sameIntent: every source and destination of the body is in the stored spec.
func sameIntent(body string, spec map[string]any) bool {
	var asked struct {
		Sources, Destinations []map[string]any
		RSPAN                 map[string]any
	}
	if err := json.Unmarshal([]byte(body), &asked); err != nil {
		return false
	}
	stored, err := json.Marshal(spec)
	if err != nil {
		return false
	}
	var have struct {
		Sources, Destinations []map[string]any
		RSPAN                 map[string]any
	}
	if err := json.Unmarshal(stored, &have); err != nil || len(have.Sources) != len(asked.Sources) ||
		len(have.Destinations) != len(asked.Destinations) || (have.RSPAN == nil) != (asked.RSPAN == nil) {
		return false
	}
	for i, want := range asked.Sources {
		for k, v := range want {
			if have.Sources[i][k] != v {
				return false
			}
		}
	}
	for i, want := range asked.Destinations {
		for k, v := range want {
			if have.Destinations[i][k] != v {
				return false
			}
		}
	}
	return true
}

// empty deletes everything and finds every device as it was at first.
func (f *fleet) empty() {
	f.t.Helper()
	for name := range f.wanted {
		if a, err := f.try("DELETE", "/sessions/"+name, "", "Prefer", "wait=30"); err != nil || a.status != 204 && a.status != 404 && a.status != 202 {
			f.fail("delete %s: %s %v", name, a, err)
		}
		f.wanted[name] = wish{[]string{""}}
	}
	f.settles("at the end")
	f.invariants("at the end")
	for _, sw := range f.switches {
		for _, left := range []string{"vlan 9", ",90", ",91"} {
			if strings.Contains(sw.RunningConfig(), left) {
				f.fail("%s still has %q:\n%s", sw.Name(), left, sw.RunningConfig())
			}
		}
	}
	if f.ovs != nil {
		if after := f.ovs.dump(); after != f.baseline["ovs"] {
			f.fail("the database changed:\n%s", lineDiff(f.baseline["ovs"], after))
		}
	}
}

// unfinished counts the journal records that a dead controller left behind.
func (f *fleet) unfinished() int {
	f.t.Helper()
	db, err := store.Open(context.Background(), databasePath(f.data), slog.New(slog.DiscardHandler))
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			f.t.Error(err)
		}
	}()
	n := 0
	err = db.View(context.Background(), func(tx mirror.Tx) error {
		devices, err := tx.Devices(mirror.Page{})
		if err != nil {
			return err
		}
		for _, d := range devices {
			open, err := tx.Journal(d.Name)
			if err != nil {
				return err
			}
			n += len(open)
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

// sync has every device read, so that what a hand did is noticed, and lets
// repairs go on that had stopped.
func (f *fleet) sync() {
	f.t.Helper()
	for device := range f.baseline {
		testkit.Eventually(f.t, patience, device+" is read", func() bool {
			a, err := f.try("POST", "/devices/"+device+":release", "")
			if err != nil || a.status != 200 {
				return false
			}
			a, err = f.try("POST", "/devices/"+device+":sync", "")
			return err == nil && a.status == 200
		})
	}
}
