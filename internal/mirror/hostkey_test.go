package mirror_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/mirror"
)

// The keys of a device are those under its addresses, also behind a jump host; a jump
// host's own is not.
func TestKeysOfADevice(t *testing.T) {
	t.Parallel()
	d := mirror.Device{Name: "a", Transports: mirror.Transports{
		Config: mirror.Transport{Protocol: "netconf", Address: "192.0.2.1", JumpHost: mirror.JumpHost{Address: "192.0.2.9"}},
		State:  &mirror.Transport{Protocol: "cli", Address: "2001:db8::1", Port: 2222}, Counters: &mirror.Transport{Protocol: "snmp", Address: "192.0.2.1"}}}
	for host, want := range map[string]bool{
		"192.0.2.1:830": true, "192.0.2.1:830 via 192.0.2.9:22": true, "[2001:db8::1]:2222": true,
		"192.0.2.9:22": false, "192.0.2.1:22": false, "192.0.2.10:830": false, "192.0.2.1:161": false, "192.0.2.1:0": false,
	} {
		if got := (mirror.HostKey{Host: host}).Of(d); got != want {
			t.Errorf("%s: %v", host, got)
		}
	}
}

// The fingerprint is that of the SSH library.
func TestFingerprints(t *testing.T) {
	t.Parallel()
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
	if got := (mirror.HostKey{Key: line}).Fingerprint(); got != ssh.FingerprintSHA256(key) {
		t.Errorf("%s of %s", got, line)
	}
	for _, no := range []string{"", "ssh-ed25519", "ssh-ed25519 ???"} {
		if got := (mirror.HostKey{Key: no}).Fingerprint(); got != "-" {
			t.Errorf("%q has %s", no, got)
		}
	}
}
