// Package junos is the virtual Juniper switch of the lab. Texts and grammar follow
// public documents and recordings of such switches; where those are silent a comment
// says "not recorded" and the more cautious behaviour is chosen: the one under which
// a careless client fails.
package junos

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// Platform is the virtual switch as the lab's catalogue has it. Users of level 1
// may read alone.
func Platform() plant.Platform {
	return plant.Platform{Name: "juniper_junos", Canonical: names.Canonical, Short: names.ShortOf, Ports: portsOf, Privileges: []int{1, 15}, NETCONF: true, Check: check, Open: open}
}

// check: every analyzer can be typed.
func check(s plant.Spec) (errs []error) {
	if len(s.Native) > 0 {
		errs = append(errs, errors.New("nativeSessions: this platform has none"))
	}
	return errs
}

// A product is what differs between switches.
type product struct {
	sku, version string
	ports        []fabric.PortSpec
	legacy       bool // ethernet-switching-options instead of forwarding-options
	qfx, evolved bool
	router       bool // no analyzers: instances of port-mirroring alone
	chassis      bool // a member of a Virtual Chassis, be it of one
	members      int  // of the Virtual Chassis
	// sessions are analyzers at a time, ingress and egress those with such sources; 0 =
	// no limit (fact sheet, 4).
	sessions, ingress, egress int
	form                      *cmdline.Form
	schema                    func() *model.Schema
}

// models are the kinds of switches by how the name of a model begins. Of the last one
// there is no public figure for sessions: four are a caution.
var models = []struct {
	begins *regexp.Regexp
	product
}{
	{regexp.MustCompile(`^acx`), product{version: "22.4R2.11-EVO", evolved: true, ingress: 16, egress: 3, ports: []fabric.PortSpec{{Name: "et-0/0/0-31"}}}},
	{regexp.MustCompile(`^mx`), product{version: "21.4R3-S4.9", router: true, ports: []fabric.PortSpec{{Name: "et-0/0/0-3"}, {Name: "xe-0/1/0-7"}}}},
	{regexp.MustCompile(`^qfx`), product{version: "23.4R2.13", qfx: true, chassis: true, sessions: 4, ingress: 2, egress: 2, ports: []fabric.PortSpec{{Name: "xe-0/0/0-47"}, {Name: "et-0/0/48-53", Speed: 40 * fabric.Gbps}}}},
	{regexp.MustCompile(`^ex(2200|3200|3300|4200|4500|4550|6200|8200)`), product{version: "15.1R7.9", legacy: true, chassis: true, sessions: 1, ports: []fabric.PortSpec{{Name: "ge-0/0/0-47"}, {Name: "xe-0/1/0-3"}}}},
	{regexp.MustCompile(``), product{version: "21.4R3-S4.9", chassis: true, sessions: 4, ports: []fabric.PortSpec{{Name: "ge-0/0/0-47"}, {Name: "et-0/1/0-3", Speed: 40 * fabric.Gbps}}}},
}

func modelOf(s plant.Spec) product {
	sku := cmp.Or(strings.ToLower(s.Model), "ex4300-48t")
	i := 0
	for !models[i].begins.MatchString(sku) {
		i++
	}
	m := models[i].product
	m.sku, m.version, m.members = sku, cmp.Or(s.Version, m.version), 1
	m.sessions = cmp.Or(s.Limits.SourceSessions, m.sessions)
	for _, p := range s.Ports {
		var member int
		if _, slot, ok := strings.Cut(p.Name, "-"); ok && m.chassis {
			fmt.Sscanf(slot, "%d/", &member)
			m.members = max(m.members, member+1)
		}
	}
	return m
}

// from reports whether the release is at least major.minor, release r of it.
func (m product) from(major, minor, r int) bool {
	var a, b, c int
	fmt.Sscanf(m.version, "%d.%dR%d", &a, &b, &c)
	return slices.Compare([]int{a, b, c}, []int{major, minor, r}) >= 0
}

// portsOf expands a description's port list, or gives the model's.
func portsOf(s plant.Spec) ([]fabric.PortSpec, error) {
	if len(s.Ports) == 0 {
		return names.Expand(modelOf(s).ports)
	}
	return names.Expand(s.Ports)
}

// A config is a whole configuration.
type config = *cmdline.Statement

// A device is one switch's control plane.
type device struct {
	*plant.Shared[config]
	sw    plant.Host
	model product
	eff   config // what is in force, with what groups add and without what is inactive
	clis  []*cli // logged in
	lines int    // terminals so far
	bad   []string

	sessions []*session // of NETCONF
}

// forms and schemas are shared by switches of one kind and release.
var forms, schemas sync.Map

type schemaKey struct {
	form   *cmdline.Form
	family string
}

func open(sw plant.Host) (plant.Device, error) {
	d := &device{sw: sw, model: modelOf(sw.Spec())}
	m := d.model
	form, _ := forms.LoadOrStore(fmt.Sprint(m.legacy, m.router, m.qfx, m.from(21, 4, 1), m.from(23, 4, 2)), sync.OnceValue(func() *cmdline.Form { return formOf(m) }))
	d.model.form = form.(func() *cmdline.Form)()
	m = d.model
	schema, _ := schemas.LoadOrStore(schemaKey{m.form, m.yangFamily()}, sync.OnceValue(func() *model.Schema { return schemaOf(m) }))
	d.model.schema = schema.(func() *model.Schema)
	d.Shared = plant.NewShared(d.keeping(), 50, plant.Entry[config]{By: "root", Via: "other"})
	d.Lock()
	defer d.Unlock()
	d.Startup = text(d.load(d.baseConfig() + sw.Spec().Config))
	if len(d.bad) > 0 {
		return nil, fmt.Errorf("config: %s", strings.Join(d.bad, "; "))
	}
	d.Shared.Boot()
	return d, nil
}

// keeping is how configurations are kept. Timers fire 2 to 35 s late on Junos Evolved,
// 6 s elsewhere (fact sheet on transactions, 2.5).
func (d *device) keeping() plant.Keeping[config] {
	return plant.Keeping[config]{Clone: config.Clone, Text: text, Load: d.load, InForce: d.publish, Merge: func(base, work, now config) (config, bool) { return cmdline.Merge(base, work, now), true },
		Saved: d.sw.Saved, Clock: d.sw.Clock(),
		Lag: map[bool]time.Duration{true: 35 * time.Second, false: 6 * time.Second}[d.model.evolved],
		Expired: func(*plant.Wait[config]) {
			for _, c := range d.clis {
				c.notice += "Broadcast Message from root@" + d.hostname() + "\nCommit was not confirmed; automatic rollback complete.\n"
			}
		}}
}

// text is a configuration as it is saved, in the form of "display set", with
// remarks.
func text(c config) string { return lines(c.Lines("", true)) }

func lines(list []string) string { return strings.Join(append(list, ""), "\n") }

// baseConfig is the configuration of a switch out of its box, as far as the lab
// shows it. Secrets are not in it: the real ones are in the Spec.
func (d *device) baseConfig() string {
	var b strings.Builder
	fmt.Fprintf(&b, "set version %s\nset system host-name %s\nset system root-authentication encrypted-password \"$6$simulated\"\nset system services ssh\n", d.model.version, d.sw.Spec().Hostname)
	for _, u := range d.sw.Spec().Users {
		fmt.Fprintf(&b, "set system login user %s class %s\n", cmdline.Quote(u.Name), map[bool]string{true: "super-user", false: "read-only"}[u.Privilege >= 15])
	}
	for _, p := range d.sw.Node().Ports {
		if fmt.Fprintf(&b, "set interfaces %s unit 0", p.Name); d.switches() && !strings.HasPrefix(p.Name, "me") {
			b.WriteString(" family ethernet-switching")
		}
		b.WriteByte('\n')
	}
	b.WriteString("set protocols lldp interface all\n")
	if d.switches() {
		b.WriteString("set vlans default vlan-id 1\n")
	}
	return b.String()
}

// switches reports whether its ports are switched out of the box.
func (d *device) switches() bool { return !d.model.evolved && !d.model.router }

// load reads a configuration in the form of "display set", to which "delete" is
// added for what is in the base.
func (d *device) load(text string) config {
	into := cmdline.NewStatement(d.model.form)
	d.bad = nil
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		verb, rest, _ := strings.Cut(line, " ")
		if _, fault := change(into, nil, verb, cmdline.Quoted(rest)); fault != nil {
			d.bad = append(d.bad, fmt.Sprintf("%q: %s", line, faultText(fault, cmdline.Quoted(rest))))
		}
	}
	return into
}

// Style is the terminal. The pager wipes its line with blanks, which stay in logs.
func (d *device) Style() cmdline.Style {
	keys := cmdline.EditingKeys()
	keys[4] = cmdline.CancelLine // Ctrl-D ends what is loaded from the terminal
	return cmdline.Style{Version: "SSH-2.0-OpenSSH_7.5 netmirror-lab-simulation", Comment: "#", More: "---(more)---", Wipe: "\r" + strings.Repeat(" ", 40) + "\r", Keys: keys}
}

// locked takes the lock and returns what gives it back.
func (d *device) locked() func() { d.Lock(); return d.Unlock }

// RunningConfig is the configuration in force.
func (d *device) RunningConfig() string { defer d.locked()(); return text(d.Running) }

// StartupConfig is the configuration that was committed last.
func (d *device) StartupConfig() string { defer d.locked()(); return d.Startup }

// Boot restarts: a commit that waited to be confirmed stays for good.
func (d *device) Boot(string) {
	defer d.locked()()
	d.Shared.Boot()
}

// Stop ends the timer.
func (d *device) Stop() { defer d.locked()(); d.Store.Stop() }

func (d *device) hostname() string { return cmp.Or(d.eff.Value("system", "host-name"), "Amnesiac") }

// publish tells the fabric what the configuration in force means.
func (d *device) publish() {
	d.eff = d.Running.Active().Inherit()
	pl := fabric.Plane{Ports: map[string]fabric.PortState{}, SystemName: d.hostname(), Capabilities: "B", Model: d.model.sku,
		Description: "Juniper Networks, Inc. " + d.model.sku + " Ethernet Switch, kernel JUNOS " + d.model.version + ", simulated by netmirror lab"}
	if d.eff.At("protocols", "lldp") != nil && d.eff.At("protocols", "lldp", "disable") == nil {
		pl.Speaks = []string{"lldp"}
	}
	all := analyzersOf(d.eff)
	for _, p := range d.sw.Node().Ports {
		pl.Ports[p.Name] = d.portState(p.Name, all)
	}
	for _, a := range all {
		pl.Copies = append(pl.Copies, d.copies(a)...)
	}
	pl.Remote = d.remote(all)
	for _, id := range pl.Remote.List() { // a port that is in such a VLAN alone is an end of copies, too
		out := fabric.CopySession{FromVLAN: id}
		for _, p := range d.sw.Node().Ports {
			if s := pl.Ports[p.Name]; !s.Trunk && !s.Routed && !s.Monitor && s.Untagged() == id {
				out.ToPorts = append(out.ToPorts, p.Name)
			}
		}
		pl.Copies = append(pl.Copies, out)
	}
	d.sw.Fabric().Configure(d.sw.Node(), pl)
}
