package iosxe

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	yang "github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// Platform is how the lab's catalogue knows these switches.
func Platform() plant.Platform {
	return plant.Platform{
		Name:       "cisco_iosxe",
		Canonical:  canonical,
		Short:      shortOf,
		Ports:      portsOf,
		Privileges: []int{1, 15},
		GNMI:       true,
		NETCONF:    true,
		Check:      check,
		Open:       open,
		// ifOperStatus of a destination can read down although it sends (fact sheet 6).
		CopiesReadDown: true,
	}
}

// style is the terminal. The SSH version carries the comment that RFC 4253
// allows.
var style = cmdline.Style{
	Version: "SSH-2.0-Cisco-1.25 netmirror-lab-simulation",
	Comment: "!",
	More:    " --More-- ",
	Wipe:    strings.Repeat("\b", 9) + strings.Repeat(" ", 8) + strings.Repeat("\b", 9),
	Keys: map[byte]cmdline.KeyAction{
		3: cmdline.CancelLine, 26: cmdline.LeaveModes, 8: cmdline.EraseLetter, 127: cmdline.EraseLetter, 21: cmdline.EraseLine, 24: cmdline.EraseLine, 23: cmdline.EraseWord,
		9: cmdline.CompleteWord, '?': cmdline.HelpWord,
	},
}

func check(s plant.Spec) []error {
	var errs []error
	for _, n := range s.Native {
		if n.ID < 1 || n.ID > modelOf(s).maxSession {
			errs = append(errs, fmt.Errorf("nativeSessions: session %d is outside 1 to %d", n.ID, modelOf(s).maxSession))
		}
		if n.Type == "" {
			errs = append(errs, fmt.Errorf("nativeSessions: session %d has no type", n.ID))
		}
	}
	return errs
}

// A device is one switch's control plane.
type device struct {
	*plant.Store[*config]
	host    plant.Host
	spec    plant.Spec
	model   model
	schema  *yang.Schema
	altered chan struct{} // closed at the next change
	clerk   clerk
	// putting is the NETCONF session that is changing what runs, changedOver the one that
	// changed it last; 0 = none.
	putting, changedOver uint32
	cmds                 *grammars
	ports                map[string]bool

	reason    string   // of the last restart
	booting   bool     // the startup configuration is being read
	bootFault []string // lines of the startup configuration that were refused
}

// A config is a configuration. The text tree is all of it but the monitor
// sessions: they are kept as data and written into the tree's place when the
// configuration is printed, because their lines merge.
type config struct {
	lines    *cmdline.Node
	sessions map[int]*monSession
}

func (c *config) clone() *config {
	out := &config{lines: c.lines.Clone(), sessions: map[int]*monSession{}}
	for id, s := range c.sessions {
		out.sessions[id] = s.clone()
	}
	return out
}

// sharedGrammars are the command tables of all switches: nothing changes them.
var sharedGrammars = sync.OnceValue(newGrammars)

func open(host plant.Host) (plant.Device, error) {
	d := &device{host: host, spec: host.Spec(), cmds: sharedGrammars(), reason: "power-on", ports: map[string]bool{}}
	d.model = modelOf(d.spec)
	d.schema, d.altered = d.model.newSchema(), make(chan struct{})
	for _, p := range host.Node().Ports {
		d.ports[p.Name] = true
	}
	d.Store = plant.NewStore(plant.Keeping[*config]{
		Clone: (*config).clone, Text: (*config).render, Clock: host.Clock(), InForce: d.publish, Saved: host.Saved,
		Load: func(text string) *config {
			d.load(parseConf(text))
			return d.Running
		},
	})
	d.Lock()
	defer d.Unlock()
	d.load(d.merged(parseConf(d.baseConfig()), parseConf(d.spec.Config)))
	if len(d.bootFault) > 0 {
		return nil, fmt.Errorf("config: %s", strings.Join(d.bootFault, "; "))
	}
	d.publish()
	d.Startup = d.Running.render()
	return d, nil
}

// baseConfig is the configuration of a switch out of its box, as far as the
// lab shows it. Secrets are placeholders: the real ones are in the Spec.
func (d *device) baseConfig() string {
	var b strings.Builder
	line := func(format string, a ...any) { fmt.Fprintf(&b, format+"\n", a...) }
	line("version %s", majorMinor(d.model.version))
	line("service timestamps debug datetime msec")
	line("service timestamps log datetime msec")
	line("hostname %s", d.spec.Hostname)
	if d.spec.Secret != "" {
		line("enable secret 9 $9$simulated.enable.secret")
	}
	for _, c := range d.spec.Users {
		if c.Privilege == 1 {
			line("username %s secret 9 $9$simulated", c.Name)
		} else {
			line("username %s privilege 15 secret 9 $9$simulated", c.Name)
		}
	}
	line("no aaa new-model")
	if !d.model.classic {
		line("ip routing")
	}
	line("no ip domain lookup")
	line("vtp mode transparent")
	line("spanning-tree mode rapid-pvst")
	line("lldp run")
	for _, p := range d.host.Node().Ports {
		line("interface %s", p.Name)
	}
	line("ip ssh version 2")
	line("line con 0\n stopbits 1\nline vty 0 15\n login local\n transport input ssh")
	return b.String()
}

func majorMinor(version string) string {
	parts := strings.SplitN(strings.SplitN(version, "(", 2)[0], ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// merged lays a preset configuration over the base: interface blocks replace
// the base's, a hostname replaces, everything else is added where lines of
// its kind stand, byte for byte.
func (d *device) merged(base, preset *cmdline.Node) *cmdline.Node {
	after := -1
	for _, n := range preset.Kids {
		first, rest, _ := strings.Cut(n.Text, " ")
		at := -1
		switch first {
		case "interface":
			if name, ok := canonical(rest); ok {
				n.Text = "interface " + name
				at = indexOf(base, n.Text)
			}
		case "hostname", "version":
			at = base.Index(func(s string) bool { return strings.HasPrefix(s, first+" ") })
		default:
			at = indexOf(base, n.Text)
		}
		switch {
		case at >= 0:
			base.Kids[at] = n
		case topRank(n.Text) == unknownRank && after >= 0:
			base.Insert(after+1, n)
		default:
			base.Insert(topPlace(base, n.Text), n)
		}
		after = base.Index(func(s string) bool { return s == n.Text })
	}
	return base
}

func indexOf(n *cmdline.Node, text string) int {
	return n.Index(func(s string) bool { return s == text })
}

// Exists reports whether an interface can be named: a port, or a virtual
// interface that is configured.
func (d *device) Exists(name string) bool {
	return d.ports[name] || d.Running.lines.Has("interface "+name)
}

func (d *device) iface(name string) *cmdline.Node {
	return d.Running.lines.Find(func(s string) bool { return s == "interface "+name })
}

func (d *device) hostname() string {
	if h, ok := d.Running.lines.Value("hostname"); ok {
		return h
	}
	return "Switch"
}

// load reads a configuration as a restart does. The caller holds mu.
func (d *device) load(root *cmdline.Node) {
	d.Running = &config{lines: &cmdline.Node{}, sessions: map[int]*monSession{}}
	d.bootFault = nil
	d.booting = true
	defer func() { d.booting = false }()
	for _, n := range d.spec.Native {
		d.Running.sessions[n.ID] = nativeSession(n)
	}
	var sessions []*cmdline.Node
	for _, n := range root.Kids {
		if strings.HasPrefix(n.Text, "monitor session ") {
			sessions = append(sessions, n)
		} else {
			d.Running.lines.Kids = append(d.Running.lines.Kids, n)
		}
	}
	for _, n := range sessions {
		d.loadSession(n)
	}
}

// loadSession reads one monitor line with its block. What no command can
// make is kept byte for byte.
func (d *device) loadSession(n *cmdline.Node) {
	id, opaque := opaqueSession(n.Text)
	if opaque {
		switch s := d.Running.sessions[id]; {
		case d.isNativeLine(n.Text): // the description has it already
		case id == 0:
			d.Running.lines.Insert(topPlace(d.Running.lines, n.Text), n)
		case s == nil:
			s = newSession(id, kindNative)
			s.typeText, s.raw = "Unknown Session", []*cmdline.Node{n}
			d.Running.sessions[id] = s
		default:
			s.raw = append(s.raw, n)
		}
		return
	}
	c := &cli{d: d, user: "startup", privilege: 15, mode: modeConfig}
	var feed func(n *cmdline.Node)
	feed = func(n *cmdline.Node) {
		r := c.configLine(n.Text)
		if refused(r.Text) {
			d.bootFault = append(d.bootFault, fmt.Sprintf("%q: %s", n.Text, strings.Join(strings.Fields(r.Text), " ")))
			return
		}
		depth := c.mode
		for _, k := range n.Kids {
			c.mode = depth
			feed(k)
		}
	}
	feed(n)
	// "On a restore of a saved configuration Catalyst 9300 brings ERSPAN
	// sessions back DISABLED" (Network Management guide 17.17).
	if s := d.Running.sessions[sessionID(n.Text)]; s != nil && s.erspan() && d.model.erspanShut && d.Startup != "" {
		s.shutdown = true
	}
}

func (d *device) isNativeLine(text string) bool {
	for _, s := range d.Running.sessions {
		for _, n := range s.raw {
			if n.Text == text {
				return true
			}
		}
	}
	return false
}

// refused reports whether an answer is an error; "% Access VLAN does not
// exist" and the like are only remarks.
func refused(text string) bool {
	return strings.Contains(text, "% ") && !strings.Contains(text, "% Access VLAN does not exist") ||
		strings.Contains(text, "Validation failed")
}

// RunningConfig is the configuration without what changes by itself.
func (d *device) RunningConfig() string {
	d.Lock()
	defer d.Unlock()
	return d.Running.render()
}

// StartupConfig is the configuration that was saved last.
func (d *device) StartupConfig() string {
	d.Lock()
	defer d.Unlock()
	return d.Startup
}

// Boot restarts from the startup configuration.
func (d *device) Boot(reason string) {
	d.Lock()
	defer d.Unlock()
	if reason == "reload" {
		reason = "Reload Command"
	}
	d.reason = reason
	d.Store.Boot()
}

// Stop ends a timer that runs.
func (d *device) Stop() {
	d.Lock()
	defer d.Unlock()
	d.Store.Stop()
}

// Style is that of the terminals.
func (d *device) Style() cmdline.Style { return style }

// tree is the whole configuration as a tree, monitor sessions in their place.
func (c *config) tree() *cmdline.Node {
	root := &cmdline.Node{Kids: append([]*cmdline.Node(nil), c.lines.Kids...)}
	for _, id := range sortedIDs(c.sessions) {
		for _, n := range c.sessions[id].configLines() {
			root.Insert(topPlace(root, n.Text), n)
		}
	}
	return root
}

// render writes the configuration as `show running-config` does below its
// header: "!" separates blocks and kinds of lines.
func (c *config) render() string {
	var b strings.Builder
	prev := ""
	for _, n := range c.tree().Kids {
		first, _, _ := strings.Cut(n.Text, " ")
		if first != prev || len(n.Kids) > 0 || first == "interface" || first == "vlan" {
			b.WriteString("!\n")
		}
		prev = first
		if len(n.Kids) > 0 {
			prev = ""
		}
		n.Write(&b)
	}
	b.WriteString("!\nend\n")
	return b.String()
}

// publish tells the fabric what the configuration means. The caller holds the lock of the store.
func (d *device) publish() {
	pl := fabric.Plane{Ports: map[string]fabric.PortState{}, SystemName: d.hostname(), Capabilities: "B", Model: d.model.sku,
		Description: "Cisco IOS Software, simulated by netmirror lab, " + d.model.sku + ", Version " + d.model.version}
	if !d.lldpOff() {
		pl.Speaks = append(pl.Speaks, "lldp")
	}
	if !d.cdpOff() {
		pl.Speaks = append(pl.Speaks, "cdp")
	}
	if d.Running.lines.Has("ip routing") {
		pl.Capabilities = "B,R"
	}
	for _, p := range d.host.Node().Ports {
		pl.Ports[p.Name] = d.planePort(p.Name)
	}
	for _, n := range d.Running.lines.Kids {
		if id, ok := vlanLine(n.Text); ok && n.Has("remote-span") {
			pl.Remote.Add(id)
		}
	}
	d.monitorPlane(&pl)
	d.host.Fabric().Configure(d.host.Node(), pl)
	close(d.altered)
	d.altered = make(chan struct{})
}

// planePort reads an interface's block. A member of a bundle forwards as the
// bundle's block says.
func (d *device) planePort(name string) fabric.PortState {
	n := d.iface(name)
	if n == nil {
		return fabric.PortState{}
	}
	p := fabric.PortState{Down: n.Has("shutdown"), Description: valueOf(n, "description"),
		LoadInterval: time.Duration(atoiOr(valueOf(n, "load-interval"), 0)) * time.Second}
	if group, ok := n.Value("channel-group"); ok {
		if po := d.iface("Port-channel" + strings.Fields(group)[0]); po != nil && len(po.Kids) > 0 {
			n = po
		}
	}
	p.Routed = n.Has("no switchport") || d.model.family == "ASR1000" || d.model.router
	p.Trunk = n.Has("switchport mode trunk")
	p.Access = atoiOr(valueOf(n, "switchport access vlan"), 1)
	if v := atoiOr(valueOf(n, "switchport voice vlan"), 0); v > 0 {
		p.Allowed.Add(v)
	}
	if p.Trunk {
		p.Access = atoiOr(valueOf(n, "switchport trunk native vlan"), 1)
		p.Allowed = trunkVLANs(n)
	}
	return p
}

func valueOf(n *cmdline.Node, prefix string) string { v, _ := n.Value(prefix); return v }
