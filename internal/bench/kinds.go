package main

import (
	"cmp"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A kind is what the bench has to know of a platform. What a session is in its words is
// not here: the scripts type what netmirror's own plan of it says.
type kind struct {
	platform  string // netmirror's, and the lab's
	protocol  string // over which it is configured, "" = the command line
	scrapligo string
	ansible   string         // ansible_network_os
	spec      string         // of a switch, as keys of the lab's description
	ports     string         // the name of port %d; 1 to 4 are copied
	named     map[int]string // names of ports that follow no rule
	bridge    string
	trial     string // mirror.Device.Confirm; "none": pushes stand at once, where they wait for a new login as a rule
	short     string // the beginning of such a name as people type it, "" = the same
	look      string // shows the sessions, as netmirror asks for them with every resync
	secret    bool   // there is a privileged mode with a secret of its own
	save      string // "" = a commit saves

	// Of platforms with a candidate:
	level   string   // scrapligo's name for the mode in which it is locked
	commit  []string // typed behind the lines
	do      string   // what look begins with in there
	confirm []string // typed when that was read
	plain   string   // the commit of a script that looks at nothing

	// What netmirror reads beside look around a push; %s is the port that copies go to.
	before         []string // of the port, and who neighbours it
	after          []string // how the session is shown elsewhere
	waits          []string // what waits or is locked, before a push and before it is confirmed
	unsaved, saved []string // before and behind save
}

// kinds are the platforms over a command line.
var kinds = []kind{
	{
		platform: "cisco_iosxe", scrapligo: "cisco_iosxe", ansible: "cisco.ios.ios",
		spec:  "model: C9300-24T, enableSecret: bench, credentials: [{username: bench, password: bench, privilege: 1}]",
		ports: "GigabitEthernet1/0/%d", short: "Gi1/0/%d", look: "show monitor session all detail", secret: true, save: "write memory",
		before: []string{"show running-config interface %s", "show interfaces %s status", "show interfaces %s",
			"show mac address-table dynamic interface %s", "show lldp neighbors", "show cdp neighbors"},
		after:   []string{"show running-config | section ^monitor session|^interface", "show platform software monitor session 66"},
		unsaved: []string{showUnsaved, "show startup-config"}, saved: []string{"show startup-config"},
	},
	{
		platform: "cisco_nxos", scrapligo: "cisco_nxos", ansible: "cisco.nxos.nxos",
		spec:  "model: N9K-C93180YC-EX, credentials: [{username: bench, password: bench}]",
		ports: "Ethernet1/%d", look: "show running-config monitor", save: "copy running-config startup-config",
		before: []string{"show monitor session all", "show running-config interface %s", "show interface %s status", "show interface %s",
			"show mac address-table dynamic interface %s", "show lldp neighbors", "show cdp neighbors"},
		after:   []string{"show monitor session all", "show running-config interface", "show interface status"},
		unsaved: []string{"show startup-config", "show running-config"}, saved: []string{"show startup-config"},
	},
	{
		platform: "cisco_iosxr", scrapligo: "cisco_iosxr", ansible: "cisco.iosxr.iosxr",
		spec:  "model: NCS-5501, credentials: [{username: bench, password: bench}]",
		ports: "TenGigE0/0/0/%d", look: "show running-config formal | include monitor-session",
		level: "configuration-exclusive", commit: []string{"commit confirmed 60"}, do: "do ", confirm: []string{"commit"}, plain: "commit",
		before: []string{"show running-config interface %s", "show interfaces %s", "show lldp neighbors", "show cdp neighbors"},
		after:  []string{"show running-config interface", "show monitor-session status"},
		waits:  []string{"show configuration sessions detail"},
	},
	{
		platform: "arista_eos", scrapligo: "arista_eos", ansible: "arista.eos.eos",
		spec:  "model: DCS-7050SX3-48YC8, enableSecret: bench, credentials: [{username: bench, password: bench, privilege: 1}]",
		ports: "Ethernet%d", look: "show running-config section monitor session", secret: true, save: "write memory",
		before: []string{"show running-config interfaces %s", "show interfaces %s status | json", "show interfaces %s | json",
			"show mac address-table dynamic interface %s | json", "show lldp neighbors | json"},
		after:   []string{"show monitor session | json"},
		waits:   []string{"show configuration sessions detail | json", "show configuration lock | json"},
		unsaved: []string{"show running-config diffs", "show startup-config"}, saved: []string{"show startup-config"},
	},
	{
		platform: "juniper_junos", scrapligo: "juniper_junos", ansible: "junipernetworks.junos.junos",
		spec:  "model: ex4300-48t, credentials: [{username: bench, password: bench}]",
		ports: "ge-0/0/%d", look: "show configuration forwarding-options | display inheritance | display set",
		level: "configuration-exclusive", commit: []string{"commit check", "commit confirmed 1"}, do: "run ", confirm: []string{"commit check"}, plain: "commit",
		before: []string{"show forwarding-options analyzer", "show configuration interfaces | display inheritance | display set", "show interfaces",
			"show configuration vlans | display inheritance | display set", "show lldp neighbors", "show ethernet-switching table"},
		after: []string{"show forwarding-options analyzer"},
		waits: []string{"show system commit"},
	},
}

// catalyst is the platform of the runs that are about one platform.
var catalyst = kinds[0]

// described is a lab of n switches sw0, sw1, ... of these platforms in turn, with an SNMP
// agent each and a tool in the port that copies go to.
func described(of []kind, n int) string {
	var b strings.Builder
	b.WriteString("fabric:\n  switches:\n")
	for i := range n {
		k := of[i%len(of)]
		fmt.Fprintf(&b, "    - {name: sw%d, platform: %s, %s, uptime: 1000h, snmp: {community: %s, writeCommunity: %s}}\n", i, k.platform, k.spec, community, secret)
	}
	b.WriteString("  hosts:\n") // some platforms copy to a port that is up, and to no other
	for i := range n {
		k, with := of[i%len(of)], []int{23}
		if k.over() == "snmp" { // a row whose source is down is not taken
			with = []int{1, 2, 3, 4, 23}
		}
		for _, port := range with {
			fmt.Fprintf(&b, "    - {at: \"sw%d:%s\", name: on-%d-%d}\n", i, fmt.Sprintf(k.ports, port), i, port)
		}
	}
	return b.String()
}

// protocols are those over which simulated switches are spoken to.
var protocols = []string{"cli", "gnmi", "netconf", "snmp"}

// doorOf is host:port of a switch for one of the protocols, "" where it has none.
func doorOf(sw *lab.Switch, protocol string) string {
	switch protocol {
	case "cli":
		return sw.Addr()
	case "gnmi":
		return sw.GNMIAddr()
	case "netconf":
		return sw.NETCONFAddr()
	case "snmp":
		return sw.SNMPAddr()
	}
	return ""
}

// over is the protocol over which a kind is configured.
func (k kind) over() string { return cmp.Or(k.protocol, "cli") }

// A place is where a switch is configured.
type place struct {
	address string       // host:port
	trips   func() int64 // how many round trips there have been
}

// at is where a simulated switch is configured. Over a command line round trips are counted
// below SSH, else by what was asked: SSH tells with every 96 KiB of an answer that there is
// room for more, and nobody waits for that.
func (k kind) at(sw *lab.Switch) place {
	return place{doorOf(sw, k.over()), func() int64 {
		switch s := sw.Stats(); k.protocol {
		case "gnmi", "netconf": // below them HTTP/2 and SSH have frames of their own
			return s.RoundTrips
		case "snmp":
			return s.SNMPRoundTrips
		default:
			return s.WireRoundTrips
		}
	}}
}

// transport is how a switch is configured at an address.
func (k kind) transport(addr string) (t mirror.Transport, err error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return t, err
	}
	t = mirror.Transport{Protocol: k.over(), Address: host, Bridge: k.bridge, Credentials: "bench"}
	switch k.protocol {
	case "gnmi":
		t.Insecure = mirror.InsecureSkipVerify // the handshake is the same
	case "snmp":
		t.Credentials = "agent"
	case "ovsdb":
		t.Credentials = ""
	}
	t.Port, err = strconv.Atoi(port)
	return t, err
}

// port is the name of port %d as people type it and switches show it.
func (k kind) port() string { return cmp.Or(k.short, k.ports) }

// name is that of a port.
func (k kind) name(i int) string {
	if k.named != nil {
		return k.named[i]
	}
	return fmt.Sprintf(k.port(), i)
}

// intent copies four ports of a device.
func (k kind) intent(name, device string, direction mirror.Direction, first int) mirror.Session {
	s := mirror.Session{Name: name, Enabled: true, Destinations: []mirror.Destination{{Device: device, Interface: k.name(23)}}}
	for i := first; i < first+4; i++ {
		s.Sources = append(s.Sources, mirror.Source{Device: device, Interface: k.name(i), Direction: direction})
	}
	return s
}
