package iosxr

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Platform and Protocol are the catalogue key.
const (
	Platform = "cisco_iosxr"
	Protocol = console.Protocol
)

// platform is what differs from other command lines.
var platform = console.Platform{
	Key:   Platform,
	Ports: grammar,
	Noise: noise,
	Can:   Capabilities,
	Hello: console.Hello{
		Ask:    []string{showVersion, showHostname},
		Facts:  func(r console.Replies) (mirror.Facts, error) { return parseFacts(r[showVersion], r[showHostname]) },
		Redact: regexp.MustCompile(`(?i)\b((?:message-digest-key \d+ md5|secret|password|key|key-string(?: password)?|community|clear|encrypted|md5)(?: (?:\d+|clear|encrypted))?) \S+`),
	},
	Reads: console.Reads{
		Narrow: showSessions, Views: []string{showConfig}, Ports: []string{showPorts},
		Around: append(traffic.Around(), showLists, showGroups), Named: named,
		Grounds: []string{showLists, showGroups}, Beside: beside,
		Refused: showRefusal, Absent: absent,
		Surroundings: surroundings, Observe: observe, Port: readPort,
		Ask: func(mirror.Facts, mirror.NativeSession, string) []string { return []string{showStatus} }, Judge: judge,
	},
	Words: console.Words{
		Write:   func(f mirror.Facts, c mirror.Change) (string, any, error) { return "session.tmpl", edits(f, c), nil },
		Against: against, ID: isName,
	},
	Send: console.Send{Refused: refusal, Allowed: allowed, Later: later},
	Footing: &console.Footing{
		Lists: lists, Tunnel: ourTunnels.Ours, Address: tunnelAddress,
		Shut: func(former string) bool { return slices.Contains(strings.Split(former, "\n"), "shutdown") },
	},
	Count:  &console.Count{One: showPort, All: showPorts, Read: readCounters},
	Commit: &commit,
	Check: console.Check{
		Show:    "do " + showStatus,
		Unknown: func(answer string) bool { _, bad := showRefusal(answer); return bad },
	},
}

var driver = console.Must(platform)

// A Conn is an open command line of one device.
type Conn = console.Conn

// Options of a connection beside the target.
type Options = console.Options

// Connect logs in and reads who the device is, see console.Driver.Connect.
func Connect(ctx context.Context, t mirror.Target, o Options) (*Conn, error) {
	return driver.Connect(ctx, t, o)
}

// Render writes changes with the embedded templates, see console.Driver.Render.
func Render(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	return driver.Render(f, o, changes)
}

// allowed: nothing but the one session is ever sent, with what stands for it at
// interfaces; or what a footing is made of.
func allowed(c mirror.Change, within, line string) bool {
	n := cmp.Or(c.After, c.Before)
	port, atPort := strings.CutPrefix(cmp.Or(within, line), "interface ")
	bare := strings.TrimPrefix(line, "no ")
	if f := n.Spec.Footing; f != nil {
		switch f.Kind {
		case mirror.FootingFilter:
			list := *f // with the ports that it is put at, and those that it is taken from
			if c.Before != nil {
				list = list.Plus(*c.Before.Spec.Footing)
			}
			return lists.Allowed(&list, within, line)
		case mirror.FootingTunnel:
			head := "interface " + f.Name
			return within == "" && bare == head || within == head && (strings.HasPrefix(line, "tunnel ") || strings.HasPrefix(line, "ipv4 address 169.254."))
		}
		return atPort && f.Kind == mirror.FootingPort && f.Port == mirror.PortName(port) && (within == "" || bare == "shutdown")
	}
	session := "monitor-session " + n.ID
	switch {
	case within == "" && atPort:
		return grammar.Canonical(mirror.PortName(port))
	case within == "":
		return line == "no "+session || line == session+" ethernet"
	case within == session+" ethernet":
		return strings.HasPrefix(line, "destination interface ")
	case atPort:
		return line == "no "+session || strings.HasPrefix(line, session+" ethernet")
	}
	return strings.HasPrefix(within, session+" ethernet") && (line == "acl" || strings.HasPrefix(line, "mirror "))
}
