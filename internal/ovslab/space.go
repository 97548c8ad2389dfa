package ovslab

import "context"

// Two userspace datapaths in one network namespace want the same device
// (ovs-netdev): the second comes up without it, loses frames and has no devices
// for its bridges. So the switch process of each lab has a namespace, with its ports
// and bridges in it; what talks to it does so by unix sockets, and the database
// server stays where its clients are.

// addSpace makes the namespace. Its own IPv6 is off: on a port it would speak past
// the switch.
func (l *Lab) addSpace(ctx context.Context) error {
	name := l.name("ns")
	if _, err := l.run(ctx, "ip", "netns", "add", name); err != nil {
		return err
	}
	l.space = name
	if err := l.inSpace(ctx, "sysctl", "-e", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"); err != nil {
		return err
	}
	return l.ip(ctx, "link", "set", "lo", "up")
}

// inSpace runs a program in the namespace of the switch.
func (l *Lab) inSpace(ctx context.Context, program string, args ...string) error {
	_, err := l.run(ctx, "ip", append([]string{"netns", "exec", l.space, program}, args...)...)
	return err
}

// ip runs a command of ip in the namespace of the switch.
func (l *Lab) ip(ctx context.Context, args ...string) error {
	_, err := l.run(ctx, "ip", append([]string{"-n", l.space}, args...)...)
	return err
}

// Space is the network namespace of the switch and its ports, for "ip netns exec".
func (l *Lab) Space() string { return l.space }

// Shut shuts a host's port down at the switch, or takes that back.
func (l *Lab) Shut(ctx context.Context, h *Host, down bool) error {
	to := "up"
	if down {
		to = "down"
	}
	return l.ip(ctx, "link", "set", h.Port, to)
}
