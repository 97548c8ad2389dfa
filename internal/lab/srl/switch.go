// Package srl is the virtual Nokia SR Linux switch of the lab. Its configuration is a tree
// of the vendor's YANG: the command line and the gNMI server are views of it. Texts and
// rules follow that YANG, public documents and recordings; where those are silent a
// comment says "not recorded" and the more cautious behaviour is chosen.
package srl

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// Platform is the virtual switch as the lab's catalogue has it. Users of level 1 may read
// alone.
func Platform() plant.Platform {
	return plant.Platform{Name: "nokia_srl", Canonical: names.Canonical, Short: names.ShortOf, Ports: portsOf, Privileges: []int{1, 15}, GNMI: true, Check: plant.NoNative, Open: open}
}

// names are the interface names.
var names = &cmdline.PortNames{
	Kinds: []cmdline.PortKind{{Full: "ethernet-", Short: "ethernet-", Speed: 25 * fabric.Gbps}, {Full: "lag", Short: "lag", Bundle: true},
		{Full: "mgmt", Short: "mgmt", Speed: fabric.Gbps}},
	Example: "ethernet-1/1-48", Subs: true,
}

// A chassis is what differs between switches (fact sheet, 6).
type chassis struct {
	begins, name string
	ports        []fabric.PortSpec
	// features beside those that all have; no local is without local destinations.
	features string
	local    bool
	// noEgress has no sub-interfaces as egress sources.
	noEgress bool
}

var chassisOf = []chassis{
	{begins: "7220ixrd3", name: "7220 IXR-D3L", ports: []fabric.PortSpec{{Name: "ethernet-1/1-32", Speed: 100 * fabric.Gbps}, {Name: "ethernet-1/33-34", Speed: 10 * fabric.Gbps}}, local: true,
		features: "mirror-source-intf mirror-source-subintf mirror-dest-local mirror-dest-remote-tunnel-encap-l2ogre mirroring-intf-stats"},
	{begins: "7220ixrd5", name: "7220 IXR-D5", ports: []fabric.PortSpec{{Name: "ethernet-1/1-32", Speed: 400 * fabric.Gbps}, {Name: "ethernet-1/33-34", Speed: 10 * fabric.Gbps}}, local: true, noEgress: true,
		features: "mirror-source-intf mirror-source-subintf mirror-dest-local mirror-dest-remote-tunnel-encap-l2ogre mirror-dest-statistics mirror-dest-statistics-egress-pkts mirror-dest-statistics-octets"},
	{begins: "7250ixr", name: "7250 IXR-6e", ports: []fabric.PortSpec{{Name: "ethernet-1/1-36", Speed: 400 * fabric.Gbps}},
		features: "mirror-dest-remote-tunnel-encap-l3ogre mirror-dest-statistics mirror-dest-statistics-egress-pkts mirror-dest-statistics-octets"},
	{name: "7220 IXR-D2L", ports: []fabric.PortSpec{{Name: "ethernet-1/1-48"}, {Name: "ethernet-1/49-56", Speed: 100 * fabric.Gbps}, {Name: "ethernet-1/57-58", Speed: 10 * fabric.Gbps}}, local: true,
		features: "mirror-source-intf mirror-source-subintf mirror-dest-local mirror-dest-remote-tunnel-encap-l2ogre mirroring-intf-stats"},
}

// A kind is a chassis with a release.
type kind struct {
	chassis
	version      string // 24.7.1
	major, minor int
	has          map[string]bool
}

func kindOf(s plant.Spec) kind {
	sku := strings.NewReplacer(" ", "", "-", "").Replace(strings.ToLower(s.Model))
	if !strings.HasPrefix(sku, "72") && sku != "" {
		sku = "7220" + sku // containerlab's names have no series
	}
	i := 0
	for !strings.HasPrefix(sku, chassisOf[i].begins) {
		i++
	}
	k := kind{chassis: chassisOf[i], version: strings.TrimPrefix(cmp.Or(s.Version, "24.7.1"), "v"), has: map[string]bool{}}
	fmt.Sscanf(k.version, "%d.%d", &k.major, &k.minor)
	for _, f := range strings.Fields("bridged lag mirroring mirror-source-acl mirror-dest-remote " + k.features) {
		k.has[f] = true
	}
	return k
}

// from reports whether the release is at least major.minor.
func (k kind) from(major, minor int) bool {
	return k.major > major || k.major == major && k.minor >= minor
}

func portsOf(s plant.Spec) ([]fabric.PortSpec, error) {
	if len(s.Ports) == 0 {
		return names.Expand(kindOf(s).ports)
	}
	return names.Expand(s.Ports)
}

// A config is a whole configuration.
type config = *model.Node

// A device is one switch's control plane.
type device struct {
	*plant.Store[config]
	sw      plant.Host
	kind    kind
	schema  *model.Schema
	style   cmdline.Style
	changed chan struct{} // closed at the next change
	lines   int           // terminals so far
	bad     []string
}

func open(sw plant.Host) (plant.Device, error) {
	d := &device{sw: sw, kind: kindOf(sw.Spec()), changed: make(chan struct{})}
	d.schema = d.kind.newSchema()
	d.Store = plant.NewStore(plant.Keeping[config]{Clone: config.Clone, Text: d.text, Load: d.load, InForce: d.publish, Saved: sw.Saved, Clock: sw.Clock(), Merge: model.Merge})
	d.Lock()
	defer d.Unlock()
	d.Startup = d.text(d.load(d.baseConfig() + sw.Spec().Config))
	if len(d.bad) > 0 {
		return nil, fmt.Errorf("config: %s", strings.Join(d.bad, "; "))
	}
	if wrong := d.refuses(d.load(d.Startup)); wrong != nil {
		return nil, fmt.Errorf("config: %w", wrong)
	}
	d.Store.Boot()
	return d, nil
}

// baseConfig is a configuration in which every port is up.
func (d *device) baseConfig() string {
	var b strings.Builder
	for _, p := range d.sw.Node().Ports {
		fmt.Fprintf(&b, "set / interface %s admin-state enable\n", p.Name)
	}
	fmt.Fprintf(&b, "set / network-instance default type default\nset / network-instance default admin-state enable\nset / system name host-name %s\n", model.QuoteWord(d.sw.Spec().Hostname))
	b.WriteString("set / system lldp admin-state enable\nset / system mirroring\n")
	return b.String()
}

// text is a configuration as it is saved.
func (d *device) text(c config) string {
	var b strings.Builder
	for _, line := range c.Lines() {
		b.WriteString("set / " + line + "\n")
	}
	return b.String()
}

// load reads a configuration of lines or blocks; what cannot be read is noted.
func (d *device) load(text string) config {
	root := d.schema.New()
	d.bad = nil
	for _, s := range model.Statements(text) {
		if err := d.schema.EditWords(root, nil, s); err != nil {
			d.bad = append(d.bad, fmt.Sprintf("%q: %s", strings.Join(s, " "), bare(err)))
		}
	}
	return root.Tidy()
}

// locked takes the lock and returns what gives it back.
func (d *device) locked() func() { d.Lock(); return d.Unlock }

// RunningConfig is the configuration in force, as lines.
func (d *device) RunningConfig() string { defer d.locked()(); return d.text(d.Running) }

// StartupConfig is the configuration that was saved last.
func (d *device) StartupConfig() string { defer d.locked()(); return d.Startup }

// Boot restarts: a commit that waited is gone with what was not saved.
func (d *device) Boot(string) {
	defer d.locked()()
	d.Store.Boot()
}

// Stop ends the timer.
func (d *device) Stop() { defer d.locked()(); d.Store.Stop() }

// FaultsChanged may change what is up.
func (d *device) FaultsChanged() {
	defer d.locked()()
	d.publish()
}

func (d *device) hostname() string {
	return cmp.Or(d.Running.Text("system", "name", "host-name"), "srlinux")
}

// unresolved reports whether the far end of a tunnel does not answer.
func (d *device) unresolved(address string) bool {
	a, err := netip.ParseAddr(address)
	for _, u := range d.sw.Faults().Unresolved {
		if b, err2 := netip.ParseAddr(u); err == nil && err2 == nil && a == b {
			return true
		}
	}
	return false
}

// Schema is what the release has.
func (d *device) Schema() *model.Schema { return d.schema }

// About tells of the switch; OpenConfig is there while its server is enabled. The numbers
// that devices tell beside these encodings are private ones.
func (d *device) About() model.About {
	defer d.locked()()
	a := model.About{Encodings: []string{"JSON_IETF", "PROTO", "ASCII"}, GNMI: "0.10.0", Trials: true}
	for _, m := range d.schema.Modules() {
		if m.Organization != "Nokia" && !enabled(d.Running, "system", "management", "openconfig") {
			continue
		}
		a.Models = append(a.Models, model.ModelName{Name: m.Namespace + ":" + m.Name, Organization: m.Organization, Version: m.Revision})
	}
	return a
}

// Config is the configuration in force.
func (d *device) Config() *model.Node { defer d.locked()(); return d.Running.Clone() }

// State is the state datastore.
func (d *device) State() *model.Node { defer d.locked()(); return d.state() }

// Changed is closed at the next change.
func (d *device) Changed() <-chan struct{} { defer d.locked()(); return d.changed }

// Put is a private candidate with its commit.
func (d *device) Put(user string, change func(*model.Node) (*model.Node, error), t model.Trial) error {
	defer d.locked()()
	if d.Waiting != nil {
		return model.ErrWaits
	}
	next, err := change(d.Running)
	if err != nil {
		return err
	}
	if wrong := d.refuses(next); wrong != nil {
		return wrong
	}
	if every := d.Running.Text("system", "grpc-server", "gnmi", "commit-confirmed-timeout"); t.Window == 0 && cmdline.Atoi(every, 0) > 0 {
		t = model.Trial{Window: time.Duration(cmdline.Atoi(every, 0)) * time.Second}
	}
	if t.Window > 0 {
		if err := d.Guard(t.ID, t.Window); err != nil {
			return model.ErrWaits
		}
	}
	d.inForce(next, user)
	d.saves(user)
	return nil
}

// inForce puts a configuration in force.
func (d *device) inForce(next config, user string) {
	d.Running = next.Tidy()
	d.Store.Changed(user)
	d.publish()
}

// saves saves what gNMI changed where the server is told to, as soon as nothing waits.
func (d *device) saves(user string) {
	if d.Waiting == nil && d.Running.Text("system", "grpc-server", "gnmi", "commit-save") == "true" {
		d.Save(user)
	}
}

// ends does something with the trial of an id.
func (d *device) ends(id string, do func()) error {
	defer d.locked()()
	if d.Waiting == nil || d.Waiting.Name != id {
		return model.ErrNothing
	}
	do()
	return nil
}

// Confirm keeps a trial.
func (d *device) Confirm(user, id string) error {
	return d.ends(id, func() {
		_ = d.Store.Confirm(user) // it waits
		d.saves(user)
	})
}

// Cancel takes a trial back.
func (d *device) Cancel(user, id string) error {
	return d.ends(id, func() { _ = d.TakeBack(user) }) // it waits
}

// Extend gives a trial another window.
func (d *device) Extend(id string, window time.Duration) error {
	return d.ends(id, func() { _ = d.Store.Extend(window) }) // it waits
}
