package mib

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// vlans tells access ports from trunks by the egress lists of VLANs, those in force, else
// those configured. Lists count bridge ports, not interfaces.
func vlans(t Tables, ports []mirror.Port, at map[uint32]int) error {
	egress, untagged := currentEgress, currentUntagged
	if len(t[egress]) == 0 {
		egress, untagged = staticEgress, staticUntagged
	}
	base := map[int]int{} // bridge port -> place among ports
	for _, id := range t.Indexes(BasePortIfIndex) {
		number, ok := id.Index()
		index, told := t.Integer(BasePortIfIndex, id)
		if i, known := at[uint32(index)]; ok && told && known {
			base[int(number)] = i
		}
	}
	tagged, plain := map[int][]int{}, map[int][]int{} // VLANs by place
	for _, id := range t.Indexes(egress) {
		parts, err := Numbers(id)
		if err != nil || len(parts) == 0 {
			return fmt.Errorf("VLAN %q of the list of VLANs: %w", id, mirror.ErrParse)
		}
		vid := int(parts[len(parts)-1])
		if vid < 1 || vid > mirror.MaxVLAN {
			continue
		}
		without := PortList(t.Text(untagged, id))
		for _, number := range PortList(t.Text(egress, id)) {
			i, known := base[number]
			switch {
			case !known:
			case slices.Contains(without, number):
				plain[i] = append(plain[i], vid)
			default:
				tagged[i] = append(tagged[i], vid)
			}
		}
	}
	for number, i := range base {
		native, _ := t.Integer(pvid, snmp.OID(strconv.Itoa(number)))
		member(&ports[i], tagged[i], plain[i], int(native))
	}
	return nil
}

// member is what a port is in its VLANs. A port that sends one of them without a tag and
// no other is an access port; more are a trunk, which somebody made on purpose. One that
// sends several without tags (asymmetric or protocol VLANs) is neither, and not idle.
func member(p *mirror.Port, tagged, plain []int, native int) {
	slices.Sort(tagged)
	slices.Sort(plain)
	tagged, plain = slices.Compact(tagged), slices.Compact(plain)
	switch {
	case len(tagged) == 0 && len(plain) == 1:
		p.Access = plain[0]
	case len(tagged) > 0:
		p.Trunk = &mirror.Trunk{Allowed: mirror.VLANs(slices.Concat(tagged, plain)...)}
		if slices.Contains(plain, native) {
			p.Trunk.Native = native
		}
		p.Uses = append(p.Uses, mirror.PortUse{Kind: "trunk", Detail: fmt.Sprintf("it carries %d VLANs with tags", len(tagged))})
	case len(plain) > 1:
		p.Uses = append(p.Uses, mirror.PortUse{Kind: "trunk", Detail: fmt.Sprintf("it sends %d VLANs without tags", len(plain))})
	}
}

// PortList are the numbers in a PortList (RFC 4363: the first port is the top bit of the
// first octet), or in the list in decimals that some agents give instead.
func PortList(octets string) []int {
	if decimal, ok := decimals(octets); ok {
		return decimal
	}
	return PortBits(octets)
}

// decimals reads "0,4097,4099". One octet alone could be either; it is a bitmap.
func decimals(octets string) ([]int, bool) {
	if !strings.Contains(octets, ",") || strings.Trim(octets, "0123456789,") != "" {
		return nil, false
	}
	var out []int
	for part := range strings.SplitSeq(strings.Trim(octets, ","), ",") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, false
		}
		if n > 0 {
			out = append(out, n)
		}
	}
	return out, true
}

// WithPort is a bitmap of the same length with the bit of a port set or cleared; false
// where it has no room for the port.
func WithPort(octets string, port int, in bool) (string, bool) {
	if port < 1 || port > 8*len(octets) {
		return octets, false
	}
	at, bit := (port-1)/8, byte(0x80)>>((port-1)%8)
	out := []byte(octets)
	if in {
		out[at] |= bit
	} else {
		out[at] &^= bit
	}
	return string(out), true
}

// PortBits are the numbers in a bitmap of ports, whatever it looks like.
func PortBits(octets string) (out []int) {
	for i := range len(octets) {
		for bit := range 8 {
			if octets[i]&(0x80>>bit) != 0 {
				out = append(out, 8*i+bit+1)
			}
		}
	}
	return out
}
