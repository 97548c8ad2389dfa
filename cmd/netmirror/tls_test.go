package main

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/certs"
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
	s.args = append(s.args, "--device-ca", ours.CA, "--device-cert", cert, "--device-key", key)
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

	s.args = []string{"--device-ca", testkit.NewAuthority(t, "other").CA}
	s.start()
	var seen string
	testkit.Eventually(t, patience, "the switch's certificate is refused", func() bool {
		seen = s.call("GET", "/devices/sw1", "", 200).String()
		return strings.Contains(seen, "the server's certificate is refused")
	})
	if strings.Contains(seen, ours.CA) || len(s.mirrors()) != 1 {
		t.Errorf("%s", seen)
	}

	for what, args := range map[string][]string{"belong together": {"--device-cert", cert}, "no such file": {"--ovsdb-ca", "/nowhere"}, "former name": {"--ovsdb-ca", ours.CA, "--device-ca", "/elsewhere"}} {
		if _, err := s.cli("", append([]string{"serve", "--data", t.TempDir()}, args...)...); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// A setting that got another name is taken under both, from wherever it comes.
func TestFormerNamesOfSettings(t *testing.T) {
	a := testkit.NewAuthority(t, "ours")
	cert, key := a.Issue(t, "controller")
	load := func(args ...string) (Config, error) {
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		flags.SetOutput(io.Discard)
		serveFlags(flags)
		if err := flags.Parse(args); err != nil {
			t.Fatal(err)
		}
		return loadConfig(flags)
	}
	is := func(how string, c Config, err error) {
		t.Helper()
		if err != nil || c.deviceFiles() != (certs.Files{CA: a.CA, Cert: cert, Key: key}) {
			t.Errorf("%s: %+v, %v", how, c.deviceFiles(), err)
		}
	}
	c, err := load("--device-ca", a.CA, "--device-cert", cert, "--device-key", key)
	is("now", c, err)
	c, err = load("--ovsdb-ca", a.CA, "--ovsdb-cert", cert, "--ovsdb-key", key)
	is("before", c, err)
	c, err = load("--device-ca", a.CA, "--ovsdb-ca", a.CA, "--ovsdb-cert", cert, "--device-key", key)
	is("mixed", c, err)
	c, err = load("--config", configFile(t, fmt.Sprintf("ovsdb-ca: %s\novsdb-cert: %s\ndevice-key: %s\n", a.CA, cert, key)))
	is("from a file", c, err)
	t.Setenv("NETMIRROR_OVSDB_CA", a.CA)
	c, err = load("--device-cert", cert, "--device-key", key)
	is("from the environment", c, err)
}
