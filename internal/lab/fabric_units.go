package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// A rate is bits per second.
type rate int64

// The rates of the usual kinds of ports.
const (
	mbps rate = 1_000_000
	gbps rate = 1_000_000_000
)

// A portSpec is a port to be made.
type portSpec struct {
	name  string
	speed rate
}

// A host is something that is plugged into a port.
type host struct {
	name   string
	mac    mac // zero: it never speaks, nothing is learned
	vlan   int // 0: that of the port
	speaks []string
}

// Traffic is constant: frames in one VLAN (0: untagged). bits counts the
// octets of frames as interface counters do, with the checksum but without
// preamble and gap; without frames per second the mean frame has 500 octets.
type traffic struct {
	vlan   int
	bits   rate
	frames float64
}

// A mac is a hardware address; zero means that there is none.
type mac [6]byte

// macFor derives a locally administered base address from a name, so that it
// is the same in every run.
func macFor(name string) mac {
	h := sha256.Sum256([]byte(name))
	return mac{2, h[0], h[1], h[2], h[3], 0}
}

// parseMAC reads six octets in hexadecimal, in any of the usual groupings.
func parseMAC(s string) (m mac, ok bool) {
	raw, err := hex.DecodeString(strings.NewReplacer(".", "", ":", "", "-", "").Replace(s))
	return mac(append(raw, make([]byte, 6)...)), err == nil && len(raw) == len(m)
}

// groups writes an address in lower case with sep between groups of so many
// octets; it is empty where there is no address.
func (m mac) groups(octets int, sep string) string {
	if m == (mac{}) {
		return ""
	}
	var parts []string
	for at := 0; at < len(m); at += octets {
		parts = append(parts, hex.EncodeToString(m[at:at+octets]))
	}
	return strings.Join(parts, sep)
}

// mac is the hardware address of a port: the base plus its position.
func (p *port) mac() mac {
	m := p.node.mac
	m[5] = byte(p.index + 1)
	return m
}
