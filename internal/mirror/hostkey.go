package mirror

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A HostKey is the pinned key of an SSH server, in authorized_keys form without
// comment.
type HostKey struct {
	Host   string    `json:"host"` // "address:port", with " via jump:port" behind a jump host
	Key    string    `json:"key"`
	Pinned time.Time `json:"pinned"`
}

// IsFingerprint reports whether a text is a key's fingerprint as OpenSSH and switches show it:
// SHA256: and the sum in base64 without padding.
func IsFingerprint(text string) bool {
	sum, ok := strings.CutPrefix(text, "SHA256:")
	octets, err := base64.RawStdEncoding.DecodeString(sum)
	return ok && err == nil && len(octets) == sha256.Size
}

// Fingerprint is the key as SSH programs and switches show it, "SHA256:...", and "-" of what
// is no key (RFC 4253 section 6.6: the octets of a key are those in base64).
func (k HostKey) Fingerprint() string {
	fields := strings.Fields(k.Key)
	if len(fields) < 2 {
		return "-"
	}
	octets, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil {
		return "-"
	}
	sum := sha256.Sum256(octets)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// usualPorts are those of protocols over SSH.
var usualPorts = map[string]int{"cli": 22, "netconf": 830}

// OfJumpHost reports whether the key is pinned for a jump host on the way to the device.
func (k HostKey) OfJumpHost(d Device) bool {
	return slices.ContainsFunc(d.Transports.All(), func(t PlacedTransport) bool {
		if t.JumpHost.Address == "" {
			return false
		}
		host, port, err := net.SplitHostPort(t.JumpHost.Address)
		if err != nil { // an address without a port
			host, port = strings.Trim(t.JumpHost.Address, "[]"), strconv.Itoa(usualPorts["cli"])
		}
		return k.Host == net.JoinHostPort(host, port)
	})
}

// Of reports whether the key is pinned for the device: under one of its addresses, or that
// behind a jump host. The key of a jump host itself is no device's.
func (k HostKey) Of(d Device) bool {
	address, _, _ := strings.Cut(k.Host, " via ")
	return slices.ContainsFunc(d.Transports.All(), func(t PlacedTransport) bool {
		port := cmp.Or(t.Port, usualPorts[t.Protocol])
		return port != 0 && address == net.JoinHostPort(strings.Trim(t.Address, "[]"), strconv.Itoa(port))
	})
}
