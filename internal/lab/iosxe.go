package lab

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// iosxePlatform is the virtual Cisco IOS / IOS-XE switch. Texts and grammar
// follow public documents and recordings of such devices; a comment that says
// "not recorded" marks what does not.
func iosxePlatform() platform {
	return platform{
		name:       "cisco_iosxe",
		canonical:  iosxeCanonical,
		short:      iosxeShort,
		ports:      iosxePorts,
		privileges: []int{1, 15},
		style:      iosxeStyle,
		check:      checkIOSXE,
		open:       openIOSXE,
	}
}

// iosxeStyle is the terminal. The SSH version carries the comment that RFC 4253
// allows.
var iosxeStyle = style{
	version: "SSH-2.0-Cisco-1.25 netmirror-lab-simulation",
	comment: "!",
	more:    " --More-- ",
	wipe:    strings.Repeat("\b", 9) + strings.Repeat(" ", 8) + strings.Repeat("\b", 9),
	keys: map[byte]keyAction{
		3: cancelLine, 26: leaveModes, 8: eraseLetter, 127: eraseLetter, 21: eraseLine, 24: eraseLine, 23: eraseWord,
		9: completeWord, '?': helpWord,
	},
}

func checkIOSXE(s SwitchSpec) []error {
	var errs []error
	for _, n := range s.NativeSessions {
		if n.ID < 1 || n.ID > modelOf(s).maxSession {
			errs = append(errs, fmt.Errorf("nativeSessions: session %d is outside 1 to %d", n.ID, modelOf(s).maxSession))
		}
		if n.Type == "" {
			errs = append(errs, fmt.Errorf("nativeSessions: session %d has no type", n.ID))
		}
	}
	return errs
}

// An iosxe is one switch's control plane. The text tree conf is the
// configuration; monitor sessions alone are kept as data and written into the
// tree's place when the configuration is printed, because their lines merge.
type iosxe struct {
	sw    *Switch
	model iosxeModel
	cmds  *iosxeGrammars

	mu        sync.Mutex
	conf      *confNode
	mon       map[int]*monSession
	startup   string
	changedAt time.Time
	changedBy string
	savedAt   time.Time
	savedBy   string
	reason    string // of the last restart
	booting   bool   // the startup configuration is being read
	revert    *revertTimer
	bootFault []string // lines of the startup configuration that were refused
	ports     map[string]bool
}

func openIOSXE(sw *Switch) (device, error) {
	d := &iosxe{sw: sw, model: modelOf(sw.spec), reason: "power-on", ports: map[string]bool{}}
	for _, p := range sw.node.Ports {
		d.ports[p.Name] = true
	}
	cmds, ok := sw.lab.shared["cisco_iosxe"].(*iosxeGrammars)
	if !ok {
		cmds = newIOSXEGrammars()
		sw.lab.shared["cisco_iosxe"] = cmds
	}
	d.cmds = cmds
	d.mu.Lock()
	defer d.mu.Unlock()
	d.load(d.merged(parseConf(d.baseConfig()), parseConf(sw.spec.Config)))
	if len(d.bootFault) > 0 {
		return nil, fmt.Errorf("config: %s", strings.Join(d.bootFault, "; "))
	}
	d.startup = d.render()
	return d, nil
}

// baseConfig is the configuration of a switch out of its box, as far as the
// lab shows it. Secrets are placeholders: the real ones are in the Spec.
func (d *iosxe) baseConfig() string {
	var b strings.Builder
	line := func(format string, a ...any) { fmt.Fprintf(&b, format+"\n", a...) }
	line("version %s", majorMinor(d.model.version))
	line("service timestamps debug datetime msec")
	line("service timestamps log datetime msec")
	line("hostname %s", d.sw.spec.Hostname)
	if d.sw.spec.EnableSecret != "" {
		line("enable secret 9 $9$simulated.enable.secret")
	}
	for _, c := range d.sw.spec.Credentials {
		if c.Privilege == 1 {
			line("username %s secret 9 $9$simulated", c.Username)
		} else {
			line("username %s privilege 15 secret 9 $9$simulated", c.Username)
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
	for _, p := range d.sw.node.Ports {
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
func (d *iosxe) merged(base, preset *confNode) *confNode {
	after := -1
	for _, n := range preset.kids {
		first, rest, _ := strings.Cut(n.text, " ")
		at := -1
		switch first {
		case "interface":
			if name, ok := iosxeCanonical(rest); ok {
				n.text = "interface " + name
				at = indexOf(base, n.text)
			}
		case "hostname", "version":
			at = base.index(func(s string) bool { return strings.HasPrefix(s, first+" ") })
		default:
			at = indexOf(base, n.text)
		}
		switch {
		case at >= 0:
			base.kids[at] = n
		case topRank(n.text) == unknownRank && after >= 0:
			base.insert(after+1, n)
		default:
			base.insert(topPlace(base, n.text), n)
		}
		after = base.index(func(s string) bool { return s == n.text })
	}
	return base
}

func indexOf(n *confNode, text string) int {
	return n.index(func(s string) bool { return s == text })
}

// exists reports whether an interface can be named: a port, or a virtual
// interface that is configured.
func (d *iosxe) exists(name string) bool {
	return d.ports[name] || d.conf.has("interface "+name)
}

func (d *iosxe) iface(name string) *confNode {
	return d.conf.find(func(s string) bool { return s == "interface "+name })
}

func (d *iosxe) hostname() string {
	if h, ok := d.conf.value("hostname"); ok {
		return h
	}
	return "Switch"
}

// load puts a configuration in force as a restart does. The caller holds mu.
func (d *iosxe) load(root *confNode) {
	d.conf = &confNode{}
	d.mon = map[int]*monSession{}
	d.bootFault = nil
	d.booting = true
	defer func() { d.booting = false }()
	for _, n := range d.sw.spec.NativeSessions {
		d.mon[n.ID] = nativeSession(n)
	}
	var sessions []*confNode
	for _, n := range root.kids {
		if strings.HasPrefix(n.text, "monitor session ") {
			sessions = append(sessions, n)
		} else {
			d.conf.kids = append(d.conf.kids, n)
		}
	}
	for _, n := range sessions {
		d.loadSession(n)
	}
	d.publish()
}

// loadSession reads one monitor line with its block. What no command can
// make is kept byte for byte.
func (d *iosxe) loadSession(n *confNode) {
	id, opaque := opaqueSession(n.text)
	if opaque {
		switch s := d.mon[id]; {
		case d.isNativeLine(n.text): // the description has it already
		case id == 0:
			d.conf.insert(topPlace(d.conf, n.text), n)
		case s == nil:
			s = newSession(id, kindNative)
			s.typeText, s.raw = "Unknown Session", []*confNode{n}
			d.mon[id] = s
		default:
			s.raw = append(s.raw, n)
		}
		return
	}
	c := &iosxeCLI{d: d, user: "startup", privilege: 15, mode: modeConfig}
	var feed func(n *confNode)
	feed = func(n *confNode) {
		r := c.configLine(n.text)
		if refused(r.text) {
			d.bootFault = append(d.bootFault, fmt.Sprintf("%q: %s", n.text, strings.Join(strings.Fields(r.text), " ")))
			return
		}
		depth := c.mode
		for _, k := range n.kids {
			c.mode = depth
			feed(k)
		}
	}
	feed(n)
	// "On a restore of a saved configuration Catalyst 9300 brings ERSPAN
	// sessions back DISABLED" (Network Management guide 17.17).
	if s := d.mon[sessionID(n.text)]; s != nil && s.erspan() && d.model.erspanShut && d.startup != "" {
		s.shutdown = true
	}
}

func (d *iosxe) isNativeLine(text string) bool {
	for _, s := range d.mon {
		for _, n := range s.raw {
			if n.text == text {
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

// runningConfig is the configuration without what changes by itself.
func (d *iosxe) runningConfig() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.render()
}

func (d *iosxe) startupConfig() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.startup
}

// boot restarts from the startup configuration.
func (d *iosxe) boot(reason string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cancelRevert()
	d.reason, d.changedAt, d.changedBy = reason, time.Time{}, ""
	d.load(parseConf(d.startup))
}

func (d *iosxe) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cancelRevert()
}

// save makes the running configuration the startup one. The caller holds mu.
func (d *iosxe) save(user string) {
	d.startup = d.render()
	d.savedAt, d.savedBy = time.Now(), user
	d.sw.stats.saves.Add(1)
}

// tree is the whole configuration as a tree, monitor sessions in their place.
func (d *iosxe) tree() *confNode {
	root := &confNode{kids: append([]*confNode(nil), d.conf.kids...)}
	for _, id := range sortedIDs(d.mon) {
		for _, n := range d.mon[id].config() {
			root.insert(topPlace(root, n.text), n)
		}
	}
	return root
}

// render writes the configuration as `show running-config` does below its
// header: "!" separates blocks and kinds of lines.
func (d *iosxe) render() string {
	var b strings.Builder
	prev := ""
	for _, n := range d.tree().kids {
		first, _, _ := strings.Cut(n.text, " ")
		if first != prev || len(n.kids) > 0 || first == "interface" || first == "vlan" {
			b.WriteString("!\n")
		}
		prev = first
		if len(n.kids) > 0 {
			prev = ""
		}
		n.write(&b)
	}
	b.WriteString("!\nend\n")
	return b.String()
}

// plane tells the fabric what the configuration means. The caller holds mu.
func (d *iosxe) publish() {
	pl := fabric.Plane{Ports: map[string]fabric.PortState{}, SystemName: d.hostname(), Capabilities: "B", Model: d.model.sku,
		Description: "Cisco IOS Software, simulated by netmirror lab, " + d.model.sku + ", Version " + d.model.version}
	if !d.lldpOff() {
		pl.Speaks = append(pl.Speaks, "lldp")
	}
	if !d.cdpOff() {
		pl.Speaks = append(pl.Speaks, "cdp")
	}
	if d.conf.has("ip routing") {
		pl.Capabilities = "B,R"
	}
	for _, p := range d.sw.node.Ports {
		pl.Ports[p.Name] = d.planePort(p.Name)
	}
	for _, n := range d.conf.kids {
		if id, ok := vlanLine(n.text); ok && n.has("remote-span") {
			pl.Remote.Add(id)
		}
	}
	d.monitorPlane(&pl)
	d.sw.lab.fabric.Configure(d.sw.node, pl)
}

// planePort reads an interface's block. A member of a bundle forwards as the
// bundle's block says.
func (d *iosxe) planePort(name string) fabric.PortState {
	n := d.iface(name)
	if n == nil {
		return fabric.PortState{}
	}
	p := fabric.PortState{Down: n.has("shutdown"), Description: valueOf(n, "description")}
	if group, ok := n.value("channel-group"); ok {
		if po := d.iface("Port-channel" + strings.Fields(group)[0]); po != nil && len(po.kids) > 0 {
			n = po
		}
	}
	p.Routed = n.has("no switchport") || d.model.family == "ASR1000" || d.model.router
	p.Trunk = n.has("switchport mode trunk")
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

func valueOf(n *confNode, prefix string) string { v, _ := n.value(prefix); return v }
