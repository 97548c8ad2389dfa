package ovslab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// lockThread binds the goroutine to its thread for good: the thread ends with
// it and nobody inherits its namespace or its children.
func lockThread() { runtime.LockOSThread() }

// A Host is a network namespace with one interface, eth0, on a bridge.
type Host struct {
	Name string       // as given to AddHost
	Port string       // the bridge's port that it hangs on
	Addr netip.Prefix // of eth0

	lab       *Lab
	namespace string
}

// Namespace is the host's network namespace, for "ip netns exec".
func (h *Host) Namespace() string { return h.namespace }

// name makes a name of at most 15 octets, the longest of a Linux interface.
func (l *Lab) name(kind string) string {
	l.counter++
	return kind + l.tag + strconv.Itoa(l.counter)
}

var plainName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,14}$`)

// AddBridge makes a bridge on the userspace datapath. Its name in the database
// is the given one made unique; it is returned.
func (l *Lab) AddBridge(ctx context.Context) (string, error) {
	l.mu.Lock()
	name := l.name("nb")
	l.mu.Unlock()
	_, err := l.vsctl(ctx, "add-br", name, "--", "set", "Bridge", name, "datapath_type=netdev")
	return name, err
}

// AddHost makes a namespace with eth0 at the address, joined to the bridge. Its
// IPv6 is off, so that a host sends nothing that a test did not ask for, and so
// is the offloading of checksums, which the userspace datapath needs as real
// ones. Options are settings of the Port row, such as "tag=10".
func (l *Lab) AddHost(ctx context.Context, bridge, name, cidr string, options ...string) (*Host, error) {
	if !plainName.MatchString(name) {
		return nil, fmt.Errorf("ovslab: %q is no plain name", name)
	}
	addr, err := netip.ParsePrefix(cidr)
	if err != nil {
		return nil, fmt.Errorf("ovslab: address of host %s: %w", name, err)
	}
	h, inner, err := l.plug(ctx, name)
	if err != nil {
		return nil, err
	}
	h.Addr = addr
	for _, command := range [][]string{
		{"sysctl", "-e", "-qw", "net.ipv6.conf.all.disable_ipv6=1"},
		{"ip", "link", "set", inner, "name", "eth0"},
		{"ip", "address", "add", cidr, "dev", "eth0"},
		{"ethtool", "-K", "eth0", "tx", "off"},
		{"ip", "link", "set", "eth0", "up"},
	} {
		if _, err := l.run(ctx, "ip", append([]string{"netns", "exec", h.namespace}, command...)...); err != nil {
			return nil, err
		}
	}
	return h, l.attach(ctx, bridge, h.Port, options...)
}

// plug makes the namespace and the veth pair.
func (l *Lab) plug(ctx context.Context, name string) (*Host, string, error) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil, "", errors.New("ovslab: the lab is closed")
	}
	h := &Host{Name: name, lab: l, namespace: l.name("nn"), Port: l.name("np")}
	inner := l.name("ne")
	l.mu.Unlock()
	if _, err := l.run(ctx, "ip", "netns", "add", h.namespace); err != nil {
		return nil, "", err
	}
	l.mu.Lock()
	l.hosts = append(l.hosts, h)
	l.mu.Unlock()
	if err := l.ip(ctx, "link", "add", h.Port, "type", "veth", "peer", "name", inner, "netns", h.namespace); err != nil {
		return nil, "", err
	}
	return h, inner, l.Shut(ctx, h, false)
}

func (l *Lab) attach(ctx context.Context, bridge, port string, options ...string) error {
	args := []string{"add-port", bridge, port}
	if len(options) > 0 {
		args = append(append(args, "--", "set", "Port", port), options...)
	}
	_, err := l.vsctl(ctx, args...)
	return err
}

// Reattach takes a host's port off its bridge and puts it back: the Port row
// is another one of the same name then.
func (l *Lab) Reattach(ctx context.Context, bridge string, h *Host) error {
	if _, err := l.vsctl(ctx, "del-port", bridge, h.Port); err != nil {
		return err
	}
	return l.attach(ctx, bridge, h.Port)
}

// Ping sends count echo requests from one host to another, a tenth of a second
// apart, and returns how many were answered. It forgets the datapath's flows
// first, so that the frames meet the mirrors as they are now (see
// ForgetFlows).
func (l *Lab) Ping(ctx context.Context, from, to *Host, count int) (int, error) {
	if err := l.ForgetFlows(ctx); err != nil {
		return 0, err
	}
	return l.PingEstablished(ctx, from, to, count)
}

var received = regexp.MustCompile(`(\d+) received`)

// PingEstablished is Ping without forgetting flows.
func (l *Lab) PingEstablished(ctx context.Context, from, to *Host, count int) (int, error) {
	out, err := l.run(ctx, "ip", "netns", "exec", from.namespace, "ping", "-n", "-c", strconv.Itoa(count), "-i", "0.1", "-W", "5", to.Addr.Addr().String())
	m := received.FindStringSubmatch(out)
	if m == nil {
		return 0, errors.Join(err, fmt.Errorf("ovslab: ping said %q", out))
	}
	n, err := strconv.Atoi(m[1]) // an exit status of 1 only says that answers are missing
	return n, err
}

// Reach pings until one host has answered the other: afterwards both know each
// other's address, and the switch where they are, so that nothing is flooded.
// A switch process that has just started may lose the first frames.
func (l *Lab) Reach(ctx context.Context, from, to *Host) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		n, err := l.Ping(ctx, from, to, 1)
		if err != nil || n == 1 {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("ovslab: %s does not reach %s: %w", from.Name, to.Name, ctx.Err())
		}
	}
}

// inNamespace runs fn on a thread of its own inside the host's namespace.
// Sockets that fn opens stay there.
func (h *Host) inNamespace(fn func() error) error {
	done := make(chan error, 1)
	go func() {
		lockThread() // never unlocked: the thread ends with the goroutine
		done <- func() error {
			ns, err := os.Open("/run/netns/" + h.namespace)
			if err != nil {
				return fmt.Errorf("ovslab: namespace of %s: %w", h.Name, err)
			}
			defer func() { _ = ns.Close() }() // a handle for reading
			if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
				return fmt.Errorf("ovslab: enter the namespace of %s: %w", h.Name, err)
			}
			return fn()
		}()
	}()
	return <-done
}

// Link joins two bridges by a veth pair and names the port on each. Options are
// those of AddHost, for both ports.
func (l *Lab) Link(ctx context.Context, a, b string, options ...string) (portA, portB string, err error) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return "", "", errors.New("ovslab: the lab is closed")
	}
	portA, portB = l.name("nl"), l.name("nl")
	l.mu.Unlock()
	if err := l.ip(ctx, "link", "add", portA, "type", "veth", "peer", "name", portB); err != nil {
		return "", "", err
	}
	for port, bridge := range map[string]string{portA: a, portB: b} {
		if err := l.ip(ctx, "link", "set", port, "up"); err != nil {
			return "", "", err
		}
		// Checksums that are left to a device that does not exist stay wrong.
		if err := l.inSpace(ctx, "ethtool", "-K", port, "tx", "off"); err != nil {
			return "", "", err
		}
		if err := l.attach(ctx, bridge, port, options...); err != nil {
			return "", "", err
		}
	}
	return portA, portB, nil
}

// Address gives a bridge's own port an address, as the end of tunnels needs one.
// It goes with the bridge.
func (l *Lab) Address(ctx context.Context, bridge, cidr string) error {
	if err := l.ip(ctx, "address", "add", cidr, "dev", bridge); err != nil {
		return err
	}
	return l.ip(ctx, "link", "set", bridge, "up")
}

// PingAddress sends echo requests from a host to any address and counts the
// replies.
func (l *Lab) PingAddress(ctx context.Context, from *Host, address string, count int) (int, error) {
	out, err := l.run(ctx, "ip", "netns", "exec", from.namespace, "ping", "-n", "-c", strconv.Itoa(count), "-i", "0.1", "-W", "5", address)
	m := received.FindStringSubmatch(out)
	if m == nil {
		return 0, err
	}
	return strconv.Atoi(m[1])
}
