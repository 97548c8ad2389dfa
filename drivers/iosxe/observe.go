package iosxe

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// The commands of a connection: who the device is.
const (
	showVersion    = "show version"
	showCapability = "show capability feature monitor erspan-source"
)

// The commands of an observation. The device builds its whole configuration
// for the second, so it is asked only when it may have changed.
const (
	showMonitor = "show monitor session all detail"
	showConfig  = "show running-config | section ^monitor session|^interface"
	showStatus  = "show interfaces status"
	showRemote  = "show vlan remote-span"
	showVLANs   = "show vlan brief"
	showTrunks  = "show interfaces trunk"
	showVTP     = "show vtp status"
	showChange  = "show running-config | include Last configuration change"
	showACLs    = "show access-lists | include access list"
	showLLDP    = "show lldp neighbors"
	showMACs    = "show mac address-table dynamic"
	// "+" is what only the running configuration has.
	showUnsaved = "show archive config differences nvram:startup-config system:running-config"
)

// fullEvery is how long the configuration and what the destination guard asks
// are taken for granted while show monitor stays the same.
const fullEvery = 15 * time.Minute

// A state is what the device was last seen to be.
type state struct {
	observation mirror.Observation
	around      around
	read        time.Time // of the configuration
	looked      time.Time // at what is around
}

// around is what the destination guard and Render ask beside the sessions.
type around struct {
	neighbours []neighbour
	macs       map[mirror.PortName]int
	handles    map[string]string
	vlans      []mirror.VLAN // nil where the device does not list them
	noVLANs    string        // why none can be made
}

// Refresh makes the next Observe read everything. A trunk or a VLAN that a person
// changed is otherwise seen after 15 minutes where nothing of ours stands on it.
func (c *Conn) Refresh() { c.dirty, c.lookAgain = true, true }

// Observe reads the device. While show monitor says the same as before and
// nothing was pushed, it is one command; the configuration and the ports are
// read again after a push, when the view changed, and every 15 minutes.
//
// Output that is not understood is mirror.ErrParse. A device that refuses show
// monitor is a DeviceError.
func (c *Conn) Observe(ctx context.Context) (mirror.Observation, error) {
	o, err := c.observe(ctx)
	if err != nil {
		c.dirty = true
		return mirror.Observation{}, fmt.Errorf("iosxe: observe %s: %w", c.device, err)
	}
	return o, nil
}

func (c *Conn) observe(ctx context.Context) (mirror.Observation, error) {
	if c.state != nil && !c.dirty && c.now().Sub(c.state.read) < fullEvery {
		same, err := c.unchanged(ctx)
		if err != nil {
			return mirror.Observation{}, err
		}
		if same {
			return c.copyOf(), nil
		}
	}
	if err := c.full(ctx); err != nil {
		return mirror.Observation{}, err
	}
	return c.copyOf(), nil
}

// copyOf is the state with the time of now; the caller may keep it.
func (c *Conn) copyOf() mirror.Observation {
	o := c.state.observation
	o.At = c.now()
	o.Natives = slices.Clone(o.Natives)
	o.Ports = slices.Clone(o.Ports)
	o.Handles = maps.Clone(o.Handles)
	return o
}

// unchanged reads the narrow view, with the hardware's state of what was not
// programmed when it was last asked.
func (c *Conn) unchanged(ctx context.Context) (bool, error) {
	var waiting []mirror.NativeSession
	for _, n := range c.state.observation.Natives {
		if n.Programmed == mirror.False {
			waiting = append(waiting, n)
		}
	}
	questions := c.questions(waiting)
	views := c.footingViews()
	replies, err := c.run(ctx, slices.Concat([]string{showMonitor}, views, slices.Sorted(maps.Values(questions)))...)
	if err != nil {
		return false, err
	}
	text, _, err := c.readMonitor(replies[showMonitor])
	if err != nil || text != c.monitor {
		return false, err
	}
	if len(views) > 0 && groundText(replies) != c.ground {
		c.lookAgain = true
		return false, nil
	}
	c.answers(c.state.observation.Natives, questions, replies)
	return true, nil
}

// footingViews are read beside the sessions where something of ours may stand on
// a remote VLAN: their text tells, without being understood, that a VLAN or a
// trunk changed. Other devices are spared them.
func (c *Conn) footingViews() []string {
	if c.state == nil {
		return nil
	}
	ours := func(v mirror.VLAN) bool { return strings.HasPrefix(v.Name, mirror.MarkPrefix) }
	remote := func(n mirror.NativeSession) bool { return n.Spec.RemoteVLAN != 0 }
	if slices.ContainsFunc(c.state.observation.VLANs, ours) || slices.ContainsFunc(c.state.observation.Natives, remote) {
		return []string{showRemote, showTrunks}
	}
	return nil
}

// groundText is the text of those views, "" where one was not read.
func groundText(replies map[string]string) string {
	remote, ok1 := replies[showRemote]
	trunks, ok2 := replies[showTrunks]
	if !ok1 || !ok2 {
		return ""
	}
	return strings.Join(append(textLines(remote), textLines(trunks)...), "\n")
}

func (c *Conn) readMonitor(reply string) (text string, views []shown, err error) {
	if words, refused := showRefusal(reply); refused {
		return "", nil, &mirror.DeviceError{Device: c.device, Sent: showMonitor, Answer: words}
	}
	views, err = parseMonitor(reply)
	return strings.Join(textLines(reply), "\n"), views, err
}

// full reads everything, in one write where few sessions are on the device.
func (c *Conn) full(ctx context.Context) error {
	commands := []string{showMonitor, showConfig, showStatus}
	look := c.state == nil || c.lookAgain || c.now().Sub(c.state.looked) >= fullEvery
	if look {
		commands = append(commands, showRemote, showVLANs, showTrunks, showVTP, showACLs, showLLDP, showMACs)
	} else {
		commands = append(commands, c.footingViews()...)
	}
	if len(c.pushed) > 0 {
		commands = append(commands, showUnsaved)
	}
	asked := c.questions(c.expected())
	commands = append(commands, slices.Sorted(maps.Values(asked))...)
	replies, err := c.run(ctx, commands...)
	if err != nil {
		return err
	}
	text, views, err := c.readMonitor(replies[showMonitor])
	if err != nil {
		return err
	}
	cfg, err := readConfig(replies[showConfig])
	if err != nil {
		return err
	}
	natives := merge(views, cfg)
	if err := c.hardware(ctx, natives, asked, replies); err != nil {
		return err
	}
	next := state{read: c.now()}
	if look {
		next.looked = next.read
		if next.around, err = readAround(replies); err != nil {
			return err
		}
	} else {
		next.looked, next.around = c.state.looked, c.state.around
	}
	ports, err := readPorts(replies[showStatus], cfg, next.around)
	if err != nil {
		return err
	}
	next.observation = mirror.Observation{Natives: natives, Ports: ports, Handles: next.around.handles,
		VLANs: usedVLANs(next.around.vlans, cfg), NoVLANs: next.around.noVLANs}
	c.state, c.monitor, c.ground, c.dirty = &next, text, groundText(replies), false
	c.lookAgain = c.lookAgain && !look
	if reply, read := replies[showUnsaved]; read {
		unsaved, err := parseDifferences(reply)
		c.unsaved, c.compared = unsaved, err == nil
	}
	return nil
}

// expected are the sessions that the device will probably have: those it had,
// and those that were pushed.
func (c *Conn) expected() []mirror.NativeSession {
	var out []mirror.NativeSession
	if c.state != nil {
		out = slices.Clone(c.state.observation.Natives)
	}
	for id := range c.pushed {
		if !slices.ContainsFunc(out, func(n mirror.NativeSession) bool { return n.ID == id }) {
			out = append(out, mirror.NativeSession{ID: id, Spec: mirror.NativeSpec{Role: mirror.RoleLocal}})
		}
	}
	return out
}

// readConfig is nil for a device that does not show its configuration to us.
func readConfig(reply string) (*config, error) {
	if _, refused := showRefusal(reply); refused {
		return nil, nil
	}
	cfg, err := parseConfig(reply)
	if err != nil {
		return nil, err
	}
	return &cfg, nil
}

// questions are the commands that tell whether sessions are in the hardware, by
// number; none where the platform has no such commands. Of an ERSPAN source the
// hardware tells more than that it has a number.
func (c *Conn) questions(natives []mirror.NativeSession) map[string]string {
	out := map[string]string{}
	if c.quirk.State == stateUnknown || c.noState {
		return out
	}
	for _, n := range natives {
		switch n.Spec.Role {
		case "":
		case mirror.RoleERSPANSource:
			fed := "fed active"
			if c.quirk.State == stateSwitch {
				fed = "fed switch active"
			}
			out[n.ID] = "show platform software " + fed + " monitor " + n.ID
		default:
			out[n.ID] = "show platform software monitor session " + n.ID
		}
	}
	return out
}

// hardware fills Programmed from what was asked, and asks for sessions that
// were not expected.
func (c *Conn) hardware(ctx context.Context, natives []mirror.NativeSession, asked map[string]string, replies map[string]string) error {
	questions := c.questions(natives)
	var missing []string
	for id, q := range questions {
		if asked[id] != q {
			missing = append(missing, q)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		more, err := c.run(ctx, missing...)
		if err != nil {
			return err
		}
		replies = maps.Clone(replies)
		maps.Copy(replies, more)
	}
	c.answers(natives, questions, replies)
	return nil
}

// answers reads the hardware's state into natives. What is not understood is
// unknown; it says nothing about what is configured.
func (c *Conn) answers(natives []mirror.NativeSession, questions, replies map[string]string) {
	for i := range natives {
		n := &natives[i]
		reply, read := replies[questions[n.ID]]
		if !read || n.Opaque != "" && n.Programmed == mirror.False {
			continue
		}
		if _, refused := showRefusal(reply); refused {
			c.noState = true
			n.Programmed, n.ProgrammedReason = mirror.Unknown, ""
			continue
		}
		var h hardware
		var err error
		id := n.ID
		if n.Spec.Role == mirror.RoleERSPANSource {
			h, err = parseFED(reply)
		} else {
			id, h, err = parsePlatformSession(reply)
		}
		if err != nil || id != n.ID {
			h = hardware{programmed: mirror.Unknown, reason: "the hardware's state was not understood"}
		}
		n.Programmed, n.ProgrammedReason = h.programmed, h.reason
	}
}

// readAround reads what the guard asks. Commands that the device does not have
// tell nothing; output that is not understood is an error.
func readAround(replies map[string]string) (around, error) {
	a := around{handles: map[string]string{}}
	has := func(command string) bool {
		_, refused := showRefusal(replies[command])
		return !refused
	}
	if has(showVLANs) {
		var err error
		if a.vlans, err = readVLANs(replies[showVLANs], replies[showRemote]); err != nil {
			return a, err
		}
	}
	if has(showVTP) {
		a.noVLANs = parseVTP(replies[showVTP])
	}
	if has(showACLs) {
		a.handles[handleACLs] = strings.Join(parseAccessLists(replies[showACLs]), ",")
	}
	if has(showLLDP) {
		var err error
		if a.neighbours, err = parseNeighbours(replies[showLLDP]); err != nil {
			return a, err
		}
	}
	if has(showMACs) {
		a.macs = parseMACs(replies[showMACs])
	}
	return a, nil
}

// readVLANs lists the VLANs of the device, with those that are for copies.
func readVLANs(brief, remote string) ([]mirror.VLAN, error) {
	vlans, err := parseVLANs(brief)
	if err != nil {
		return nil, err
	}
	if _, refused := showRefusal(remote); refused {
		return vlans, nil // a device without RSPAN
	}
	copies, err := parseRemoteVLANs(remote)
	for i := range vlans {
		vlans[i].Remote = slices.Contains(copies, vlans[i].ID)
	}
	return vlans, err
}

// usedVLANs tells which VLANs the switch itself has an interface in.
func usedVLANs(vlans []mirror.VLAN, cfg *config) []mirror.VLAN {
	out := slices.Clone(vlans)
	for i := range out {
		for _, s := range cfg.interfacesOfVLANs() {
			if s.vlan != out[i].ID {
				continue
			}
			detail := "the switch has an interface in it"
			if s.address != "" {
				detail = "the switch has address " + s.address + " in it"
			}
			out[i].Uses = append(out[i].Uses, mirror.PortUse{Kind: "addressed", Detail: detail})
		}
	}
	return out
}

// interfacesOfVLANs is empty for a device that does not show its configuration.
func (c *config) interfacesOfVLANs() []svi {
	if c == nil {
		return nil
	}
	return c.svis
}

// readPorts lists the ports with what speaks against using them as a
// destination. A router without show interfaces status has the ports of its
// configuration, of unknown state.
func readPorts(reply string, cfg *config, a around) ([]mirror.Port, error) {
	var rows []status
	if _, refused := showRefusal(reply); !refused {
		var err error
		if rows, err = parseStatus(reply); err != nil {
			return nil, err
		}
	} else if cfg != nil {
		for _, i := range cfg.interfaces {
			rows = append(rows, status{name: i.name})
		}
	}
	var out []mirror.Port
	for _, row := range rows {
		out = append(out, portOf(row, cfg, a))
	}
	slices.SortFunc(out, func(x, y mirror.Port) int { return comparePorts(x.Name, y.Name) })
	return slices.CompactFunc(out, func(x, y mirror.Port) bool { return x.Name == y.Name }), nil
}

// carries is what a trunk carries: all VLANs unless the configuration limits
// them. A list that is not understood is taken as one that carries nothing, so
// that nothing is believed to arrive by it.
func (i iface) carries() *mirror.Trunk {
	t := &mirror.Trunk{Allowed: mirror.AllVLANs(), Native: max(i.native, 1)}
	if i.allowed != "" {
		t.Allowed, _ = mirror.ParseVLANs(i.allowed)
	}
	return t
}

func portOf(row status, cfg *config, a around) mirror.Port {
	p := mirror.Port{Name: row.name.full(), Up: row.up(), Speed: row.speed, LAG: row.name.lag(), Access: row.access}
	var i iface
	if cfg != nil {
		for _, other := range cfg.interfaces {
			if other.name.full() == p.Name {
				i = other
			}
			if p.LAG && other.group == row.name.path[0] {
				p.Members = append(p.Members, other.name.full())
			}
		}
	}
	slices.SortFunc(p.Members, comparePorts)
	use := func(is bool, kind, format string, args ...any) {
		if is {
			p.Uses = append(p.Uses, mirror.PortUse{Kind: kind, Detail: fmt.Sprintf(format, args...)})
		}
	}
	trunk := row.vlan == "trunk" || i.trunk
	if trunk {
		p.Access, p.Trunk = 0, i.carries()
	}
	p.Admin, p.Stanza = mirror.True, strings.Join(i.lines, "\n")
	if i.shutdown || row.word == "disabled" {
		p.Admin = mirror.False
	}
	use(trunk, "trunk", "switchport mode trunk")
	use(i.group != 0, "lag-member", "member of Port-channel%d", i.group)
	use(i.address != "", "addressed", "ip address %s", i.address)
	use(i.address == "" && (i.routed || row.vlan == "routed"), "addressed", "a routed port")
	if row.word == "monitoring" {
		return p // a destination learns nothing; what is remembered is older
	}
	use(a.macs[p.Name] > 0, "learned", "%d learned MAC addresses", a.macs[p.Name])
	for _, n := range a.neighbours {
		use(n.port.full() == p.Name, "neighbour", "LLDP neighbour %s", quote(n.device))
	}
	return p
}
