package nxos

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Platform and Protocol are the catalogue key.
const (
	Platform = "cisco_nxos"
	Protocol = console.Protocol
)

// The commands that are sent.
const (
	showVersion  = "show version"
	showSessions = "show running-config monitor"
	showState    = "show monitor session all"
	showStanzas  = "show running-config interface"
	showStatus   = "show interface status"
	showPorts    = "show interface"
	showLLDP     = "show lldp neighbors"
	showCDP      = "show cdp neighbors"
	showMACs     = "show mac address-table dynamic"
	showLists    = "show running-config | section '^ip(v6)* access-list'"
	showRunning  = "show running-config"
	showStartup  = "show startup-config"
	saveRunning  = "copy running-config startup-config"
)

// platform is what differs from other command lines.
var platform = console.Platform{
	Key:   Platform,
	Ports: grammar,
	Noise: noise,
	Can:   Capabilities,
	Hello: console.Hello{
		Ask:    []string{showVersion},
		Facts:  func(r console.Replies) (mirror.Facts, error) { return parseFacts(r[showVersion]) },
		Redact: regexp.MustCompile(`(?i)\b((?:authentication text|message-digest-key \d+ md5|secret|password|key|key-string|community|auth (?:md5|sha\S*)|priv(?: (?:aes\S*|des))?)(?: \d)?) \S+`),
	},
	Reads: console.Reads{
		Narrow: showSessions, Views: []string{showState}, Ports: []string{showStanzas, showStatus},
		Around: append([]string{showLists}, traffic.Around()...), Named: named,
		Grounds: []string{showLists}, Beside: ownLists,
		Refused: showRefusal, Absent: absent,
		Surroundings: surroundingsOf, Observe: observe, Port: readPort,
		Ask: func(mirror.Facts, mirror.NativeSession, string) []string { return []string{showState} }, Judge: judge, Live: true,
	},
	Words: console.Words{
		Write: write, Against: against, ID: isNumber,
		Rebuild: func(_ mirror.Facts, before, after mirror.NativeSpec) bool { return before.Role != after.Role },
	},
	Send: console.Send{
		Refused: refusal, Allowed: allowed,
		Later: func(words string) bool { return text.Says(words, later) },
		// Show commands are taken where lines are typed; the configuration of one session
		// cannot be asked for.
		Look: func(string) string { return showSessions }, LookAll: showSessions,
		// What is put back behind "no switchport" would be typed at a switched port.
		Alone: func(line string) bool { return line == noSwitchport || strings.HasPrefix(line, "no ip access-list ") },
		Modes: []console.Mode{
			{Line: regexp.MustCompile(`^monitor session \d+$`), Prompt: "config-monitor"},
			{Line: regexp.MustCompile(`^monitor session \d+ type erspan-source$`), Prompt: "config-erspan-src"},
			{Line: regexp.MustCompile(`^monitor session \d+ type erspan-destination$`), Prompt: "config-erspan-dst"},
			{Line: regexp.MustCompile(`^interface \S+$`), Prompt: "config-if"},
			{Line: regexp.MustCompile(`^ip access-list \S+$`), Prompt: "config-acl"},
		},
	},
	Footing: &console.Footing{Lists: lists, Monitor: true, Back: back, Origin: true,
		Shut: func(former string) bool { return stanza{strings.Split(former, "\n")}.has("shutdown") }},
	Save: &console.Save{
		Startup: showStartup, Running: showRunning, Lines: configLines, About: about,
		Write: saveRunning, Done: func(answer string) bool { return text.Says(answer, []string{"copy complete"}) },
	},
	Count: &console.Count{One: showPort, All: showPorts, Read: interfaceFigures.Read},
	Check: console.Check{
		Show:    showSessions,
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
// observation is asked whether the access list of a session is on the device, and which
// sessions share its sources.
func Render(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	return driver.Render(f, o, changes)
}

// isNumber: 1 to 32, on a Nexus 7000 to 48; what netmirror gives is in Capabilities.
func isNumber(id string) bool {
	n, err := text.Decimal(id)
	return err == nil && n >= 1 && n <= 255
}

// sessionLine is a line of a session. A line of anything else that is typed in its mode
// would be carried out all the same.
var sessionLine = regexp.MustCompile(`^(?:no )?(?:description|source (?:interface|vlan|ip)|destination (?:interface|ip)|filter (?:vlan|access-group)|` +
	`erspan-id|vrf|ip (?:ttl|dscp)|header-type|mtu|sampling|shut)(?: [^|;]+)?$`)

// allowed: nothing but lines of the one session is ever sent, or those of the one footing.
func allowed(c mirror.Change, within, line string) bool {
	n := c.After
	if n == nil {
		n = c.Before
	}
	f := n.Spec.Footing
	switch {
	case f == nil && within == "":
		bare := strings.TrimPrefix(line, "no ")
		return bare == "monitor session "+n.ID || strings.HasPrefix(line, "monitor session "+n.ID+" type ")
	case f == nil:
		return sessionLine.MatchString(line)
	case f.Kind == mirror.FootingOrigin:
		return within == "" && strings.TrimPrefix(line, "no ") == "monitor erspan origin ip-address "+f.Name+" global"
	case f.Kind == mirror.FootingFilter:
		return lists.Allowed(f, within, line)
	}
	head := "interface " + string(f.Port)
	return f.Kind == mirror.FootingPort && grammar.Canonical(f.Port) &&
		(within == "" && line == head || within == head && slices.Contains(portLines, line) || formerly(c, head, within, line))
}
