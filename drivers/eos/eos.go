package eos

import (
	"cmp"
	"context"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// Platform and Protocol are the catalogue key.
const (
	Platform = "arista_eos"
	Protocol = console.Protocol
)

// The commands that are sent. What has a form in JSON is asked for in it.
const (
	showVersion  = "show version | json"
	showHostname = "show hostname | json"
	showSessions = "show running-config section monitor session"
	showState    = "show monitor session | json"
	showWords    = "show monitor session" // of a device that has no JSON for it
	showStanzas  = "show running-config section interface"
	showStatus   = "show interfaces status | json"
	showLLDP     = "show lldp neighbors | json"
	showMACs     = "show mac address-table dynamic | json"
	showLists    = "show running-config section access-list"
	showUnsaved  = "show running-config diffs"
	showStartup  = "show startup-config"
	writeMemory  = "write memory"
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
		Redact: regexp.MustCompile(`(?i)\b((?:message-digest-key \d+ (?:md5|sha\d*)|secret|password|key|key-string|community|md5|auth sha\d*|priv (?:aes|3?des)\d*)(?: (?:\d+[a-z]?|sha512))?) \S+`),
	},
	Reads: console.Reads{
		Narrow: showSessions, Views: []string{showState}, Ports: []string{showStanzas, showStatus},
		Around: []string{showLists, showLLDP, showMACs}, Named: named,
		Grounds: []string{showLists}, Beside: ownLists,
		Refused: showRefusal, Absent: absent,
		Surroundings: surroundingsOf, Observe: observe, Port: readPort,
		Ask: func(mirror.Facts, mirror.NativeSession, string) []string { return []string{showState} }, Judge: judge,
	},
	Words: console.Words{
		Write:   func(_ mirror.Facts, c mirror.Change) (string, any, error) { return "session.tmpl", edits(c), nil },
		Against: against, ID: isName,
	},
	Send: console.Send{
		Refused: refusal, Took: unfilteredBy, Allowed: allowed,
		Modes: []console.Mode{{Line: regexp.MustCompile(`^(?:interface|ip access-list) \S+$`), Prompt: cli.AnyMode}}, // config-if-Et47
	},
	Footing: &console.Footing{Lists: lists, Shut: func(former string) bool { return stanza{lines: strings.Split(former, "\n")}.has("shutdown") }},
	Save: &console.Save{
		Compare: showUnsaved, Unsaved: parseDiffs, About: about,
		Startup: showStartup, Lines: configLines,
		Write: writeMemory, Done: func(answer string) bool { return text.Says(answer, []string{"copy completed successfully"}) },
	},
	Count:  &console.Count{One: showPort, All: showPorts, Read: readCounters},
	Commit: &commit,
	Check: console.Check{
		Show:    showWords,
		Unknown: func(answer string) bool { _, refused := showRefusal(answer); return refused },
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

// Render writes changes with the embedded templates, see console.Driver.Render. The
// observation is asked whether the access list of a session is on the device.
func Render(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	return driver.Render(f, o, changes)
}

// isName keeps anything that is not one word away from the command line. "default"
// begins a line of the whole switch (arista-eos.md 1.1).
func isName(id string) bool { return sessionName.MatchString(id) && id != "default" }

// ownLists: the text of the access lists tells whether ours have changed, where there
// is one.
func ownLists(o mirror.Observation) []string {
	if len(o.Footings) > 0 {
		return []string{showLists}
	}
	return nil
}

// allowed: nothing but lines of the one session is ever sent, those that switch its
// destination port on and off, or those of its access list.
func allowed(c mirror.Change, within, line string) bool {
	n := c.After
	if n == nil {
		n = c.Before
	}
	bare := strings.TrimPrefix(line, "no ")
	if f := n.Spec.Footing; f != nil && f.Kind == mirror.FootingFilter {
		return lists.Allowed(f, within, line)
	}
	if n.Spec.Footing != nil {
		head := cmp.Or(within, line)
		port, isPort := strings.CutPrefix(head, "interface ")
		return isPort && grammar.Canonical(mirror.PortName(port)) && n.Spec.Footing.Port == mirror.PortName(port) &&
			(within == "" || bare == "shutdown")
	}
	session := "monitor session " + n.ID
	return within == "" && (bare == session || strings.HasPrefix(bare, session+" "))
}
