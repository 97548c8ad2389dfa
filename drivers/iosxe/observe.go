package iosxe

import (
	"context"
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
	showCDP     = "show cdp neighbors" // on by default, which LLDP is not
	showMACs    = "show mac address-table dynamic"
	// "+" is what only the running configuration has.
	showUnsaved = "show archive config differences nvram:startup-config system:running-config"
)

// A state is what the device was last seen to be. Once it is handed out it is
// never changed.
type state struct {
	observation mirror.Observation
	around      around
	monitor     string    // show monitor, without noise
	ground      string    // what footings show beside, see footingViews
	read        time.Time // of the configuration
	looked      time.Time // at what is around

	// fed is, by session, the command that showed it in the hardware.
	fed map[string]string
}

// clone may be changed without changing the state.
func (s *state) clone() *state {
	out := *s
	out.observation.Natives = slices.Clone(s.observation.Natives)
	out.observation.Ports = slices.Clone(s.observation.Ports)
	out.observation.Handles = maps.Clone(s.observation.Handles)
	out.fed = maps.Clone(s.fed)
	return &out
}

// viewBreak stands between the two texts of a view.
const viewBreak = "\n\f\n"

// recall takes up what the caller knows of the device. Of what is stored the
// surroundings are missing; they are read with the next configuration.
func (c *Conn) recall(k mirror.Known) {
	s, ours := k.Private.(*state)
	switch {
	case ours && s == c.given:
	case ours:
		c.state, c.given = s.clone(), s
	case k.View != "" && !k.IsZero():
		c.state, c.given = &state{observation: k.Observation, read: k.Read}, nil
		c.state.monitor, c.state.ground, _ = strings.Cut(k.View, viewBreak)
		c.state = c.state.clone()
	default:
		c.state, c.given = nil, nil
	}
}

// known hands out what was read; the caller may keep it.
func (c *Conn) known() mirror.Known {
	c.given = c.state.clone()
	return mirror.Known{Observation: c.given.clone().observation, View: c.given.monitor + viewBreak + c.given.ground,
		Read: c.given.read, Private: c.given}
}

// around is what the destination guard and Render ask beside the sessions.
type around struct {
	neighbours []neighbour
	macs       map[mirror.PortName]int
	received   map[mirror.PortName]string // the device's words for what a port receives, of ports that were asked for
	handles    map[string]string
	hyphen     bool          // addresses are asked for by the older command
	vlans      []mirror.VLAN // nil where the device does not list them
	noVLANs    string        // why none can be made
	spread     mirror.VLANSpread
}

// Observe reads the device. While show monitor says the same as is known and
// nothing was pushed, it is one command; the configuration and the ports are
// read again after a push, when the view changed, when they are older than the
// look bears, and when it is at the whole. The ports that the look names are asked for in the same
// write.
//
// Output that is not understood is mirror.ErrParse. A device that refuses show
// monitor is a DeviceError.
func (c *Conn) Observe(ctx context.Context, look mirror.Look) (mirror.Known, error) {
	c.recall(look.Known)
	if look.Whole {
		c.dirty, c.lookAgain = true, true
	}
	if err := c.observe(ctx, look); err != nil {
		c.dirty = true
		return mirror.Known{}, hide(c.term, err)
	}
	return c.known(), nil
}

func (c *Conn) observe(ctx context.Context, look mirror.Look) error {
	same := false
	if c.state != nil && !c.dirty && !c.state.read.Before(look.Oldest) {
		var err error
		if same, err = c.unchanged(ctx, look); err != nil {
			return err
		}
	}
	if !same {
		if err := c.full(ctx, look); err != nil {
			return err
		}
	}
	c.state.observation.At = c.now()
	return nil
}

// unchanged reads the narrow view, with the hardware's state of what was not
// programmed when it was last asked.
func (c *Conn) unchanged(ctx context.Context, look mirror.Look) (bool, error) {
	var waiting []mirror.NativeSession
	for _, n := range c.state.observation.Natives {
		if n.Programmed == mirror.False {
			waiting = append(waiting, n)
		}
	}
	views := c.footingViews()
	replies, err := c.run(ctx, slices.Concat([]string{showMonitor}, views, namedCommands(look), c.questions(waiting))...)
	if err != nil {
		return false, err
	}
	reply, _, err := c.readMonitor(replies[showMonitor])
	if err != nil || reply != c.state.monitor {
		return false, err
	}
	if len(views) > 0 && groundText(replies) != c.state.ground {
		c.lookAgain = true
		return false, nil
	}
	if err := c.hardware(ctx, waiting, c.state, replies); err != nil {
		return false, err
	}
	for _, n := range waiting {
		*find(c.state.observation.Natives, n.ID) = n
	}
	return c.readNamed(look, replies)
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
	return noise.Quiet(remote) + "\n" + noise.Quiet(trunks)
}

func (c *Conn) readMonitor(reply string) (view string, views []shown, err error) {
	if words, refused := showRefusal(reply); refused {
		return "", nil, &mirror.DeviceError{Device: c.device, Sent: showMonitor, Answer: words}
	}
	views, err = parseMonitor(reply)
	return noise.Quiet(reply), views, err
}

// full reads everything, in one write where few sessions are on the device.
func (c *Conn) full(ctx context.Context, named mirror.Look) error {
	commands := []string{showMonitor, showConfig, showStatus}
	look := c.state == nil || c.lookAgain || c.state.looked.IsZero() || c.state.looked.Before(named.Oldest)
	if look {
		commands = append(commands, showRemote, showVLANs, showTrunks, showVTP, showACLs, showLLDP, showCDP, showMACs)
	} else {
		commands = append(commands, c.footingViews()...)
	}
	commands = append(commands, trafficCommands(named, look)...)
	if len(c.pushed) > 0 {
		commands = append(commands, showUnsaved)
	}
	replies, err := c.run(ctx, append(commands, c.questions(c.expected())...)...)
	if err != nil {
		return err
	}
	hyphen, err := c.hyphenated(ctx, replies)
	if err != nil {
		return err
	}
	natives, cfg, err := c.sessions(ctx, replies)
	if err != nil {
		return err
	}
	next := state{read: c.now(), fed: map[string]string{}}
	if err := c.hardware(ctx, natives, &next, replies); err != nil {
		return err
	}
	if look {
		next.looked = next.read
		if next.around, err = readAround(replies); err != nil {
			return err
		}
		next.around.hyphen = hyphen
	} else {
		next.looked, next.around = c.state.looked, c.state.around
	}
	if next.around, err = next.around.with(named, replies); err != nil {
		return err
	}
	ports, err := readPorts(replies[showStatus], cfg, next.around)
	if err != nil {
		return err
	}
	next.observation = mirror.Observation{Natives: natives, Ports: ports, Handles: next.around.handles,
		VLANs: usedVLANs(next.around.vlans, cfg), NoVLANs: next.around.noVLANs, Spread: next.around.spread}
	if trunks, read := answered(replies, showTrunks); read {
		if err := checkTrunks(trunks); err != nil {
			return err
		}
	}
	next.monitor, next.ground = noise.Quiet(replies[showMonitor]), groundText(replies)
	c.dirty = c.newDoubt(natives)
	c.state = &next
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

// newDoubt reports whether the two views show a session differently, and did not
// when they were read last: then everything is read once more the next time, since
// the narrow view need not change when that ends.
func (c *Conn) newDoubt(natives []mirror.NativeSession) bool {
	return slices.ContainsFunc(natives, func(n mirror.NativeSession) bool {
		if !n.Disputed {
			return false
		}
		if c.state == nil {
			return true
		}
		was := find(c.state.observation.Natives, n.ID)
		return was == nil || was.Opaque != n.Opaque
	})
}

// sessions reads the sessions of the device from the replies to showMonitor and
// showConfig. Where these disagree and did not before, somebody may have typed in
// between: both are asked once more.
func (c *Conn) sessions(ctx context.Context, replies map[string]string) ([]mirror.NativeSession, *config, error) {
	for again := false; ; again = true {
		_, views, err := c.readMonitor(replies[showMonitor])
		if err != nil {
			return nil, nil, err
		}
		cfg, err := readConfig(replies[showConfig])
		if err != nil {
			return nil, nil, err
		}
		natives := c.plain(merge(views, cfg))
		if again || !c.newDoubt(natives) {
			return natives, cfg, nil
		}
		more, err := c.run(ctx, showMonitor, showConfig)
		if err != nil {
			return nil, nil, err
		}
		maps.Copy(replies, more)
	}
}

// readConfig is nil for a device that does not show its configuration to us.
func readConfig(reply string) (*config, error) {
	if absent(reply) {
		return nil, nil
	}
	cfg, err := parseSection(reply)
	if err != nil {
		return nil, err
	}
	return &cfg, nil
}
