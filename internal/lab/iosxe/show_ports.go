package iosxe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A portView words what show commands tell of a port.
type portView struct{ plant.PortView }

// views lists the ports, or the one that is named.
func (d *device) views(only string) []portView {
	wanted := func(name string) bool { return only == "" || name == only }
	state := func(name string) (p fabric.PortState) {
		if wanted(name) { // reading it costs a look through the configuration
			p = d.planePort(name)
		}
		return p
	}
	all := d.mirrors()
	var out []portView
	for _, v := range plant.PortViews(d.host, state, func(string) string { return "" }, nil) {
		if wanted(v.Name) {
			v.Monitor = slices.ContainsFunc(all, func(m *plant.Mirror) bool { return m.EndsAt(v.Name) })
			out = append(out, portView{v})
		}
	}
	return out
}

// state is the first line's wording. That a destination says "line protocol
// is down (monitoring)" is general knowledge; the word itself is recorded.
func (v portView) state() (admin, line string) {
	switch {
	case v.Down:
		return "administratively down", "down (disabled)"
	case v.Monitor && v.Up:
		return "up", "down (monitoring)"
	case v.Up:
		return "up", "up (connected)"
	}
	return "down", "down (notconnect)"
}

func showInterfaces(c *cli, a *cmdline.Args) cmdline.Reply {
	var b strings.Builder
	name := a.Str("if")
	for _, v := range c.d.views(name) {
		v.write(&b)
	}
	for _, n := range c.d.Running.lines.Kids { // virtual interfaces
		if full, ok := strings.CutPrefix(n.Text, "interface "); ok && !c.d.ports[full] && (name == "" || name == full) {
			if strings.HasPrefix(full, "Port-channel") {
				c.d.bundle(full).write(&b)
			} else {
				c.d.writeVirtual(&b, full, n)
			}
		}
	}
	return cmdline.Reply{Text: b.String()}
}

// write prints a port in the recorded layout. Rates follow the load interval; how
// another one than 5 minutes is worded, and a time of clearing, is recorded of
// IOS-XR and general knowledge.
func (v portView) write(b *strings.Builder) {
	p := func(format string, a ...any) { fmt.Fprintf(b, format+"\n", a...) }
	admin, line := v.state()
	p("%s is %s, line protocol is %s ", v.Name, admin, line)
	p("  Hardware is %s, address is %s (bia %s)", v.hardware(), dotted(v.MAC), dotted(v.MAC))
	if v.Description != "" {
		p("  Description: %s", v.Description)
	}
	kbit := int64(v.Speed) / 1000
	p("  MTU 1500 bytes, BW %d Kbit/sec, DLY 10 usec, ", kbit)
	p("     reliability 255/255, txload %d/255, rxload %d/255", load(v.Mean.OutBits, v.Speed), load(v.Mean.InBits, v.Speed))
	p("  Encapsulation ARPA, loopback not set")
	p("  Keepalive set (10 sec)")
	switch {
	case v.bundled() && v.Up: // as on IOSv, with the members in the next line: general knowledge
		p("  Full-duplex, %s, link type is auto, media type is N/A", speedText(v.Speed))
	case v.Up:
		p("  Full-duplex, %s, media type is %s", speedText(v.Speed), mediaType(v.Speed))
	default:
		p("  Auto-duplex, Auto-speed, media type is %s", mediaType(v.Speed))
	}
	p("  input flow-control is off, output flow-control is unsupported ")
	if v.bundled() && v.Up {
		p("  Members in this channel: %s ", names.ShortList(v.Members, " "))
	}
	p("  ARP type: ARPA, ARP Timeout 04:00:00")
	p("  Last input never, output never, output hang never")
	p("  Last clearing of \"show interface\" counters %s", cmdline.Ago(v.Cleared, v.ClearedAgo))
	p("  Input queue: 0/2000/0/0 (size/max/drops/flushes); Total output drops: %d", v.OutDrops)
	p("  Queueing strategy: fifo")
	p("  Output queue: 0/40 (size/max)")
	window := cmdline.Interval(v.Mean.Over)
	p("  %s input rate %d bits/sec, %d packets/sec", window, v.Mean.InBits, v.Mean.InRate)
	p("  %s output rate %d bits/sec, %d packets/sec", window, v.Mean.OutBits, v.Mean.OutRate)
	p("     %d packets input, %d bytes, 0 no buffer", v.InFrames, v.InOctets)
	p("     Received 0 broadcasts (0 multicasts)")
	p("     0 runts, 0 giants, 0 throttles ")
	p("     0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored")
	p("     0 watchdog, 0 multicast, 0 pause input")
	p("     0 input packets with dribble condition detected")
	p("     %d packets output, %d bytes, 0 underruns", v.OutFrames, v.OutOctets)
	p("     Output 0 broadcasts (0 multicasts)")
	p("     0 output errors, 0 collisions, 0 interface resets")
	p("     0 unknown protocol drops")
	p("     0 babbles, 0 late collision, 0 deferred")
	p("     0 lost carrier, 0 no carrier, 0 pause output")
	p("     0 output buffer failures, 0 output buffers swapped out")
}

func (d *device) writeVirtual(b *strings.Builder, name string, n *cmdline.Node) {
	state := "up"
	if n.Has("shutdown") {
		state = "administratively down"
	}
	fmt.Fprintf(b, "%s is %s, line protocol is %s \n  Hardware is Ethernet SVI, address is %s (bia %s)\n", name, state,
		map[bool]string{true: "up", false: "down"}[state == "up"], dotted(d.host.Node().MAC), dotted(d.host.Node().MAC))
	if ip, ok := n.Value("ip address"); ok {
		fmt.Fprintf(b, "  Internet address is %s\n", withPrefix(ip))
	}
	fmt.Fprintf(b, "  MTU 1500 bytes, BW 1000000 Kbit/sec, DLY 10 usec, \n     reliability 255/255, txload 1/255, rxload 1/255\n  Encapsulation ARPA, loopback not set\n")
}

func load(bits uint64, speed fabric.BitRate) int64 {
	return min(max(int64(bits)*255/max(int64(speed), 1), 1), 255)
}

func (v portView) bundled() bool { return strings.HasPrefix(v.Name, "Port-channel") }

// bundle is a port-channel: it counts what its members count.
func (d *device) bundle(name string) portView {
	state := func(n string) (p fabric.PortState) {
		if n == name {
			p = d.planePort(n)
		}
		return p
	}
	members := d.members(name)
	all := plant.PortViews(d.host, state, func(port string) string {
		if slices.Contains(members, port) {
			return name
		}
		return ""
	}, []string{name})
	v := portView{all[len(all)-1]}
	v.Monitor = slices.ContainsFunc(d.mirrors(), func(m *plant.Mirror) bool { return m.EndsAt(name) })
	return v
}

func (v portView) hardware() string {
	s := v.Speed
	switch {
	case v.bundled():
		return "EtherChannel"
	case s >= 10*fabric.Gbps:
		return "Ten Gigabit Ethernet"
	case s >= fabric.Gbps:
		return "Gigabit Ethernet"
	}
	return "Fast Ethernet"
}

func speedText(s fabric.BitRate) string {
	if s >= 10*fabric.Gbps {
		return fmt.Sprintf("%dGb/s", s/fabric.Gbps)
	}
	return fmt.Sprintf("%dMb/s", s/fabric.Mbps)
}

func mediaType(s fabric.BitRate) string {
	if s >= 10*fabric.Gbps {
		return "SFP-10GBase-SR"
	}
	return "10/100/1000BaseTX"
}

func showInterfacesStatus(c *cli, a *cmdline.Args) cmdline.Reply {
	var b strings.Builder
	b.WriteString("\nPort         Name               Status       Vlan       Duplex  Speed Type\n")
	for _, v := range c.d.views(a.Str("if")) {
		v.writeStatus(&b, mediaType(v.Speed))
	}
	for _, v := range c.d.bundles(a.Str("if")) {
		v.writeStatus(&b, "")
	}
	return cmdline.Reply{Text: b.String()}
}

// writeStatus prints a row of the recorded layout. The row of a bundle has no
// type: networktocode/ntc-templates,
// tests/cisco_ios/show_interfaces_status/cisco_ios_show_interfaces_status.raw.
func (v portView) writeStatus(b *strings.Builder, media string) {
	status, duplex, speed := "notconnect", "auto", "auto"
	switch {
	case v.Down:
		status = "disabled"
	case v.Monitor:
		status, duplex, speed = "monitoring", "full", shortSpeed(v.Speed)
	case v.Up:
		status, duplex, speed = "connected", "a-full", "a-"+shortSpeed(v.Speed)
	}
	vlan := fmt.Sprint(v.Untagged())
	if v.Trunk {
		vlan = "trunk"
	} else if v.Routed {
		vlan = "routed"
	}
	fmt.Fprintf(b, "%-12s %-18s %-12s %-10s %6s %6s %s\n", shortOf(v.Name), v.Description[:min(len(v.Description), 18)], status, vlan, duplex, speed, media)
}

// bundles are the port-channels as show interfaces status lists them: up with
// one of their members, at the speed of one.
func (d *device) bundles(only string) []portView {
	var out []portView
	for _, k := range d.Running.lines.Kids {
		name, ok := strings.CutPrefix(k.Text, "interface ")
		if !ok || !strings.HasPrefix(name, "Port-channel") || only != "" && only != name {
			continue
		}
		bundle := portView{plant.PortView{PortState: d.planePort(name), Name: name}}
		for _, m := range d.members(name) {
			for _, v := range d.views(m) {
				bundle.Up, bundle.Speed = bundle.Up || v.Up && !v.Down, max(bundle.Speed, v.Speed)
			}
		}
		out = append(out, bundle)
	}
	return out
}

func shortSpeed(s fabric.BitRate) string {
	if s >= 10*fabric.Gbps {
		return fmt.Sprintf("%dG", s/fabric.Gbps)
	}
	return fmt.Sprint(int64(s / fabric.Mbps))
}

func showTrunks(c *cli, _ *cmdline.Args) cmdline.Reply {
	var mode, allowed strings.Builder
	for _, v := range c.d.views("") {
		if v.Trunk && v.Up && !v.Monitor {
			fmt.Fprintf(&mode, "%-11s %-16s %-14s %-13s %d\n", shortOf(v.Name), "on", "802.1q", "trunking", v.Untagged())
			fmt.Fprintf(&allowed, "%-11s %s\n", shortOf(v.Name), orDefault(v.Allowed.Format(",", "-"), "none"))
		}
	}
	if mode.Len() == 0 {
		return cmdline.Reply{}
	}
	return cmdline.Reply{Text: "\nPort        Mode             Encapsulation  Status        Native vlan\n" + mode.String() +
		"\nPort        Vlans allowed on trunk\n" + allowed.String() + "\n"}
}

// showErrors prints the column of discarded frames; the layout is general
// knowledge, not recorded.
func showErrors(c *cli, a *cmdline.Args) cmdline.Reply {
	var b strings.Builder
	b.WriteString("\nPort        Align-Err     FCS-Err    Xmit-Err     Rcv-Err  UnderSize  OutDiscards\n")
	for _, v := range c.d.views(a.Str("if")) {
		fmt.Fprintf(&b, "%-11s %9d %11d %11d %11d %10d %12d\n", shortOf(v.Name), 0, 0, 0, 0, 0, v.OutDrops)
	}
	return cmdline.Reply{Text: b.String()}
}

// address is an interface's address as configured, "10.0.0.1 255.255.255.0".
func (d *device) address(name string) string {
	if n := d.iface(name); n != nil {
		return valueOf(n, "ip address")
	}
	return ""
}

func withPrefix(ip string) string {
	f := strings.Fields(ip)
	if len(f) < 2 {
		return ip
	}
	bits := 0
	for _, part := range strings.Split(f[1], ".") {
		for n := atoiOr(part, 0); n > 0; n >>= 1 {
			bits += n & 1
		}
	}
	return fmt.Sprintf("%s/%d", f[0], bits)
}

// interfaceNames lists ports and virtual interfaces in order.
func (d *device) interfaceNames() []string {
	var names []string
	for _, p := range d.host.Node().Ports {
		names = append(names, p.Name)
	}
	for _, n := range d.Running.lines.Kids {
		if name, ok := strings.CutPrefix(n.Text, "interface "); ok && !d.ports[name] {
			names = append(names, name)
		}
	}
	sortIfNames(names)
	return names
}

func (d *device) shortState(name string) (status, protocol string) {
	for _, v := range d.views(name) {
		admin, line := v.state()
		return admin, strings.Fields(line)[0]
	}
	if n := d.iface(name); n != nil && n.Has("shutdown") {
		return "administratively down", "down"
	}
	return "up", "up"
}

func showIPBrief(c *cli, _ *cmdline.Args) cmdline.Reply {
	var b strings.Builder
	fmt.Fprintf(&b, "%-22s %-15s %-3s %-6s %-21s %s\n", "Interface", "IP-Address", "OK?", "Method", "Status", "Protocol")
	for _, name := range c.d.interfaceNames() {
		ip, method := "unassigned", "unset"
		if a := c.d.address(name); a != "" {
			ip, method = strings.Fields(a)[0], "NVRAM"
		}
		status, protocol := c.d.shortState(name)
		fmt.Fprintf(&b, "%-22s %-15s %-3s %-6s %-21s %s\n", name, ip, "YES", method, status, protocol)
	}
	return cmdline.Reply{Text: b.String()}
}

func showIPInterface(c *cli, a *cmdline.Args) cmdline.Reply {
	var b strings.Builder
	for _, name := range c.d.interfaceNames() {
		if only := a.Str("if"); only != "" && only != name {
			continue
		}
		status, protocol := c.d.shortState(name)
		fmt.Fprintf(&b, "%s is %s, line protocol is %s\n", name, status, protocol)
		if ip := c.d.address(name); ip != "" {
			fmt.Fprintf(&b, "  Internet address is %s\n  Broadcast address is 255.255.255.255\n", withPrefix(ip))
		} else {
			b.WriteString("  Internet protocol processing disabled\n")
		}
	}
	return cmdline.Reply{Text: b.String()}
}
