// Package eos is the virtual Arista EOS switch of the lab. Texts and grammar
// follow public documents and recordings of such switches; where those are
// silent a comment says "not recorded" and the more cautious behaviour is
// chosen: the one under which a careless client fails.
package eos

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

// Platform is the virtual switch as the lab's catalogue has it.
func Platform() plant.Platform {
	return plant.Platform{Name: "arista_eos", Canonical: names.Canonical, Short: names.ShortOf, Ports: portsOf, Privileges: []int{1, 15}, GNMI: true, Check: plant.NoNative, Open: open}
}

// A model is what differs between switches.
type model struct {
	sku, version string
	ports        []fabric.PortSpec
	sessions     int // mirror sessions at a time; no public figure, a caution
	rules        plant.Rules
	noCPU        bool // mirroring to the processor is not usable (fact sheet, 4)
	container    bool // cEOS
	newSessions  bool // from 4.32: another listing of configuration sessions
	asciiGets    bool // from 4.29.2: text of commands over gNMI
	savesSets    bool // from 4.28: "operation set persistence" (openmgmt, OpenConfig configuration)
}

func modelOf(s plant.Spec) model {
	m := model{sku: cmp.Or(s.Model, "DCS-7050SX3-48YC8"), version: cmp.Or(s.Version, "4.30.4M"), sessions: cmp.Or(s.Limits.SourceSessions, 4),
		ports: []fabric.PortSpec{{Name: "Ethernet1-48"}, {Name: "Ethernet49-56", Speed: 100 * fabric.Gbps}, {Name: "Management1"}}}
	if m.container = strings.HasPrefix(m.sku, "cEOS"); m.container {
		m.ports = []fabric.PortSpec{{Name: "Ethernet1-12", Speed: fabric.Gbps}, {Name: "Management0"}}
	}
	m.noCPU = strings.HasPrefix(m.sku, "CCS-720XP") || m.sku == "DCS-7050SX-64"
	m.rules = plant.Rules{BundleDestinations: true, DestinationPorts: s.Limits.Destinations, SourcePorts: s.Limits.SourcePorts}
	var major, minor, patch int
	fmt.Sscanf(m.version, "%d.%d.%d", &major, &minor, &patch)
	from := func(a, b, c int) bool { return slices.Compare([]int{major, minor, patch}, []int{a, b, c}) >= 0 }
	m.newSessions, m.asciiGets, m.savesSets = from(4, 32, 0), from(4, 29, 2), from(4, 28, 0)
	return m
}

// portsOf expands a description's port list, or gives the model's.
func portsOf(s plant.Spec) ([]fabric.PortSpec, error) {
	if len(s.Ports) == 0 {
		return names.Expand(modelOf(s).ports)
	}
	return names.Expand(s.Ports)
}

// A device is one switch's control plane. The configuration is its Store's.
type device struct {
	*plant.Store[*config]
	sw    plant.Host
	model model
	cmds  *grammars

	lock    *lock
	since   map[string]time.Time // when a mirror session was changed last
	told    map[string]string    // its lines then
	logged  []string
	bad     []string // lines of the configuration that were refused
	booting bool     // lines come from a configuration that was accepted once
	lines   int      // terminals so far
	unnamed int      // sessions without a name so far

	configured time.Time     // when the configuration in force became so
	news       chan struct{} // closed when it becomes another
}

// tables are shared by all switches: they do not change.
var tables = sync.OnceValue(newGrammars)

func open(sw plant.Host) (plant.Device, error) {
	d := &device{sw: sw, model: modelOf(sw.Spec()), cmds: tables(), since: map[string]time.Time{}}
	d.Store = plant.NewStore(d.keeping())
	d.Lock()
	defer d.Unlock()
	d.Startup = d.load(d.baseConfig() + sw.Spec().Config).text()
	if len(d.bad) > 0 {
		return nil, fmt.Errorf("config: %s", strings.Join(d.bad, "; "))
	}
	d.Store.Boot()
	return d, nil
}

// baseConfig is the configuration of a switch out of its box, as far as the lab
// shows it. Secrets are not in it: the real ones are in the Spec.
func (d *device) baseConfig() string {
	var b strings.Builder
	fmt.Fprintf(&b, "hostname %s\nspanning-tree mode mstp\naaa authorization exec default local\n", d.sw.Spec().Hostname)
	for _, u := range d.sw.Spec().Users {
		fmt.Fprintf(&b, "username %s privilege %d role network-admin secret sha512 $6$simulated\n", u.Name, u.Privilege)
	}
	for _, p := range d.sw.Node().Ports {
		fmt.Fprintf(&b, "interface %s\n", p.Name)
	}
	return b.String()
}

// load reads a configuration as a restart does: the lines of mirror sessions by
// the grammar, all others as they are.
func (d *device) load(text string) *config {
	into := newConfig()
	c := &cli{d: d, privilege: 15, mode: modeConfig, cand: &candidate{Work: into}}
	d.booting, d.bad = true, nil
	defer func() { d.booting = false }()
	for _, b := range layout.Read(text).Blocks() {
		switch name, isPort := strings.CutPrefix(b.Text, "interface "); {
		case strings.HasPrefix(b.Text, monitorKey):
			if r := c.dispatch(b.Text); strings.HasPrefix(r.Text, "%") {
				d.bad = append(d.bad, fmt.Sprintf("%q: %s", b.Text, strings.TrimSpace(r.Text)))
			}
			continue
		case isPort:
			if full, ok := names.Canonical(name); ok {
				b.Text = "interface " + full
			}
		case strings.HasPrefix(b.Text, "hostname "):
			into.Remove("hostname")
		}
		into.Put(b)
	}
	return into
}

// Style is the terminal. How the pager wipes its line is not recorded.
func (d *device) Style() cmdline.Style {
	return cmdline.Style{Version: "SSH-2.0-OpenSSH_7.8 netmirror-lab-simulation", Comment: "!", Kept: "!!", More: "--More--", Wipe: "\r        \r", Keys: cmdline.EditingKeys()}
}

// locked takes the lock and returns what gives it back.
func (d *device) locked() func() { d.Lock(); return d.Unlock }

// RunningConfig is the configuration in force.
func (d *device) RunningConfig() string { defer d.locked()(); return d.Running.text() }

// StartupConfig is the configuration that was saved last.
func (d *device) StartupConfig() string { defer d.locked()(); return d.Startup }

// Boot restarts: sessions, a timer that runs and a lock are gone with what was
// not saved.
func (d *device) Boot(string) {
	defer d.locked()()
	d.lock, d.logged = nil, nil
	d.Store.Boot()
}

// Stop ends the timer.
func (d *device) Stop() { defer d.locked()(); d.Store.Stop() }

func (d *device) hostname() string { return cmp.Or(d.Running.Value("hostname"), "localhost") }

// log keeps a message of the system log.
func (d *device) log(what, format string, a ...any) {
	d.logged = append(d.logged, fmt.Sprintf("%s %s ConfigAgent: %%SYS-%s: %s\n", time.Now().UTC().Format("Jan _2 15:04:05"), d.hostname(), what, fmt.Sprintf(format, a...)))
}

// publish tells the fabric what the configuration in force means.
func (d *device) publish() {
	d.tell()
	pl := fabric.Plane{Ports: map[string]fabric.PortState{}, SystemName: d.hostname(), Capabilities: "B", Model: d.model.sku,
		Description: "Arista Networks EOS version " + d.model.version + ", simulated by netmirror lab, running on an Arista Networks " + d.model.sku}
	if !d.Running.Has("no lldp run") {
		pl.Speaks = []string{"lldp"}
	}
	for _, p := range d.sw.Node().Ports {
		pl.Ports[p.Name] = d.portState(p.Name)
	}
	told := map[string]string{}
	for _, m := range d.Running.mon {
		if told[m.name] = strings.Join(m.lines(), "\n"); told[m.name] != d.told[m.name] {
			d.since[m.name] = time.Now()
		}
		pl.Copies = append(pl.Copies, d.copies(m)...)
	}
	d.told = told
	d.sw.Fabric().Configure(d.sw.Node(), pl)
}

// reader reads the usual lines of ports.
var reader = cmdline.PortReader{Bundle: "Port-Channel", Word: "switchport"}

// bundle is the Port-Channel that a port is a member of, "" when it is none.
func (d *device) bundle(port string) string { return reader.BundleOf(d.Running.Document, port) }

// portState reads an interface's block. A member of a Port-Channel forwards as
// that one's block says.
func (d *device) portState(name string) fabric.PortState {
	p, own, s := reader.State(d.Running.Document, name)
	p.LoadInterval = time.Duration(cmdline.Atoi(own.Value("load-interval"), 0)) * time.Second
	p.Monitor = slices.ContainsFunc(d.Running.mirrors(), func(m *plant.Mirror) bool { return m.EndsAt(cmp.Or(d.bundle(name), name)) })
	p.Routed = s.Has("no switchport") || strings.HasPrefix(name, "Management")
	return p
}
