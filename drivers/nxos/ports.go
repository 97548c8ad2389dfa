package nxos

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A stanza is an interface of the running configuration. What stands below a line of it is
// indented, and is about that: the address of a group of first hop routers is not the port's.
type stanza struct{ lines []string }

// parseStanzas reads the interfaces of a running configuration, of a part of it or whole.
// Lines of a stanza are indented. mirror.ErrParse for a refusal.
func parseStanzas(reply string) (map[mirror.PortName]stanza, error) {
	out := map[mirror.PortName]stanza{}
	var now mirror.PortName
	margin := 0 // of the lines of a stanza
	for _, line := range said(reply) {
		name, isHead := strings.CutPrefix(line, "interface ")
		switch {
		case refuses(line):
			return nil, text.ParseError(showStanzas, line)
		case isHead:
			now = portNamed(name)
			out[now] = stanza{}
		case line[0] != ' ' && line[0] != '\t':
			if now != "" && portLine.MatchString(line) { // its indentation was lost, and with it whose it is
				return nil, text.ParseError(showStanzas, line)
			}
			now = ""
		case now != "":
			words := strings.TrimSpace(line)
			indent := len(line) - len(words)
			if len(out[now].lines) == 0 {
				margin = indent
			}
			out[now] = stanza{append(out[now].lines, strings.Repeat(" ", max(0, indent-margin))+words)}
		}
	}
	return out, nil
}

// portLine is a line of an interface that the guard decides on.
var portLine = regexp.MustCompile(`^(?:no )?(?:switchport|channel-group|shutdown|vrf member|ip address|ipv6 address)\b`)

// value is what stands behind the words of a line, "" when there is none.
func (s stanza) value(words string) string {
	for _, l := range s.lines {
		if rest, ok := strings.CutPrefix(l, words+" "); ok {
			return rest
		}
	}
	return ""
}

func (s stanza) has(line string) bool { return slices.Contains(s.lines, line) }

// group is the port-channel that a port is in: "channel-group 1 mode active".
func (s stanza) group() string {
	id, _, _ := strings.Cut(s.value("channel-group"), " ")
	return id
}

// monitor: "switchport monitor", with or without "ingress".
func (s stanza) monitor() bool {
	return s.has("switchport monitor") || s.value("switchport monitor") != ""
}

const (
	statusWords = `connected|notconnec\w*|disabled|monitor\w*|down|inactive|suspended|suspnd\w*|faulty|sfp\w+|xcvr\w+|err-?dis\w*|linkflap\w*|nooper\w*|channel\w*|admincfg\w*`
	vlanWords   = `pvlan \S+|\d[\d,-]*|trunk|routed|f-path|fabric|unassigned|none|--`
)

var (
	statusWord = regexp.MustCompile(`^(?:` + statusWords + `)$`)
	vlanWord   = regexp.MustCompile(`(?i)^(?:` + vlanWords + `|)$`)
)

// statusTable is show interface status; words of the status are cut off at nine letters.
var statusTable = text.NewPortTable(showStatus, noise, grammar, regexp.MustCompile(`^\s*Port\s+Name\s+Status\s+Vlan\b`), "Status", statusWords, vlanWords,
	func(word, vlan string) (string, string) { return word, vlan })

// noPort are rows of show interface status that are no ports.
var noPort = regexp.MustCompile(`(?i)^(?:vlan|lo|loopback|tu|tunnel|nve|null)\d`)

func up(word string) mirror.State {
	switch {
	case word == "connected", strings.HasPrefix(word, "monitor"):
		return mirror.True
	case statusWord.MatchString(word):
		return mirror.False
	}
	return mirror.Unknown
}

// ports lists the ports of show interface status, with what speaks against them as a
// destination; stanzas are nil where the device does not show its configuration.
func (a around) ports(status string, stanzas map[mirror.PortName]stanza) ([]mirror.Port, error) {
	rows, err := statusTable.Read(status)
	if err != nil {
		return nil, err
	}
	var out []mirror.Port
	for _, row := range rows {
		if !noPort.MatchString(row.Name.Word) {
			out = append(out, a.port(row, stanzas))
		}
	}
	out = append(out, mirror.Port{Name: supEth, Kind: mirror.SourceCPU, Up: mirror.Unknown})
	text.Sort(grammar, out, func(p mirror.Port) mirror.PortName { return p.Name })
	return slices.CompactFunc(out, func(a, b mirror.Port) bool { return a.Name == b.Name }), nil
}

// membersOf are the ports of a port-channel.
func membersOf(group string, stanzas map[mirror.PortName]stanza) (out []mirror.PortName) {
	for p, st := range stanzas {
		if st.group() == group {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, grammar.Compare)
	return out
}

// port is what an observation has of a row.
func (a around) port(row text.PortRow, stanzas map[mirror.PortName]stanza) mirror.Port {
	p := mirror.Port{Name: row.Name.Full(), Up: up(row.Word), Speed: row.Speed, LAG: row.Name.LAG(), Access: row.Access, Admin: mirror.True}
	st, told := stanzas[p.Name]
	use := func(is bool, kind, format string, args ...any) {
		if is {
			p.Uses = append(p.Uses, mirror.PortUse{Kind: kind, Detail: fmt.Sprintf(format, args...)})
		}
	}
	if p.LAG {
		p.Members = membersOf(fmt.Sprint(row.Name.Path[0]), stanzas)
	}
	sub := row.Name.Known() && row.Name.Sub >= 0
	if sub {
		whole := row.Name
		whole.Sub = -1
		p.Kind, p.Parent = mirror.SourceSub, whole.Full()
	}
	trunk, routed := row.VLAN == "trunk" || st.value("switchport mode") == "trunk", row.VLAN == "routed" || st.has(noSwitchport) || sub
	if trunk {
		p.Access, p.Trunk = 0, st.trunk()
	}
	if routed && !st.has(noSwitchport) { // where that is the default of the switch it is not shown
		st.lines = append([]string{noSwitchport}, st.lines...)
	}
	p.Stanza, p.Monitor = strings.Join(st.lines, "\n"), st.monitor()
	if st.has("shutdown") || row.Word == "disabled" {
		p.Admin = mirror.False
	}
	management := strings.HasPrefix(string(p.Name), "mgmt")
	use(management, "management", "a port for management")
	use(!row.Name.Known() && !management, "unknown", "this name of a port is not understood")
	use(row.Name.Known() && !told && stanzas != nil, "unknown", "its configuration is not shown")
	use(!vlanWord.MatchString(row.VLAN), "unknown", "VLAN %q", text.Quote(row.VLAN))
	use(trunk, "trunk", "switchport mode trunk")
	use(st.group() != "", "lag-member", "member of port-channel%s", st.group())
	address := st.value("ip address") + st.value("ipv6 address")
	use(address != "", "addressed", "ip address %s", address)
	use(address == "" && routed, "addressed", "a routed port")
	a.traffic.Tell(&p, p.Monitor)
	return p
}

const noSwitchport = "no switchport"

// trunk carries all VLANs unless the configuration limits it. A list that is not
// understood is taken for one that carries all.
func (s stanza) trunk() *mirror.Trunk {
	const words = "switchport trunk allowed vlan"
	t, list := &mirror.Trunk{Allowed: mirror.AllVLANs(), Native: 1}, ""
	for _, l := range s.lines {
		if part, ok := strings.CutPrefix(l, words+" add "); ok {
			list += "," + part // a long list goes on
		} else if part, ok := strings.CutPrefix(l, words+" "); ok {
			list = part
		}
	}
	if allowed, err := mirror.ParseVLANs(list); err == nil && list != "" {
		t.Allowed = allowed
	}
	if v, err := text.Decimal(s.value("switchport trunk native vlan")); err == nil {
		t.Native = v
	}
	return t
}

// The tables of neighbours. A name that fills its column stands on a line of its own;
// CDP adds a serial number in brackets (general knowledge).
var lldpTable, cdpTable = neighbourTable("LLDP", showLLDP), neighbourTable("CDP", showCDP)

func neighbourTable(protocol, command string) *text.Neighbours {
	return &text.Neighbours{
		Command: command, Protocol: protocol, Noise: noise, Ports: grammar,
		Head:   regexp.MustCompile(`^\s*Device[ -]ID\s+Local Int\S+\s+H(?:old-?)?[Ttl]\S*me?\b`),
		Column: "Local",
		Off:    regexp.MustCompile(`(?i)^\s*(?:%|ERROR:)? ?(?:Note: )?(?:(?:LLDP|CDP) (?:is )?not enabled|CDP Neighbor entry not found)`),
		Total:  regexp.MustCompile(`(?i)^\s*Total entries displayed\s*:\s*(\d{1,6})`),
		Legend: regexp.MustCompile(`(?i)^\s*Capability codes:`),
	}
}

// macTable is show mac address-table: a mark and the VLAN stand before the address, the
// port comes last: a peer of a pair, or the number of another switch of a fabric, where it
// is none of this one (general knowledge).
var macTable = &text.Addresses{
	Command: showMACs, Noise: noise, Ports: grammar,
	Head:       regexp.MustCompile(`(?i)^\s*vlan(?:/bd)?\s+mac address\s+type\b`),
	Address:    regexp.MustCompile(`(?i)^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$`),
	NotLearned: regexp.MustCompile(`(?i)^(?:static|system|igmp|multicast|drop)$`),
	NoPort:     regexp.MustCompile(`(?i)^(?:sup-eth\S*|vlan\d+|drop|cpu|nve\S*|peer-link\S*|\d+\.\d+\.\d+|-|n/a|tunnel\S*)$`),
	Beside:     regexp.MustCompile(`(?i)^\s*(?:legend:.*|(?:\([a-z]{1,2}\)|\*|age) ?- .*|note: .*|use the .*|[-+ ]{5,}|no entries.*|no mac address.*)$`),
	None:       regexp.MustCompile(`(?i)^\s*no (?:entries|mac address)`),
}

// traffic is what the destination guard asks beside.
var traffic = &console.TrafficReads{
	MACs: showMACs, PortMACs: showPortMACs, PortRates: showPort, Absent: absent,
	Count: macTable.Count, Received: parseReceived, Heard: []*text.Neighbours{lldpTable, cdpTable},
}
