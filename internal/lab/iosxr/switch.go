// Package iosxr is the virtual Cisco IOS-XR router of the lab. Texts and grammar
// follow public documents and recordings of such routers; where those are silent
// a comment says "not recorded" or "general knowledge", and the more cautious
// behaviour is chosen: the one under which a careless client fails.
package iosxr

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// Platform is the virtual router as the lab's catalogue has it.
func Platform() plant.Platform {
	return plant.Platform{Name: "cisco_iosxr", Canonical: names.Canonical, Short: names.ShortOf, Ports: portsOf, Privileges: []int{1, 15}, NETCONF: true, Check: plant.NoNative, Open: open}
}

// A family is a line of routers: what their texts and their hardware differ in.
type family int

const ncs, asr9000, cisco8000 family = 0, 1, 2

// A model is what differs between routers.
type model struct {
	family
	pid, version string
	major, minor int
	ports        []fabric.PortSpec
	sessions     int // mirror sessions at a time
	sources      int // ports in all of them, 0 = no limit
}

func modelOf(s plant.Spec) model {
	m := model{pid: cmp.Or(s.Model, "NCS-5501"), version: cmp.Or(s.Version, "7.5.2"), sessions: 4,
		ports: []fabric.PortSpec{{Name: "TenGigE0/0/0/0-47"}, {Name: "HundredGigE0/0/1/0-5"}, {Name: "MgmtEth0/RP0/CPU0/0"}}}
	switch {
	case strings.HasPrefix(m.pid, "ASR"):
		m.family, m.sessions, m.sources = asr9000, 8, 800
		m.ports = []fabric.PortSpec{{Name: "GigabitEthernet0/0/0/0-19"}, {Name: "TenGigE0/1/0/0-7"}, {Name: "MgmtEth0/RSP0/CPU0/0"}}
	case strings.HasPrefix(m.pid, "8"):
		m.family = cisco8000
		m.ports = []fabric.PortSpec{{Name: "FourHundredGigE0/0/0/0-23"}, {Name: "HundredGigE0/0/0/24-35"}, {Name: "MgmtEth0/RP0/CPU0/0"}}
	}
	m.sessions, m.sources = cmp.Or(s.Limits.SourceSessions, m.sessions), cmp.Or(s.Limits.SourcePorts, m.sources)
	fmt.Sscanf(m.version, "%d.%d", &m.major, &m.minor)
	return m
}

// from reports whether the release is this one or a later one.
func (m model) from(major, minor int) bool {
	return m.major > major || m.major == major && m.minor >= minor
}

// node is the name of the card that a terminal is on.
func (m model) node() string {
	return map[bool]string{true: "RSP0", false: "RP0"}[m.family == asr9000] + "/CPU0"
}

// portsOf expands a description's port list, or gives the model's.
func portsOf(s plant.Spec) ([]fabric.PortSpec, error) {
	if len(s.Ports) == 0 {
		return names.Expand(modelOf(s).ports)
	}
	return names.Expand(s.Ports)
}

// A device is one router's control plane. The configuration is its Store's.
type device struct {
	*plant.Store[*config]
	sw    plant.Host
	model model
	cmds  *grammars

	lines int // terminals so far, and sessions of NETCONF
	// clients are the open sessions of NETCONF, trying what one of them has waiting.
	clients []*session
	trying  *trial
	// states and bundles are of the interfaces, as the configuration in force says.
	states  map[string]fabric.PortState
	bundles map[string]string
	seen    map[string]plant.PortView // views by name, while many of them are asked for
}

// tables are shared by all routers: they do not change.
var tables = sync.OnceValue(newGrammars)

func open(sw plant.Host) (plant.Device, error) {
	d := &device{sw: sw, model: modelOf(sw.Spec()), cmds: tables()}
	d.Store = plant.NewStore(plant.Keeping[*config]{Clone: (*config).clone, Text: func(c *config) string { return c.Text() }, Load: read, InForce: d.publish, Saved: sw.Saved, Clock: sw.Clock(), Lag: expiryLag})
	d.Lock()
	defer d.Unlock()
	c := read(d.baseConfig())
	var bad []string
	for _, b := range read(sw.Spec().Config).Blocks() {
		bad = append(bad, d.faultsOf(b)...)
		c.Remove(keyOf(b.Text))
		c.Ensure(b.Text).Notes = b.Notes
		c.Document.Put(b)
	}
	if len(bad) > 0 {
		return nil, fmt.Errorf("config: %s", strings.Join(bad, "; "))
	}
	d.Startup = c.Text()
	d.Store.Boot()
	return d, nil
}

// faultsOf are the lines of a mirror session that cannot be typed.
func (d *device) faultsOf(b cmdline.Block) (bad []string) {
	below, mirror := d.cmds.config[modeInterface], begins(b.Text, "monitor-session")
	if mirror {
		below = d.cmds.config[modeMonitor]
	}
	for i, line := range append([]string{b.Text}, b.Lines()...) {
		table := map[bool]*grammar{true: d.cmds.config[modeConfig], false: below}[i == 0]
		if _, _, fault := table.Parse(&cli{d: d}, line); fault != nil && (mirror || begins(line, "monitor-session")) {
			bad = append(bad, fmt.Sprintf("%q is no line of this router", line))
		}
	}
	return bad
}

// baseConfig is the configuration of a router with a name and users. Secrets are not
// in it: the real ones are in the Spec.
func (d *device) baseConfig() string {
	text := "hostname " + d.sw.Spec().Hostname + "\nssh server v2\n"
	for _, u := range d.sw.Spec().Users {
		text += fmt.Sprintf("username %s\n group %s\n secret 10 $6$simulated\n", u.Name, map[bool]string{true: "root-lr", false: "operator"}[u.Privilege >= 15])
	}
	return text
}

// Style is the terminal. Comments are no matter of it: those that are typed in
// configuration mode are kept. What is typed ahead is echoed before its turn (fact sheet
// on the command line, 1.4).
func (d *device) Style() cmdline.Style {
	return cmdline.Style{Version: "SSH-2.0-Cisco-2.0 netmirror-lab-simulation", More: " --More-- ", Wipe: "\r          \r", EarlyEcho: "behind", Keys: cmdline.EditingKeys()}
}

// locked takes the lock and returns what gives it back.
func (d *device) locked() func() { d.Lock(); return d.Unlock }

// RunningConfig is the configuration in force.
func (d *device) RunningConfig() string { defer d.locked()(); return d.Running.Text() }

// StartupConfig is the configuration that a restart comes back with: that of the last
// commit that does not wait to be confirmed. What a restart in a trial leads to is not
// recorded.
func (d *device) StartupConfig() string { defer d.locked()(); return d.Startup }

// Boot restarts: sessions are gone, and so is a commit that waits.
func (d *device) Boot(string) { defer d.locked()(); d.Store.Boot() }

// Stop ends the timer.
func (d *device) Stop() { defer d.locked()(); d.Store.Stop() }

func (d *device) hostname() string { return cmp.Or(d.Running.Value("hostname"), "ios") }

// publish tells the fabric what the configuration in force means.
func (d *device) publish() {
	pl := fabric.Plane{Ports: map[string]fabric.PortState{}, SystemName: d.hostname(), Capabilities: "R", Model: d.model.pid,
		Description: d.model.version + ", " + d.model.pid + ", simulated by netmirror lab"}
	if d.Running.Has("lldp") { // off unless it is configured
		pl.Speaks = []string{"lldp"}
	}
	d.states, d.bundles = map[string]fabric.PortState{}, map[string]string{}
	for _, p := range d.sw.Node().Ports {
		d.bundles[p.Name] = d.Running.bundle(p.Name)
		d.states[p.Name] = d.portState(p.Name)
		pl.Ports[p.Name] = d.states[p.Name]
	}
	for _, b := range d.Running.Blocks() {
		if begins(b.Text, "interface") {
			d.states[portIn(b.Text)] = d.portState(portIn(b.Text))
		}
	}
	pl.Copies = d.copies()
	d.sw.Fabric().Configure(d.sw.Node(), pl)
}

func (d *device) bundle(port string) string { return d.bundles[port] }

// bundle is the Bundle-Ether that a port is a member of, "" when it is none.
func (c *config) bundle(port string) string {
	id, _, _ := strings.Cut(c.port(port).Value("bundle id"), " ")
	if id == "" {
		return ""
	}
	return "Bundle-Ether" + id
}

// portState reads an interface's block. A member of a bundle forwards as that one's
// block says.
func (d *device) portState(name string) fabric.PortState {
	s, whole := d.Running.port(name), cmp.Or(d.bundle(name), name)
	return fabric.PortState{Down: s.Has("shutdown") || d.Running.port(whole).Has("shutdown"), Routed: true, Filter: d.filter(whole), Description: s.Value("description"),
		LoadInterval: time.Duration(cmdline.Atoi(s.Value("load-interval"), 0)) * time.Second,
		Monitor:      slices.ContainsFunc(d.Running.spans(), func(m *span) bool { return slices.Contains(m.ports(), whole) })}
}
