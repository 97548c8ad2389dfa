package iosxe

import (
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
)

// An iface is what the configuration says of an interface, as far as the
// destination guard asks.
type iface struct {
	name    text.Name
	trunk   bool
	routed  bool
	access  int    // switchport access vlan, 0 = not told
	address string // the first of IP, without mask; "of Loopback0" where it is another's
	group   int    // channel-group, 0 = none

	shutdown bool
	allowed  string   // switchport trunk allowed vlan, its lines joined; "" = not told, which is all
	lists    []string // these lines
	native   int      // switchport trunk native vlan, 0 = not told
	lines    []string // as they are printed, without the head
}

// An svi is the interface of the switch itself in a VLAN.
type svi struct {
	vlan    int
	address string
}

// address is that of an interface's line, without mask, "" for other lines and
// for further addresses.
func address(reply string) string {
	words := strings.Fields(reply)
	switch {
	case len(words) < 3 || words[0] != "ip" && words[0] != "ipv6":
	case words[1] == "address" && words[len(words)-1] != "secondary":
		return words[2]
	case words[1] == "unnumbered":
		return "of " + words[2]
	}
	return ""
}

func (i *iface) line(reply string) {
	words := strings.Fields(reply)
	switch {
	case reply == "switchport mode trunk", strings.HasPrefix(reply, "switchport mode private-vlan trunk"):
		i.trunk = true
	case reply == "no switchport":
		i.routed = true
	case reply == "shutdown":
		i.shutdown = true
	case strings.HasPrefix(reply, "switchport trunk allowed vlan add "):
		i.lists = append(i.lists, strings.TrimPrefix(reply, "switchport trunk allowed vlan add ")) // a long list goes on
	case strings.HasPrefix(reply, "switchport trunk allowed vlan "):
		i.lists = []string{strings.TrimPrefix(reply, "switchport trunk allowed vlan ")}
	case strings.HasPrefix(reply, "switchport trunk native vlan ") && len(words) == 5:
		if v, err := text.Decimal(words[4]); err == nil {
			i.native = v
		}
	case strings.HasPrefix(reply, "switchport access vlan ") && len(words) == 4:
		if v, err := text.Decimal(words[3]); err == nil {
			i.access = v
		}
	case address(reply) != "":
		if i.address == "" {
			i.address = address(reply)
		}
	case strings.HasPrefix(reply, "channel-group ") && len(words) >= 2:
		if v, err := text.Decimal(words[1]); err == nil {
			i.group = v
		}
	}
}

// wasShut reports whether a port's stanza had it switched off.
func wasShut(stanza string) bool {
	return slices.ContainsFunc(strings.Split(stanza, "\n"), func(l string) bool { return strings.TrimSpace(l) == "shutdown" })
}
