package iosxr

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/transport/netconf"
)

// ProtocolNETCONF is the catalogue key of this platform over NETCONF.
const ProtocolNETCONF = models.NETCONFFormat

// Sources of what is done over NETCONF.
const (
	srcUnified = "YangModels/yang, vendor/cisco/xr/7921: Cisco-IOS-XR-um-monitor-session-cfg, -um-interface-cfg, -Ethernet-SPAN-oper"
	srcPersist = "RFC 6241 section 8.4; ncclient issues 357 and 380 (on Cisco's sandbox)"
)

// A commit takes seconds on a large configuration, and the device is silent for as long
// (transactions.md 6).
const commitSilence = 2 * time.Minute

// secretElements are the secrets of a configuration in XML.
var secretElements = regexp.MustCompile(`(?i)(<(?:[\w-]+:)?(?:secret|password|key|key-string|community|md5|encrypted|clear|community-string)(?:\s[^>]*)?>)[^<]+`)

func hiddenXML(said string) string {
	return secretElements.ReplaceAllString(said, "${1}"+console.Hidden)
}

// overNETCONF is what no capability of a server tells. Commits that wait have a name, by
// which any session ends them; the lock is given back while one waits, since the device
// lets nobody else commit then.
func overNETCONF() models.NETCONF {
	return models.NETCONF{
		Keys: map[string][]string{
			"/monitor-sessions/monitor-session":                      {"session-name"},
			"/interfaces/interface":                                  {"interface-name"},
			"/interfaces/interface/monitor-sessions/monitor-session": {"session-name"},
		},
		Own: operationOf, Told: told, Redact: hiddenXML, Frees: true, AsksByLock: true,
	}
}

// namespaces are those of the modules that are written.
var namespaces = map[string]string{moduleSessions: yangOf(moduleSessions), moduleInterfaces: yangOf(moduleInterfaces)}

const (
	moduleSessions   = "Cisco-IOS-XR-um-monitor-session-cfg"
	moduleInterfaces = "Cisco-IOS-XR-um-interface-cfg"
	moduleSPAN       = "Cisco-IOS-XR-Ethernet-SPAN-oper"
)

func yangOf(module string) string { return "http://cisco.com/ns/yang/" + module }

// overModels is what differs from other platforms over NETCONF; what a session is, and what
// a port, is that of the command line.
func overModels() models.Platform {
	return models.Platform{
		Key: Platform, Ports: Ports, Can: CapabilitiesNETCONF, Namespaces: namespaces,
		Hello: helloReads, Facts: factsOf,
		Narrow: narrow, Around: portsAround, Observe: observeTrees,
		Against: against, Write: writeEdits, Allowed: allowedPath,
		CountReads: countReads, Count: count,
	}
}

// RenderNETCONF makes one block per change, in the same order: what stands inside <config>
// of an edit-config. Errors are those of Render.
func RenderNETCONF(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	return overNETCONF().Driver(overModels()).Render(f, o, changes)
}

// NETCONFOptions of a session beside the target.
type NETCONFOptions = netconf.Options

// ConnectNETCONF opens a session and reads who the device is. Errors are those of
// netconf.Dial; mirror.ErrUnsupported where the device has not Cisco's unified model of
// mirror sessions.
func ConnectNETCONF(ctx context.Context, t mirror.Target, o NETCONFOptions) (*models.Conn, error) {
	n, p := overNETCONF(), overModels()
	o.Timeouts.Reply = cmp.Or(o.Timeouts.Reply, max(commitSilence, t.Transport.Timeouts.Read.Std()))
	wire, err := n.Dial(ctx, t, p, o)
	if err != nil {
		return nil, err
	}
	return n.Driver(p).Open(ctx, t, wire, t.Device.Window(true))
}

// WatchNETCONF calls changed whenever the router was configured, see models.NETCONF.Watch.
func WatchNETCONF(ctx context.Context, t mirror.Target, o NETCONFOptions, changed func()) error {
	return overNETCONF().Watch(ctx, t, o, changed)
}

// CapabilitiesNETCONF are those of a device over NETCONF: what no data model at hand has
// words for is left out, and nothing was seen on a device.
func CapabilitiesNETCONF(f mirror.Facts) mirror.Capabilities {
	c := Capabilities(f)
	unseen := func(s mirror.Support) mirror.Support {
		if s.OK() {
			s.Level, s.Source = mirror.Unverified, srcUnified
		}
		return s
	}
	for role, s := range c.Roles {
		c.Roles[role] = unseen(s)
	}
	for _, of := range c.Sources {
		for d, s := range of {
			of[d] = unseen(s)
		}
	}
	for _, s := range []*mirror.Support{&c.LAGDestination, &c.TagsPreserve, &c.PortSetup, &c.Truncate, &c.Sample} {
		*s = unseen(*s)
	}
	const elsewhere = "; use the command line"
	c.Roles[mirror.RoleERSPANSource] = no("copies leave by a tunnel interface, and its data model is not documented where ours comes from"+elsewhere, srcUnified)
	tunnel := no("of a tunnel interface, which is not made over NETCONF"+elsewhere, srcUnified)
	c.ERSPANHeader, c.VRF, c.TTL, c.DSCP, c.Tunnels, c.NeedsOrigin = tunnel, tunnel, tunnel, tunnel, nil, false
	c.Filter = no("the data model of access lists is not documented where ours comes from"+elsewhere, srcUnified)
	c.FilterAt, c.RuleVLANs = "", c.Filter
	// In the model a source is a list of sessions (cisco-iosxr.md 3.1).
	c.Limits = slices.DeleteFunc(slices.Clone(c.Limits), func(l mirror.Limit) bool { return l.Counts == mirror.LimitSessionsPerSource })
	c.Counting = mirror.Counting{At: mirror.CountedUnverified, Source: srcCounts,
		Remark: "in the packets output of the destination port; no recording shows that copies are among them",
		Drops:  mirror.Support{Level: mirror.Unverified, Source: srcCounts, Remark: "out-discards of the destination port"}}
	return c
}

// writeEdits is a change as edits. What goes is removed, whether or not it is there still; a
// source of which anything changes is put in anew, as on the command line.
func writeEdits(f mirror.Facts, _ mirror.Observation, c mirror.Change) ([]data.Edit, error) {
	if footing := c.Footing(); footing != nil {
		return writeFooting(c)
	}
	if id := c.ID(); !isName(id) {
		return nil, fmt.Errorf("session %q: it cannot bear this name: %w", id, mirror.ErrInvalid)
	}
	e := edits(f, c)
	var out []data.Edit
	at := data.P(data.S(moduleSessions+":monitor-sessions"), data.S("monitor-session", "session-name", e.Name))
	switch {
	case e.Delete:
		out = append(out, data.Rem(at))
	case e.Destination != "" || c.Before == nil:
		n := []*data.Node{data.V("traffic-type", classes[0])}
		if e.Destination != "" {
			n = append(n, data.C("destination", data.V("interface", e.Destination)))
		}
		out = append(out, data.Upd(at, n...))
	}
	again := map[mirror.PortName]bool{}
	for _, s := range e.Add {
		again[s.Port] = true
		out = append(out, data.Rep(sourcePath(s.Port, e.Name), s.nodes()...))
	}
	for _, p := range e.Remove {
		if !again[p] {
			out = append(out, data.Rem(sourcePath(p, e.Name)))
		}
	}
	return out, nil
}

func portPath(p mirror.PortName) data.Path {
	return data.P(data.S(moduleInterfaces+":interfaces"), data.S("interface", "interface-name", string(p)))
}

func sourcePath(p mirror.PortName, session string) data.Path {
	return portPath(p).To(data.S(moduleSessions+":monitor-sessions"), data.S("monitor-session", "session-name", session))
}

// nodes are what stands at an interface, in the words of the model.
func (s source) nodes() []*data.Node {
	out := []*data.Node{data.Flag(classes[0])}
	if s.Direction != "" {
		out = append(out, data.C("direction", data.Flag(s.Direction)))
	}
	if s.PortLevel {
		out = append(out, data.Flag("port-level"))
	}
	var portion []*data.Node
	for _, l := range s.Lines {
		switch words := strings.Fields(l); {
		case l == "acl":
			out = append(out, data.Flag("acl"))
		case len(words) == 3 && words[0] == "mirror":
			portion = append(portion, data.V(words[1], words[2]))
		}
	}
	if len(portion) > 0 {
		out = append(out, data.C("mirror", portion...))
	}
	return out
}

// writeFooting switches a destination port on that is shut down, and off again.
func writeFooting(c mirror.Change) ([]data.Edit, error) {
	f := c.Footing()
	if f.Kind != mirror.FootingPort || !grammar.Canonical(f.Port) {
		return nil, mirror.Unsupported("a footing of kind %s has no words over NETCONF: use the command line", f.Kind)
	}
	setup := func(n *mirror.NativeSession) (s mirror.PortSetup, err error) {
		if n == nil || n.Spec.Footing == nil || n.Spec.Footing.Setup == nil {
			return s, nil
		}
		if s = *n.Spec.Footing.Setup; s.Access != 0 || s.Tagged {
			return s, mirror.Unsupported("a destination port has no VLAN on this platform")
		}
		return s, nil
	}
	was, err := setup(c.Before)
	if err != nil {
		return nil, err
	}
	is, err := setup(c.After)
	if err != nil {
		return nil, err
	}
	at := portPath(f.Port).To(data.S("shutdown"))
	switch {
	case is.Up && !was.Up:
		return []data.Edit{data.Rem(at)}, nil
	case was.Up && !is.Up && platform.Footing.Shut(was.Former):
		return []data.Edit{data.Upd(at)}, nil
	}
	return nil, nil
}

// allowedPath: nothing but the one session is ever touched, with what stands for it at
// interfaces; or whether a destination port is shut down.
func allowedPath(c mirror.Change, path string) bool {
	if f := c.Footing(); f != nil {
		return f.Kind == mirror.FootingPort && path == bare(portPath(f.Port).To(data.S("shutdown")))
	}
	below := func(of string) bool {
		rest, ok := strings.CutPrefix(path, of)
		return ok && (rest == "" || rest[0] == '/')
	}
	id := c.ID()
	if below(bare(data.P(data.S("monitor-sessions"), data.S("monitor-session", "session-name", id)))) {
		return true
	}
	for _, n := range []*mirror.NativeSession{c.Before, c.After} {
		if n == nil {
			continue
		}
		for _, s := range n.Spec.Sources {
			if grammar.Canonical(s.Port) && below(bare(sourcePath(s.Port, id))) {
				return true
			}
		}
	}
	return false
}

// bare is a path without prefixes of modules.
func bare(p data.Path) string {
	out := p.To()
	for i := range out {
		if _, name, ok := strings.Cut(out[i].Name, ":"); ok {
			out[i].Name = name
		}
	}
	return out.String()
}
