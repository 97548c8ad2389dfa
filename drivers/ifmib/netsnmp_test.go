package ifmib

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// inNamespace runs the rest of a test in a network namespace of its own, with what it
// starts. The thread is never given back, so that nobody inherits the namespace.
func inNamespace(t *testing.T, test func()) {
	t.Helper()
	testkit.NeedRoot(t)
	done := make(chan struct{})
	go func() {
		defer close(done) // also at the end of a failed test
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			t.Error(err)
			return
		}
		test()
	}()
	<-done
}

func ip(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// send puts frames of so many octets on an interface.
func send(t *testing.T, device string, frames, octets int) {
	t.Helper()
	link, err := net.InterfaceByName(device)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	frame := make([]byte, octets)
	copy(frame, []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5})
	for range frames {
		if err := unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: link.Index, Halen: 6}); err != nil {
			t.Fatal(err)
		}
	}
}

// statistics are what `ip -s link` tells.
type statistics struct {
	Stats64 struct {
		RX struct{ Bytes, Packets uint64 }
		TX struct{ Bytes, Packets, Dropped uint64 }
	}
}

func ipStatistics(t *testing.T, device string) statistics {
	t.Helper()
	var out []statistics
	if err := json.Unmarshal([]byte(ip(t, "-s", "-j", "link", "show", device)), &out); err != nil || len(out) != 1 {
		t.Fatalf("%v %v", out, err)
	}
	return out[0]
}

// TestCountersOfNetSNMPAreThoseOfTheSystem: Debian's agent serves real interfaces over
// version 3, and what is read equals what ip tells, over a restart of the agent.
func TestCountersOfNetSNMPAreThoseOfTheSystem(t *testing.T) {
	testkit.Need(t, "snmpd", "ip")
	inNamespace(t, func() {
		ip(t, "link", "set", "lo", "up")
		ip(t, "link", "add", "nm-a", "type", "veth", "peer", "name", "nm-b")
		for _, d := range []string{"nm-a", "nm-b"} {
			if err := os.WriteFile("/proc/sys/net/ipv6/conf/"+d+"/disable_ipv6", []byte("1"), 0); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			ip(t, "link", "set", d, "up")
		}
		links := func(up int) {
			testkit.Eventually(t, testkit.Patience, fmt.Sprintf("%d links are up", up), func() bool {
				return strings.Count(ip(t, "-j", "link", "show"), `"operstate":"UP"`) == up
			})
		}
		links(2)
		send(t, "nm-a", 1000, 600)
		send(t, "nm-b", 300, 1400)
		agent := testkit.StartSNMPD(t, "createUser nm SHA-256 auth-password AES priv-password", "rouser nm priv")
		c := dial(t, agent.Port)
		asked := ports("nm-a", "nm-b", "nm-c")
		first := read(t, c, asked)
		if len(first.Ports) != 2 || first.Missing["nm-c"] == "" || first.Boot != "1" {
			t.Fatalf("%+v", first)
		}
		// It looks every 3 s, and counts packets that came in from its second look on.
		same := func() {
			t.Helper()
			waiting := ""
			defer func() {
				if waiting != "" {
					t.Log(waiting)
				}
			}()
			testkit.Eventually(t, testkit.Patience, "it tells what ip tells", func() bool {
				waiting = ""
				for _, p := range read(t, c, asked).Ports {
					s := ipStatistics(t, string(p.Port)).Stats64
					if p.InOctets != s.RX.Bytes || p.InPackets != s.RX.Packets || p.OutOctets != s.TX.Bytes || p.OutPackets != s.TX.Packets || p.OutDrops != s.TX.Dropped ||
						p.Up != mirror.True || !p.Complete || p.Narrow || p.Bandwidth != 10e9 { // a veth says 10 Gbit/s
						waiting += fmt.Sprintf("%+v, ip tells %+v\n", p, s)
					}
				}
				return waiting == ""
			})
		}
		same()
		send(t, "nm-a", 700, 100)
		send(t, "nm-b", 200, 1500)
		same()
		if s := ipStatistics(t, "nm-a").Stats64; s.TX.Bytes != 670_000 || s.RX.Bytes != 720_000 {
			t.Errorf("not everything was sent: %+v", s)
		}
		agent.Stop()
		ip(t, "link", "set", "nm-b", "down")
		links(0) // the kernel tells the other end of it a while later
		agent.Start()
		second := read(t, c, asked)
		if second.Boot == first.Boot || second.Boot == "" {
			t.Errorf("boots %q and %q", first.Boot, second.Boot)
		}
		for _, p := range second.Ports {
			if p.Up != mirror.False || p.Bandwidth != 0 {
				t.Errorf("the link is down: %+v", p)
			}
			if s := ipStatistics(t, string(p.Port)).Stats64; p.OutOctets != s.TX.Bytes || p.InOctets != s.RX.Bytes {
				t.Errorf("%+v, ip tells %+v", p, s)
			}
		}
	})
}

func dial(t *testing.T, port int) *Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
	defer cancel()
	to := mirror.Target{Login: mirror.Login{Profile: "counters", For: mirror.Bindings{"127.0.0.1"}, SNMP: mirror.SNMPLogin{Username: mirror.NewSecret("nm"),
		Auth: "sha256", AuthPassword: mirror.NewSecret("auth-password"), Privacy: "aes128", PrivacyPassword: mirror.NewSecret("priv-password")}}}
	to.Transport = mirror.Transport{Address: "127.0.0.1", Port: port}
	to.Transport.Timeouts.Read = mirror.Duration(time.Minute)
	c, err := Connect(ctx, to, Platform{Ports: anyName})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}
