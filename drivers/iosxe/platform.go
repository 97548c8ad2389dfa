package iosxe

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
	Platform = "cisco_iosxe"
	Protocol = console.Protocol
)

// The commands of a connection: who the device is.
const (
	showVersion    = "show version"
	showCapability = "show capability feature monitor erspan-source"
)

// The commands of an observation. The device builds its whole configuration
// for the second, so it is asked only when it may have changed.
const (
	showMonitor = "show monitor session all detail"
	showConfig  = "show running-config | section ^monitor session|^interface|^ip access-list extended " + mirror.MarkPrefix
	showStatus  = "show interfaces status"
	showRemote  = "show vlan remote-span"
	showVLANs   = "show vlan brief"
	showTrunks  = "show interfaces trunk"
	showVTP     = "show vtp status"
	showChange  = "show running-config | include Last configuration change"
	showACLs    = "show access-lists | include access list"
	showLLDP    = "show lldp neighbors"
	showCDP     = "show cdp neighbors" // on by default, which LLDP is not
	showMACs    = "show mac address-table dynamic"
)

// lookCommand shows one session from configuration mode.
const lookCommand = "do show monitor session "

const showPrivilege = "show privilege"

// platform is what differs from other command lines.
var platform = console.Platform{
	Key:   Platform,
	Ports: grammar,
	Noise: noise,
	Can:   Capabilities,
	Hello: console.Hello{
		Ask: []string{showVersion}, More: []string{showCapability}, Kept: []string{factERSPAN},
		Facts: func(r console.Replies) (mirror.Facts, error) { return parseVersion(r[showVersion]) },
		Learn: func(r console.Replies, f mirror.Facts) {
			if told, err := parseCapability(r[showCapability]); err == nil { // few models have it
				f.Extra[factERSPAN] = told.fact()
			}
		},
		Redact: regexp.MustCompile(`(?i)\b((?:message-digest-key \d+ md5|secret|password|key|key-string|community|md5)(?: \d+)?) \S+`),
	},
	Reads: console.Reads{
		Narrow: showMonitor, Views: []string{showConfig}, Ports: []string{showStatus},
		Around:  append([]string{showRemote, showVLANs, showTrunks, showVTP, showACLs}, traffic.Around()...),
		Grounds: []string{showVLANs, showRemote},
		Beside:  footingViews, Named: namedCommands,
		// The command for learned addresses has a hyphen more in older systems (general
		// knowledge: IOS 12.1 on Catalyst, and switch modules of routers).
		Older:   [2]string{"show mac address-table ", "show mac-address-table "},
		Refused: showRefusal, Absent: absent,
		Surroundings: surroundingsOf, Observe: observe, Port: readPort,
		Ask: questions, Judge: judge,
		Author: showChange, Wrote: lastChange,
	},
	Words: console.Words{
		Write: write, Rebuild: rebuild, ID: isNumber, Against: against,
		ByID: func(n mirror.NativeSpec) bool { return subMode(n.Role) || n.Vacant() },
	},
	Send: console.Send{
		Refused: refusal,
		Later:   func(words string) bool { return text.Says(words, later) },
		Look:    func(id string) string { return lookCommand + id }, LookAll: "do " + showMonitor,
		Alone: func(line string) bool {
			return strings.HasPrefix(line, "no vlan ") || strings.HasPrefix(line, "no ip access-list ") || footingList.MatchString(line)
		},
		Allowed: allowed,
		Modes: []console.Mode{
			{Line: regexp.MustCompile(`^monitor session \d+ type erspan-source$`), Prompt: "config-mon-erspan-src"},
			{Line: regexp.MustCompile(`^monitor session \d+ type erspan-destination$`), Prompt: "config-mon-erspan-dst"},
			{Within: "config-mon-erspan-src", Line: regexp.MustCompile(`^destination$`), Prompt: "config-mon-erspan-src-dst"},
			{Within: "config-mon-erspan-dst", Line: regexp.MustCompile(`^source$`), Prompt: "config-mon-erspan-dst-src"},
			{Line: regexp.MustCompile(`^vlan \d+$`), Prompt: "config-vlan"},
			{Line: regexp.MustCompile(`^interface \S+$`), Prompt: "config-if"},
			{Line: regexp.MustCompile(`^ip access-list extended \S+$`), Prompt: "config-ext-nacl"},
		},
	},
	Footing: &console.Footing{
		VLAN: func(v int) bool { return v >= 2 && v <= mirror.MaxVLAN && (v <= 1001 || v >= 1006) },
		Shut: wasShut, Lists: filterLists,
	},
	Save: &console.Save{
		Compare: showUnsaved, Unsaved: parseDifferences, About: aboutLine,
		Startup: "show startup-config", Lines: startupLines,
		Write: writeMemory, Question: overwrite,
		Done: func(answer string) bool { return strings.Contains(answer, "[OK]") },
	},
	Count: &console.Count{One: showPortRates, All: "show interfaces", Read: interfaceFigures.Read},
	Check: console.Check{
		Ask: []string{showPrivilege}, Read: provePrivilege, Show: lookCommand + "1",
		// The words for "there is no such session" differ; those for a command that is not
		// known do not.
		Unknown: func(answer string) bool {
			words, refused := showRefusal(answer)
			return refused && strings.Contains(words, "Invalid input") || strings.Contains(answer, "authorization failed")
		},
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

// Render writes changes with the embedded templates, see console.Driver.Render. A
// session goes by the names of what is in it, and by its number only where it has none
// (ERSPAN). The observation is asked whether the remote VLAN and the access list of a
// session are on the device.
func Render(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	return driver.Render(f, o, changes)
}

// isNumber: sessions have numbers; some models have more than 66.
func isNumber(id string) bool {
	n, err := text.Decimal(id)
	return err == nil && n >= 1 && n <= 1024
}

// footingViews are read beside the sessions where something of ours may stand on
// a remote VLAN or an access list: their text tells, without being understood, that a
// VLAN, a trunk or a list changed. Other devices are spared them.
func footingViews(o mirror.Observation) (views []string) {
	ours := func(v mirror.VLAN) bool { return strings.HasPrefix(v.Name, mirror.MarkPrefix) }
	remote := func(n mirror.NativeSession) bool { return n.Spec.RemoteVLAN != 0 }
	if slices.ContainsFunc(o.VLANs, ours) || slices.ContainsFunc(o.Natives, remote) {
		views = append(views, showRemote, showTrunks)
	}
	if len(o.Footings) > 0 {
		views = append(views, showLists)
	}
	return views
}

// lastChange finds who configured the device.
func lastChange(reply string) string {
	for _, line := range noise.Lines(reply) {
		if said, ok := strings.CutPrefix(strings.TrimSpace(line), "! Last configuration change"); ok {
			return "Last configuration change" + said
		}
	}
	return ""
}

var privilegeLevel = regexp.MustCompile(`(?i)current privilege level is (\d+)`)

// provePrivilege: below level 15 the device leaves out of the configuration, without
// a word, what the user may not configure.
func provePrivilege(r console.Replies) []mirror.Proof {
	p := mirror.Proof{Name: "privilege-level", State: mirror.True, Message: "level 15: the configuration is shown whole"}
	switch m := privilegeLevel.FindStringSubmatch(r[showPrivilege]); {
	case m == nil:
		p.State, p.Message = mirror.Unknown, "\""+showPrivilege+"\" was answered with \""+text.Quote(r[showPrivilege])+"\""
	case m[1] != "15":
		p.State, p.Message = mirror.False, "level "+m[1]+": the device leaves out of the configuration what this user may not configure"
	}
	return []mirror.Proof{p}
}

// The lines of blocks: of one session; of one VLAN and the trunks that carry it; of
// one port; of one access list.
var (
	footingList = regexp.MustCompile(`^switchport trunk allowed vlan (add|remove) (\d+)$`)
	footingName = regexp.MustCompile(`^name ` + mirror.MarkPrefix + `[a-z2-7]{10}$`)
)

// allowed: nothing else is ever sent.
func allowed(c mirror.Change, within, line string) bool {
	n := c.After
	if n == nil {
		n = c.Before
	}
	bare := strings.TrimPrefix(line, "no ")
	vlan, isVLAN := strings.CutPrefix(n.ID, "vlan-")
	switch f := n.Spec.Footing; {
	case f != nil && f.Kind == mirror.FootingFilter:
		return filterLists.Allowed(f, within, line)
	case f == nil:
		session := "monitor session " + n.ID
		inMode := strings.HasPrefix(within, session+" type ") || within == "destination" || within == "source"
		return inMode || within == "" && (bare == session || strings.HasPrefix(bare, session+" "))
	case within == "":
		port, isPort := strings.CutPrefix(line, "interface ")
		return isVLAN && bare == "vlan "+vlan || isPort && grammar.Canonical(mirror.PortName(port)) && (isVLAN || n.Spec.Footing.Port == mirror.PortName(port))
	case isVLAN && within == "vlan "+vlan:
		return line == "remote-span" || footingName.MatchString(line)
	case isVLAN:
		m := footingList.FindStringSubmatch(line)
		return m != nil && m[2] == vlan
	}
	return bare == "shutdown"
}
