package fabric

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// A BitRate is bits per second.
type BitRate int64

// The rates of the usual kinds of ports.
const (
	Mbps BitRate = 1_000_000
	Gbps BitRate = 1_000_000_000
)

// A PortSpec is a port to be made.
type PortSpec struct {
	Name  string
	Speed BitRate
}

// A Host is something that is plugged into a port.
type Host struct {
	Name   string
	MAC    MAC // zero: it never speaks, nothing is learned
	VLAN   int // 0: that of the port
	Speaks []string
}

// Traffic is frames in one VLAN (0: untagged). Bits counts the octets of frames
// as interface counters do, with the checksum but without preamble and gap;
// where one of bits and frames per second is 0, the mean frame has 500 octets.
// With Steps it follows them instead of being constant.
type Traffic struct {
	VLAN   int
	Packet Packet
	Bits   BitRate
	Frames float64
	Steps  []Step        // in order of At; nothing flows before the first
	Every  time.Duration // the steps begin again after so long; 0 = the last one holds for good
}

// A MAC is a hardware address; zero means that there is none.
type MAC [6]byte

// macFor derives a locally administered base address from a name, so that it
// is the same in every run.
func macFor(name string) MAC {
	h := sha256.Sum256([]byte(name))
	return MAC{2, h[0], h[1], h[2], h[3], 0}
}

// ParseMAC reads six octets in hexadecimal, in any of the usual groupings.
func ParseMAC(s string) (m MAC, ok bool) {
	raw, err := hex.DecodeString(strings.NewReplacer(".", "", ":", "", "-", "").Replace(s))
	return MAC(append(raw, make([]byte, 6)...)), err == nil && len(raw) == len(m)
}

// Groups writes an address in lower case with sep between groups of so many
// octets; it is empty where there is no address.
func (m MAC) Groups(octets int, sep string) string {
	if m == (MAC{}) {
		return ""
	}
	var parts []string
	for at := 0; at < len(m); at += octets {
		parts = append(parts, hex.EncodeToString(m[at:at+octets]))
	}
	return strings.Join(parts, sep)
}

// MAC is the hardware address of a port: the base plus its position.
func (p *Port) MAC() MAC {
	m := p.node.MAC
	m[5] = byte(p.index + 1)
	return m
}
