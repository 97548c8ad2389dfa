// Package nxos is the virtual Cisco NX-OS switch of the lab. Texts and grammar
// follow public documents and recordings of such switches; where those are
// silent a comment says "not recorded" or "general knowledge" and the more
// cautious behaviour is chosen: the one under which a careless client fails.
package nxos

import (
	"cmp"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	yang "github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// The privileges of the lab stand for two roles: network-operator may look,
// network-admin may all.
const operator, admin = 1, 15

// Platform is the virtual switch as the lab's catalogue has it.
func Platform() plant.Platform {
	return plant.Platform{Name: "cisco_nxos", Canonical: names.Canonical, Short: names.ShortOf, Ports: portsOf, Privileges: []int{operator, admin}, GNMI: true, Check: plant.NoNative, Open: open}
}

// A device is one switch's control plane. The configuration is its Store's.
type device struct {
	*plant.Store[*config]
	sw    plant.Host
	model model
	cmds  *grammars

	schema  *yang.Schema
	changed chan struct{} // closed at the next change

	held    map[int]bool // sessions that are in the hardware
	bad     []string     // lines of the configuration that were refused
	booting bool         // lines come from a configuration that was accepted once
	lines   int          // terminals so far
	reason  string       // of the last restart
}

// tables are shared by all switches: they do not change.
var tables = sync.OnceValue(newGrammars)

func open(sw plant.Host) (plant.Device, error) {
	d := &device{sw: sw, model: modelOf(sw.Spec()), cmds: tables(), schema: newSchema(), changed: make(chan struct{}), reason: "Unknown"}
	d.Store = plant.NewStore(plant.Keeping[*config]{Clone: (*config).clone, Text: (*config).text, Load: d.load, InForce: d.publish, Saved: sw.Saved, Clock: sw.Clock()})
	d.Lock()
	defer d.Unlock()
	d.Startup = d.load(d.baseConfig() + sw.Spec().Config).text()
	if len(d.bad) > 0 {
		return nil, fmt.Errorf("config: %s", strings.Join(d.bad, "; "))
	}
	d.Store.Boot()
	return d, nil
}

// baseConfig is the configuration of a switch after its setup dialogue, as far as
// the lab shows it: ports are switched and up. Secrets are not in it: the real
// ones are in the Spec.
func (d *device) baseConfig() string {
	var b strings.Builder
	fmt.Fprintf(&b, "hostname %s\nfeature lacp\nfeature lldp\n", d.sw.Spec().Hostname)
	for _, u := range d.sw.Spec().Users {
		fmt.Fprintf(&b, "username %s password 5 $5$simulated role %s\n", u.Name, map[bool]string{true: "network-admin", false: "network-operator"}[u.Privilege >= admin])
	}
	b.WriteString("vlan 1\nsystem default switchport\nno system default switchport shutdown\n")
	for _, p := range d.sw.Node().Ports {
		fmt.Fprintf(&b, "interface %s\n", p.Name)
	}
	return b.String()
}

// load reads a configuration as a restart does: the lines of monitor sessions
// and VLANs by the grammar, all others as they are.
func (d *device) load(text string) *config {
	into := newConfig()
	c := (&cli{d: d, privilege: admin, mode: modeConfig, loads: into}).ready()
	d.booting, d.bad = true, nil
	defer func() { d.booting = false }()
	for _, b := range layout.Read(text).Blocks() {
		head, _, _ := strings.Cut(b.Text, " ")
		switch name, isPort := strings.CutPrefix(b.Text, "interface "); {
		case head == "monitor" || head == "vlan" && !strings.HasPrefix(b.Text, "vlan access-map"):
			c.leaveBlock()
			for _, l := range append([]string{b.Text}, b.Lines()...) {
				if r := c.dispatch(l); r.Text != "" {
					d.bad = append(d.bad, fmt.Sprintf("%q: %s", l, strings.TrimSpace(r.Text)))
					break
				}
			}
			continue
		case isPort:
			if full, ok := names.Canonical(name); ok {
				b.Text = "interface " + full
			}
		case head == "hostname":
			into.Remove("hostname")
		}
		into.Put(b)
	}
	return into
}

// Style is the terminal. Lines end in CR CR LF, a carriage return too many and
// escapes come with each prompt, and what is typed ahead is echoed at once (fact
// sheet on transport, 1.4 and 6); which escapes is not recorded.
func (d *device) Style() cmdline.Style {
	return cmdline.Style{Version: "SSH-2.0-OpenSSH_7.8 netmirror-lab-simulation", Comment: "!", More: "\x1b[7m--More--\x1b[27m", Wipe: "\r\x1b[K",
		Newline: "\r\r\n", BeforePrompt: "\r\x1b[K", EarlyEcho: "behind", Keys: cmdline.EditingKeys()}
}

// locked takes the lock and returns what gives it back.
func (d *device) locked() func() { d.Lock(); return d.Unlock }

// RunningConfig is the configuration in force.
func (d *device) RunningConfig() string { defer d.locked()(); return d.Running.text() }

// StartupConfig is the configuration that was saved last.
func (d *device) StartupConfig() string { defer d.locked()(); return d.Startup }

// Boot restarts from what was saved.
func (d *device) Boot(reason string) {
	defer d.locked()()
	d.held, d.reason = nil, "Reset Requested by CLI command "+reason
	d.Store.Boot()
}

// Stop ends the timer of a trial.
func (d *device) Stop() { defer d.locked()(); d.Store.Stop() }

// FaultsChanged tells that what goes wrong is another: it may be what a session
// waits for.
func (d *device) FaultsChanged() { defer d.locked()(); d.publish() }

func (d *device) hostname() string { return cmp.Or(d.Running.Value("hostname"), "switch") }

// publish tells the fabric what the configuration in force means.
func (d *device) publish() {
	pl := fabric.Plane{Ports: map[string]fabric.PortState{}, SystemName: d.hostname(), Capabilities: "B", Model: d.model.sku,
		Description: "Cisco Nexus Operating System (NX-OS) Software, simulated by netmirror lab, " + d.model.version}
	for protocol, on := range map[string]bool{"lldp": d.Running.Has("feature lldp"), "cdp": !d.Running.Has("no cdp enable")} {
		if on {
			pl.Speaks = append(pl.Speaks, protocol)
		}
	}
	for _, p := range d.sw.Node().Ports {
		pl.Ports[p.Name] = d.portState(p.Name)
	}
	d.place()
	for _, m := range d.Running.sorted() {
		if d.held[m.id] {
			pl.Copies = append(pl.Copies, d.copies(m))
		}
	}
	d.sw.Fabric().Configure(d.sw.Node(), pl)
	close(d.changed)
	d.changed = make(chan struct{})
}

// reader reads the usual lines of ports.
var reader = cmdline.PortReader{Bundle: "port-channel", Word: "switchport"}

// bundle is the port-channel that a port is a member of, "" when it is none.
func (d *device) bundle(port string) string { return reader.BundleOf(d.Running.Document, port) }

// portState reads an interface's block. A port that is prepared for copies leaves
// normal switching, whether a session uses it or not (fact sheet, 1.1).
func (d *device) portState(name string) fabric.PortState {
	p, own, s := reader.State(d.Running.Document, name)
	p.LoadInterval = time.Duration(cmdline.Atoi(own.Value("load-interval counter 1"), 30)) * time.Second
	p.Monitor, p.Ingress = hasMonitor(s), s.Value("switchport monitor") != ""
	p.Routed = s.Has("no switchport") || name == "mgmt0"
	return p
}

// hasMonitor reports whether a block has the line that makes a port fit for
// copies.
func hasMonitor(b cmdline.Block) bool {
	return b.Has("switchport monitor") || b.Value("switchport monitor") != ""
}
