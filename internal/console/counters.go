package console

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// wholeShare: where as many of the ports of a device are asked for as one in wholeShare,
// the one command for all is typed. A command a port is the least that the device has to
// print, but each may be a line in somebody's log; one for all prints at most so many
// times as much.
const wholeShare = 4

// Counters reads counters of ports: one command a port, or one for all where many are
// asked for. Ports that the device does not know are left out, and those whose figures
// are not all told are not Complete. Native sessions are not counted over a command
// line. mirror.ErrInvalid for what is no port, mirror.ErrUnsupported where the platform
// does not count over its command line, mirror.ErrRejected when the device does not let
// us see counters.
func (c *Conn) Counters(ctx context.Context, ask mirror.CounterAsk) (mirror.CounterRead, error) {
	count := c.d.p.Count
	if count == nil {
		return mirror.CounterRead{}, mirror.Unsupported("ports are not counted over this command line")
	}
	for _, p := range ask.Ports {
		if !c.d.p.Ports.Canonical(p) {
			return mirror.CounterRead{}, fmt.Errorf("counters: %q is no port: %w", p, mirror.ErrInvalid)
		}
	}
	commands := c.counterCommands(ask)
	if len(commands) == 0 {
		return mirror.CounterRead{At: c.now()}, nil
	}
	asked := c.now()
	replies, err := c.run(ctx, commands...)
	if err != nil {
		return mirror.CounterRead{}, fmt.Errorf("counters: %w", hide(c.term, err))
	}
	out := mirror.CounterRead{At: c.now()}
	for _, command := range commands {
		words, refused := c.d.p.Reads.Refused(replies[command])
		if refused && command != count.All && !strings.Contains(strings.ToLower(words), "authoriz") {
			out.Missing = with(out.Missing, count.of(command, ask), words)
			continue
		}
		if refused {
			refusal := &mirror.DeviceError{Device: c.device, Sent: command, Answer: words, Kind: mirror.ErrRejected}
			return mirror.CounterRead{}, fmt.Errorf("counters: %w", hide(c.term, refusal))
		}
		found, err := count.Read(replies[command], out.At)
		if err != nil {
			return mirror.CounterRead{}, fmt.Errorf("counters: %w", hide(c.term, err))
		}
		for _, p := range found {
			if !ask.Wants(p) || slices.ContainsFunc(out.Ports, func(o mirror.PortCounters) bool { return o.Port == p.Port }) {
				continue
			}
			if p.Cleared != nil { // an age was true at some time while we waited for it
				p.Cleared = &mirror.Span{From: p.Cleared.From.Add(asked.Sub(out.At)), To: p.Cleared.To}
			}
			out.Ports = append(out.Ports, p)
		}
	}
	for _, p := range ask.Ports {
		told := slices.ContainsFunc(out.Ports, func(o mirror.PortCounters) bool { return o.Port == p })
		if _, said := out.Missing[p]; !told && !said {
			out.Missing = with(out.Missing, p, "the device does not show it")
		}
	}
	return out, nil
}

// of is the port that a command asks for.
func (c *Count) of(command string, ask mirror.CounterAsk) mirror.PortName {
	for _, p := range ask.Ports {
		if c.One(p) == command {
			return p
		}
	}
	return ""
}

// counterCommands are typed for what is asked for.
func (c *Conn) counterCommands(ask mirror.CounterAsk) (out []string) {
	count, known := c.d.p.Count, 0
	if c.state != nil {
		known = len(c.state.observation.Ports)
	}
	ports := ask.Distinct()
	for _, p := range ports {
		out = append(out, count.One(p))
	}
	if ask.All || len(ports) > 1 && known > 0 && len(ports)*wholeShare >= known {
		return []string{count.All}
	}
	return out
}
