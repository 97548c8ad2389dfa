package mirror

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// A Tunnel is what a tunnel interface carries copies with, where a platform sends
// them out of one. TTL and DSCP 0 are the platform's own.
type Tunnel struct {
	From string `json:"from"` // address of the device itself
	To   string `json:"to"`   // address of the collector
	VRF  string `json:"vrf,omitempty"`
	TTL  int    `json:"ttl,omitempty"`
	DSCP int    `json:"dscp,omitempty"`
}

// TunnelOf is the way that the copies of an ERSPAN source take; nil when it says of
// none.
func (n NativeSpec) TunnelOf() *Tunnel {
	e := n.Options.ERSPAN
	if n.Role != RoleERSPANSource || e == nil {
		return nil
	}
	return &Tunnel{From: e.Origin, To: n.Options.Collector, VRF: e.VRF, TTL: e.TTL, DSCP: e.DSCP}
}

// TOS is the octet of the IP header that holds the DSCP.
func (t Tunnel) TOS() int { return t.DSCP << 2 }

// Same reports whether two tunnels lead the same way; nil is one that nobody
// understands, and like none.
func (t *Tunnel) Same(o *Tunnel) bool { return t != nil && o != nil && *t == *o }

// String tells the way: "from 192.0.2.1 to 198.51.100.7 in VRF MGMT, TTL 64, DSCP 10".
func (t *Tunnel) String() string {
	if t == nil {
		return "a way that is not understood"
	}
	out := "from " + t.From + " to " + t.To
	if t.VRF != "" {
		out += " in VRF " + t.VRF
	}
	if t.TTL != 0 {
		out += fmt.Sprintf(", TTL %d", t.TTL)
	}
	if t.DSCP != 0 {
		out += fmt.Sprintf(", DSCP %d", t.DSCP)
	}
	return out
}

// Name is that of the interface for a way. It is made of the way alone, so that
// sessions which go the same way share one, and one that nobody else changed is known
// again without a store.
func (t Tunnels) Name(way Tunnel) string {
	b, err := json.Marshal(way)
	if err != nil { // strings and numbers always marshal
		panic(err)
	}
	sum := sha256.Sum256(b)
	numbers := uint64(max(t.To-t.From, 0)) + 1
	return t.Prefix + strconv.Itoa(t.From+int(binary.BigEndian.Uint64(sum[:8])%numbers))
}

// Ours reports whether a name is one that Name may give.
func (t Tunnels) Ours(name string) bool {
	text, ok := strings.CutPrefix(name, t.Prefix)
	n, err := strconv.Atoi(text)
	return ok && err == nil && strconv.Itoa(n) == text && n >= t.From && n <= t.To
}
