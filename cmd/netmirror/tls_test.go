package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// A session on a real Open vSwitch over TLS; a switch that another authority
// vouches for is not spoken to.
func TestOpenVSwitchOverTLS(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ours := testkit.NewAuthority(t, "ours")
	cert, key := ours.Issue(t, "switch", "127.0.0.1")
	port, err := s.lab.ListenTLS(t.Context(), key, cert, ours.CA)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = ours.Issue(t, "controller")
	s.args = append(s.args, "--ovsdb-ca", ours.CA, "--ovsdb-cert", cert, "--ovsdb-key", key)
	s.start()
	entry := fmt.Sprintf(`{"platform":"openvswitch","transports":{"config":{"protocol":"ovsdb","address":"127.0.0.1","port":%d,"tls":true,"bridge":%q}}}`, port, s.bridge)
	s.call("PUT", "/devices/sw1", entry, 201)
	s.call("PUT", "/sessions/far", body(s.tool, s.a.Port+" both"), 201)
	s.reach("far", "Active")
	if got := s.mirrors(); len(got) != 1 {
		t.Errorf("mirrors %v", got)
	}
	if a := s.call("GET", "/devices/sw1", "", 200); !strings.Contains(a.String(), `"tls":true`) {
		t.Errorf("%s", a)
	}
	s.stop()

	s.args = []string{"--ovsdb-ca", testkit.NewAuthority(t, "other").CA}
	s.start()
	var seen string
	testkit.Eventually(t, patience, "the switch's certificate is refused", func() bool {
		seen = s.call("GET", "/devices/sw1", "", 200).String()
		return strings.Contains(seen, "the server's certificate is refused")
	})
	if strings.Contains(seen, ours.CA) || len(s.mirrors()) != 1 {
		t.Errorf("%s", seen)
	}

	for what, args := range map[string][]string{"belong together": {"--ovsdb-cert", cert}, "no such file": {"--ovsdb-ca", "/nowhere"}} {
		if _, err := s.cli("", append([]string{"serve", "--data", t.TempDir()}, args...)...); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%v: %v", args, err)
		}
	}
}
