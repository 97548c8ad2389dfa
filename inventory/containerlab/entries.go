package containerlab

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/inventory"
)

// Labels by which a node of the topology file speaks to netmirror.
const (
	// LabelTool makes a tool of the switch port that the node is cabled to; the value is
	// the tool's name, "" = the node's.
	LabelTool = "netmirror-tool"
	// LabelCapacity is how much the tool takes, such as 1G: no file tells how fast a cable is.
	LabelCapacity = "netmirror-capacity"
	// LabelDriver says what a node is: PLATFORM[/PROTOCOL][:PORT].
	LabelDriver = "netmirror-driver"
	// LabelBridge is the virtual switch meant, where a node has several.
	LabelBridge = "netmirror-bridge"
	// LabelPorts says what the vendor's names of interfaces are where the kind does not:
	// eth1=GigabitEthernet1/0/1,eth2=GigabitEthernet1/0/2.
	LabelPorts = "netmirror-ports"
)

// Options are how entries are made of labs.
type Options struct {
	Catalogue inventory.Catalogue
	// Profiles are the credentials profiles that there are, Profile the one that is wanted,
	// "" = whichever fits.
	Profiles []mirror.Profile
	Profile  string
	// Prefix puts the lab's name before the names of devices and tools.
	Prefix bool
}

// Entries makes devices, tools and cables of labs. What becomes nothing is among Skipped
// with its reason.
func Entries(labs []Lab, o Options) inventory.Found {
	m := maker{options: o, names: map[string]string{}, tools: map[string]string{}}
	for i := range labs {
		m.lab(&labs[i])
	}
	return m.found
}

type maker struct {
	options Options
	found   inventory.Found
	names   map[string]string // of devices, with the node that has it
	tools   map[string]string
}

// A made is a node that became a device.
type made struct {
	device mirror.Device
	kind   *kind // nil = not known
	way    way
	ports  map[string]string // what LabelPorts says
}

func (m *maker) lab(l *Lab) {
	devices := map[string]*made{} // by node
	for i := range l.Nodes {
		n := &l.Nodes[i]
		if d := m.device(l, n); d != nil {
			devices[n.Name] = d
		}
	}
	m.links(l, devices)
	for i := range l.Nodes {
		n := &l.Nodes[i]
		if _, tool := n.Labels[LabelTool]; tool && devices[n.Name] == nil {
			m.tool(l, n, devices)
		}
		if d := devices[n.Name]; d != nil {
			m.found.Devices = append(m.found.Devices, d.device)
		}
	}
}

func (m *maker) name(l *Lab, theirs string) string {
	if m.options.Prefix && l.Name != "" {
		theirs = l.Name + "-" + theirs
	}
	return inventory.Name(theirs)
}

// device makes one of a node; nil where it becomes none, which is noted.
func (m *maker) device(l *Lab, n *Node) *made {
	k := kindOf(n.Kind)
	out := made{kind: k}
	platform, named := n.Labels[LabelDriver]
	_, tool := n.Labels[LabelTool]
	switch {
	case named:
		if platform = m.override(n, &out); platform == "" {
			return nil
		}
	case k == nil:
		m.skip(n, tool, "netmirror knows nothing of kind %q; the label %s says what drives it", n.Kind, LabelDriver)
		return nil
	case k.platform == "":
		m.skip(n, tool, "%s", k.without)
		return nil
	case k.switches != "" && n.Type != "" && !strings.EqualFold(n.Type, k.switches):
		m.skip(n, tool, "kind %s of type %q is a router; type: %s is the switch", k.name, n.Type, k.switches)
		return nil
	default:
		platform, out.way = k.platform, k.ways[0]
	}
	if !m.options.Catalogue.Serves(platform, out.way.protocol) {
		m.skip(n, tool, "netmirror has no driver for platform %s over %s", platform, out.way.protocol)
		return nil
	}
	t := mirror.Transport{Protocol: out.way.protocol, Address: n.Address, Port: out.way.port, Insecure: out.way.insecure, Bridge: n.Labels[LabelBridge]}
	if k != nil && k.name == "ovs-bridge" && n.Address == "" {
		t.Address, t.Port, t.Bridge = hostSocket, 0, n.Name
	}
	if t.Address == "" {
		m.skip(n, tool, "it has no management address (yet)")
		return nil
	}
	name := m.name(l, n.Name)
	if name == "" {
		m.skip(n, tool, "no name can be made of its own")
		return nil
	}
	if other, taken := m.names[name]; taken {
		m.skip(n, tool, "its name would be %s, as that of node %s is%s", name, other, m.hint())
		return nil
	}
	out.ports = m.ports(n)
	out.device = mirror.Device{Name: name, Platform: platform, Transports: mirror.Transports{Config: t}, Labels: labelsOf(l, n)}
	if faults := out.device.WithDefaults().Validate(); len(faults) > 0 {
		m.skip(n, tool, "%s: %s", faults[0].Pointer, faults[0].Message)
		return nil
	}
	m.names[name] = n.Name
	m.login(l, n, &out)
	m.remarks(n, &out)
	return &out
}

func (m *maker) hint() string {
	if m.options.Prefix {
		return ""
	}
	return "; --prefix puts the lab's name before names"
}

// skip notes why a node is no device, unless it is there to be a tool.
func (m *maker) skip(n *Node, tool bool, format string, args ...any) {
	if !tool {
		m.found.Skip(n.Name, format, args...)
	}
}

var driverLabel = regexp.MustCompile(`^([a-z][a-z0-9_]{0,40})(?:/([a-z][a-z0-9_]{0,40}))?(?::([0-9]{1,5}))?$`)

// override is the platform that the label says, with its way; "" where it is not one.
func (m *maker) override(n *Node, out *made) string {
	text := n.Labels[LabelDriver]
	f := driverLabel.FindStringSubmatch(text)
	if f == nil {
		m.found.Skip(n.Name, "label %s: %q is not PLATFORM[/PROTOCOL][:PORT], such as openvswitch or arista_eos/gnmi:6030", LabelDriver, text)
		return ""
	}
	platform, protocol := f[1], f[2]
	if k := out.kind; k != nil && k.platform == platform {
		if i := slices.IndexFunc(k.ways, func(w way) bool { return protocol == "" || w.protocol == protocol }); i >= 0 {
			out.way = k.ways[i]
		}
	}
	if out.way.protocol == "" {
		out.way.protocol = cmp.Or(protocol, m.usual(platform))
	}
	if f[3] != "" {
		out.way.port, _ = strconv.Atoi(f[3]) // five digits
	}
	return platform
}

// usual is the protocol of a platform that a label names alone.
func (m *maker) usual(platform string) string {
	for _, p := range []string{"cli", "gnmi", "netconf", "ovsdb", "snmp"} {
		if m.options.Catalogue.Serves(platform, p) {
			return p
		}
	}
	return "cli"
}

var (
	labelText = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$`)
	forOthers = regexp.MustCompile(`^(netmirror-|graph-|ansible-|nornir-)`)
)

// labelsOf are the lab's name, the group, and the user's own labels as far as ours may be so.
func labelsOf(l *Lab, n *Node) map[string]string {
	out := map[string]string{}
	put := func(key, value string) {
		if labelText.MatchString(key) && labelText.MatchString(value) && len(out) < mirror.MaxLabels {
			out[key] = value
		}
	}
	put(labLabel, l.Name)
	put("group", n.Group)
	keys := make([]string, 0, len(n.Labels))
	for key := range n.Labels {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if !forOthers.MatchString(key) {
			put(key, n.Labels[key])
		}
	}
	return out
}

// login chooses a profile. None is ever made of what a file says.
func (m *maker) login(l *Lab, n *Node, d *made) {
	t := &d.device.Transports.Config
	if t.Protocol == "ovsdb" { // has no logins
		return
	}
	if t.Credentials = inventory.Profile(m.options.Profiles, m.options.Profile, t.Address); t.Credentials != "" {
		return
	}
	user := ""
	if d.kind != nil {
		user = d.kind.user
	}
	m.found.Want(cmp.Or(m.options.Profile, inventory.Name(l.Name), labLabel), user, d.device.Name, t.Address)
}

// remarks tell what a person should know of a device that was made.
func (m *maker) remarks(n *Node, d *made) {
	if n.State != "" && n.State != "running" {
		m.found.Warn(n.Name, "its container is in state %q", n.State)
	}
	if d.kind == nil {
		return
	}
	if d.kind.switches != "" && n.Type == "" {
		m.found.Warn(n.Name, "this file does not tell the type of kind %s: only type %s is a switch", d.kind.name, d.kind.switches)
	}
	if d.kind.user != "" {
		m.found.Warn(n.Name, "kind %s starts with a login that everybody knows (user %s): change its password where others reach it", d.kind.name, d.kind.user)
	}
	if d.kind.note != "" && (d.way.insecure == "" || d.way.protocol == "gnmi") {
		m.found.Warn(n.Name, "%s", d.kind.note)
	}
}

// ports reads LabelPorts.
func (m *maker) ports(n *Node) map[string]string {
	out := map[string]string{}
	for _, pair := range strings.FieldsFunc(n.Labels[LabelPorts], func(r rune) bool { return r == ',' || r == ' ' }) {
		if here, there, ok := strings.Cut(pair, "="); ok && here != "" && there != "" {
			out[here] = there
		} else {
			m.found.Warn(n.Name, "label %s: %q is not LINUX=NAME", LabelPorts, pair)
		}
	}
	return out
}

// port is the vendor's name of an interface of a device, in the platform's canonical
// form; an error says why there is none. Where nothing is known of the kind, it is what
// the file says, if that is a name of the platform's own: eth1 is not taken for Ethernet1.
func (m *maker) port(d *made, linux string) (string, error) {
	name, told := d.ports[linux]
	k := d.kind
	if !told && k != nil && k.platform == d.device.Platform {
		if k.unsure != "" {
			return "", fmt.Errorf("%s (label %s tells)", k.unsure, LabelPorts)
		}
		if name = linux; k.port != nil {
			name = k.port(linux)
		}
		if name == "" {
			return "", fmt.Errorf("%q is no data port of kind %s", linux, k.name)
		}
		told = true
	}
	if !told {
		name = linux
	}
	port, err := m.options.Catalogue.Port(d.device.Platform, d.way.protocol, name)
	if err == nil && !told && port != linux {
		err = fmt.Errorf("how platform %s calls %q is not known (label %s tells)", d.device.Platform, linux, LabelPorts)
	}
	return port, err
}

// links declares cables at the devices that they end at.
func (m *maker) links(l *Lab, devices map[string]*made) {
	for _, cable := range l.Links {
		for _, ends := range [][2]End{{cable.A, cable.Z}, {cable.Z, cable.A}} {
			here, there := devices[ends[0].Node], ends[1]
			if here == nil {
				continue
			}
			port, err := m.port(here, ends[0].Interface)
			if err != nil {
				m.found.Warn(ends[0].Node, "the cable at %s is left out: %v", ends[0].Interface, err)
				continue
			}
			link := mirror.Link{Interface: port, Device: there.Node, PeerInterface: there.Interface}
			if peer := devices[there.Node]; peer != nil {
				link.Device = peer.device.Name
				if name, err := m.port(peer, there.Interface); err == nil {
					link.PeerInterface = name
				}
			}
			switch {
			case !link.Valid():
				m.found.Warn(ends[0].Node, "the cable at %s is left out: %q at its other end is no name", ends[0].Interface, there.Node+" "+there.Interface)
			case !slices.Contains(here.device.Links, link) && len(here.device.Links) < mirror.MaxLinks:
				here.device.Links = append(here.device.Links, link)
			}
		}
	}
	for _, d := range devices {
		slices.SortStableFunc(d.device.Links, func(a, b mirror.Link) int { return cmp.Compare(a.Interface, b.Interface) })
	}
}

// tool makes one of the switch port that an analyser is cabled to.
func (m *maker) tool(l *Lab, n *Node, devices map[string]*made) {
	name := m.name(l, cmp.Or(n.Labels[LabelTool], n.Name))
	if name == "" {
		m.found.Skip(n.Name, "label %s: no name can be made of %q", LabelTool, n.Labels[LabelTool])
		return
	}
	if other, taken := m.tools[name]; taken {
		m.found.Skip(n.Name, "tool %s is what node %s is%s", name, other, m.hint())
		return
	}
	type cabled struct {
		at   End // of the switch
		from string
	}
	var ends []cabled
	for _, link := range l.Links {
		for _, e := range [][2]End{{link.A, link.Z}, {link.Z, link.A}} {
			if e[0].Node == n.Name && devices[e[1].Node] != nil {
				ends = append(ends, cabled{e[1], e[0].Interface})
			}
		}
	}
	if len(ends) == 0 {
		m.found.Skip(n.Name, "tool %s is cabled to no device of ours", name)
		return
	}
	slices.SortStableFunc(ends, func(a, b cabled) int { return cmp.Compare(a.from, b.from) })
	if len(ends) > 1 {
		m.found.Warn(n.Name, "tool %s has %d cables; it is the port at its %s", name, len(ends), ends[0].from)
	}
	on := devices[ends[0].at.Node]
	port, err := m.port(on, ends[0].at.Interface)
	if err != nil {
		m.found.Skip(n.Name, "tool %s: %v", name, err)
		return
	}
	tool := mirror.Tool{Name: name, Device: on.device.Name, Interface: port, Labels: labelsOf(l, n)}
	if text, ok := n.Labels[LabelCapacity]; ok {
		if tool.Capacity, err = Capacity(text); err != nil {
			m.found.Warn(n.Name, "label %s: %v", LabelCapacity, err)
		}
	}
	if faults := tool.Validate(); len(faults) > 0 {
		m.found.Skip(n.Name, "tool %s: %s: %s", name, faults[0].Pointer, faults[0].Message)
		return
	}
	m.tools[name] = n.Name
	m.found.Tools = append(m.found.Tools, tool)
}

var rate = regexp.MustCompile(`(?i)^([0-9]{1,15})(?:\.([0-9]{1,9}))?\s*([kmgt]?)(?:bit/s|bps|b)?$`)

// Capacity reads a rate such as 1G, 2.5G, 100M or 1000000000, in bits a second.
func Capacity(text string) (mirror.BitsPerSecond, error) {
	f := rate.FindStringSubmatch(strings.TrimSpace(text))
	if f == nil {
		return 0, fmt.Errorf("%q is no rate such as 1G or 100M: %w", text, mirror.ErrInvalid)
	}
	zeros := map[string]int{"": 0, "k": 3, "m": 6, "g": 9, "t": 12}[strings.ToLower(f[3])]
	digits := f[1] + (f[2] + strings.Repeat("0", 12))[:max(zeros, 0)]
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || n == 0 || n > 1e15 {
		return 0, fmt.Errorf("%q is no rate of an interface: %w", text, mirror.ErrInvalid)
	}
	return mirror.BitsPerSecond(n), nil
}
