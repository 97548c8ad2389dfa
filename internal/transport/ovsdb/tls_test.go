package ovsdb

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/ovslab"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/certs"
)

// tlsLab is a real database server, and what may be asked of it over TLS.
type tlsLab struct {
	*ovslab.Lab
	t    *testing.T
	ours *testkit.Authority
}

func newTLSLab(t *testing.T) *tlsLab {
	testkit.Need(t, "ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-appctl")
	testkit.NeedRoot(t)
	lab, err := ovslab.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	return &tlsLab{Lab: lab, t: t, ours: testkit.NewAuthority(t, "ours")}
}

// listen makes the server listen with a certificate for the names; ca is the
// authority of clients or "none".
func (l *tlsLab) listen(ca, commonName string, hosts ...string) string {
	l.t.Helper()
	cert, key := l.ours.Issue(l.t, commonName, hosts...)
	port, err := l.ListenTLS(l.t.Context(), key, cert, ca)
	if err != nil {
		l.t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

// ask connects and lists the databases.
func (l *tlsLab) ask(addr string, f certs.Files, serverName string) ([]string, error) {
	l.t.Helper()
	config, err := f.Config("127.0.0.1", serverName)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(l.t.Context(), 20*time.Second)
	defer cancel()
	c, err := Dial(ctx, "tcp", addr, Options{TLS: config})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.ListDbs(ctx)
}

func (l *tlsLab) works(what, addr string, f certs.Files, serverName string) {
	l.t.Helper()
	if names, err := l.ask(addr, f, serverName); err != nil || !slices.Contains(names, "Open_vSwitch") {
		l.t.Errorf("%s: %v, %v", what, names, err)
	}
}

func (l *tlsLab) fails(what, addr string, f certs.Files, serverName string, kind error, words string) {
	l.t.Helper()
	if _, err := l.ask(addr, f, serverName); !errors.Is(err, kind) || !strings.Contains(err.Error(), words) {
		l.t.Errorf("%s: %v, want %v with %q", what, err, kind, words)
	}
}

func TestTLSWithARealServer(t *testing.T) {
	l := newTLSLab(t)
	other := testkit.NewAuthority(t, "other")
	ca := certs.Files{CA: l.ours.CA}

	at := l.listen("none", "switch", "127.0.0.1", "sw1.example.net")
	l.works("a good certificate", at, ca, "")
	l.works("by another of its names", at, ca, "sw1.example.net")
	l.fails("another name", at, ca, "sw2.example.net", mirror.ErrAuth, "sw2.example.net")
	l.fails("its common name, while it has host names", at, ca, "switch", mirror.ErrAuth, "switch")
	l.fails("another authority", at, certs.Files{CA: other.CA}, "", mirror.ErrAuth, "unknown authority")
	l.fails("the system's authorities", at, certs.Files{}, "", mirror.ErrAuth, "unknown authority")

	at = l.listen("none", "switch", "sw1.example.net")
	l.fails("a name that is not the address", at, ca, "", mirror.ErrAuth, "127.0.0.1")

	at = l.listen("none", "sw1 id:1f0e") // as ovs-pki makes them
	l.works("a common name that is told", at, ca, "sw1 id:1f0e")
	l.fails("a common name that is not told", at, ca, "", mirror.ErrAuth, `"sw1 id:1f0e"; give that as serverName`)
	l.fails("another common name", at, ca, "sw1 id:1f0f", mirror.ErrAuth, `"sw1 id:1f0e"`)

}

// Mutual TLS. A server that was once told to ask for no certificate never asks.
func TestARealServerThatAsksForOurCertificate(t *testing.T) {
	l := newTLSLab(t)
	other := testkit.NewAuthority(t, "other")
	at := l.listen(l.ours.CA, "switch", "127.0.0.1")
	cert, key := l.ours.Issue(t, "controller")
	l.works("with our certificate", at, certs.Files{CA: l.ours.CA, Cert: cert, Key: key}, "")
	l.fails("without our certificate", at, certs.Files{CA: l.ours.CA}, "", mirror.ErrUnreachable, "does not accept our certificate")
	cert, key = other.Issue(t, "controller")
	l.fails("with a stranger's certificate", at, certs.Files{CA: l.ours.CA, Cert: cert, Key: key}, "", mirror.ErrUnreachable, "does not accept our certificate")
}

// A server that accepts the connection and never answers the handshake holds
// nobody longer than his context; plain OVSDB is no TLS.
func TestTLSHandshakesEnd(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	config, err := certs.Files{}.Config("127.0.0.1", "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Dial(ctx, "tcp", ln.Addr().String(), Options{TLS: config}); !errors.Is(err, mirror.ErrTimeout) {
		t.Errorf("a mute server: %v", err)
	}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte(`{"id":"echo","method":"echo","params":[]}`))
			conn.Close()
		}
	}()
	if _, err := Dial(t.Context(), "tcp", ln.Addr().String(), Options{TLS: config}); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("a server without TLS: %v", err)
	}
}
