package iosxe

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A box is a switch's monitor sessions as the command reference describes them:
// every line adds, only "no" takes away. It refuses what a real one refuses and
// what a minimal change would not send, at every moment and not only at the
// end. It shares no code with the driver's parsers.
type box struct {
	sessions map[int]*boxSession
	mode     []string // open sub-modes
	at       *boxSession
}

type boxSession struct {
	typ     string // "" classic, erspan-source, erspan-destination
	ports   map[string]string
	vlans   map[int]string
	from    int
	to      int
	dests   map[string]string // options
	filters map[int]bool
	acl     map[string]string
	tunnel  map[string]string
	header  string
	enabled bool
}

func newBox() *box { return &box{sessions: map[int]*boxSession{}} }

func (b *box) run(text string) error {
	for line := range strings.Lines(text) {
		if err := b.line(strings.TrimSpace(line)); err != nil {
			return fmt.Errorf("%q: %w", strings.TrimRight(line, "\n"), err)
		}
		if b.at != nil {
			if err := b.at.legal(b); err != nil {
				return fmt.Errorf("after %q: %w", strings.TrimRight(line, "\n"), err)
			}
		}
	}
	b.mode = nil
	for id, s := range b.sessions {
		if s.blank() {
			delete(b.sessions, id)
		}
	}
	return nil
}

func (s *boxSession) blank() bool {
	return s.typ == "" && len(s.ports)+len(s.vlans)+len(s.dests)+len(s.filters)+len(s.acl)+s.from+s.to == 0
}

func (s *boxSession) legal(b *box) error {
	if len(s.ports) > 0 && len(s.vlans) > 0 {
		return fmt.Errorf("interfaces and VLANs in one session")
	}
	if len(s.vlans) > 0 && len(s.filters) > 0 {
		return fmt.Errorf("VLAN filter beside VLAN sources")
	}
	for _, o := range b.sessions {
		for d := range s.dests {
			if o.ports[d] != "" {
				return fmt.Errorf("%s is source and destination", d)
			}
			if _, twice := o.dests[d]; twice && o != s {
				return fmt.Errorf("%s is the destination of two sessions", d)
			}
		}
	}
	return nil
}

func (b *box) line(line string) error {
	words := strings.Fields(line)
	if len(b.mode) > 0 && words[0] != "monitor" && (len(words) < 2 || words[1] != "monitor") {
		return b.sub(words)
	}
	b.mode = nil
	no := words[0] == "no"
	if no {
		words = words[1:]
	}
	if len(words) < 3 || words[0] != "monitor" || words[1] != "session" {
		return fmt.Errorf("no monitor line")
	}
	id, err := strconv.Atoi(words[2])
	if err != nil || id < 1 || id > 66 {
		return fmt.Errorf("session %q", words[2])
	}
	rest := words[3:]
	s := b.sessions[id]
	if s != nil && s.blank() && len(rest) > 0 && rest[0] == "type" {
		s = nil // a push looks in between, and takes the shell away
	}
	switch {
	case len(rest) == 0 && no && s != nil:
		delete(b.sessions, id)
		b.at = nil
		return nil
	case len(rest) == 0 || no && s == nil:
		return fmt.Errorf("session %d", id)
	case s == nil:
		s = &boxSession{ports: map[string]string{}, vlans: map[int]string{}, dests: map[string]string{}, filters: map[int]bool{},
			acl: map[string]string{}, tunnel: map[string]string{}}
		b.sessions[id] = s
		if rest[0] == "type" {
			s.typ = rest[1]
		}
	}
	b.at = s
	if rest[0] == "type" {
		b.mode = []string{rest[1]}
		if s.typ != rest[1] {
			return fmt.Errorf("of type %s", s.typ)
		}
		return nil
	}
	if s.typ != "" {
		return fmt.Errorf("classic line for type %s", s.typ)
	}
	return s.change(no, rest)
}

func (b *box) sub(words []string) error {
	s := b.at
	no := words[0] == "no"
	inner := len(b.mode) == 2
	switch {
	case len(words) == 1 && words[0] == "exit":
		b.mode = b.mode[:len(b.mode)-1]
	case inner:
		if no {
			key := strings.Join(words[1:len(words)-1], " ")
			if s.tunnel[key] != words[len(words)-1] {
				return fmt.Errorf("removes a line that is not there as it is said")
			}
			delete(s.tunnel, key)
			return nil
		}
		if six := s.tunnel["ipv6 address"] != ""; (words[0] == "ipv6") != six && (words[1] == "ttl" || words[1] == "dscp") {
			return fmt.Errorf("the outer header is of the other family")
		}
		s.tunnel[strings.Join(words[:len(words)-1], " ")] = words[len(words)-1]
	case len(words) == 1 && words[0] == map[string]string{"erspan-source": "destination", "erspan-destination": "source"}[s.typ]:
		b.mode = append(b.mode, words[0])
	case slices.Equal(words, []string{"no", "shutdown"}):
		s.enabled = true
	case slices.Equal(words, []string{"header-type", "3"}):
		s.header = words[1]
	case slices.Equal(words, []string{"no", "header-type", "3"}):
		s.header = ""
	case no:
		return s.change(true, words[1:])
	default:
		return s.change(false, words)
	}
	return nil
}

// change is one line behind the number; it demands that removals find and
// additions are new.
func (s *boxSession) change(no bool, w []string) error {
	text := strings.Join(w, " ")
	had := func(have bool) error {
		if have != no {
			return fmt.Errorf("removes what is not there, or adds what is")
		}
		return nil
	}
	switch {
	case strings.HasPrefix(text, "source remote vlan "), strings.HasPrefix(text, "destination remote vlan "):
		to := &s.from
		if w[0] == "destination" {
			to = &s.to
		}
		v, _ := strconv.Atoi(w[3])
		if no && *to != v || !no && *to != 0 {
			return fmt.Errorf("remote VLAN is %d", *to)
		}
		*to = v
		if no {
			*to = 0
		}
	case strings.HasPrefix(text, "source interface "):
		if err := had(s.ports[w[2]] != ""); err != nil {
			return err
		}
		if no {
			delete(s.ports, w[2])
			return noMore(w, 3)
		}
		s.ports[w[2]] = w[3]
	case strings.HasPrefix(text, "source vlan "):
		v, err := strconv.Atoi(w[2])
		if err != nil || had(s.vlans[v] != "") != nil {
			return fmt.Errorf("VLAN %q", w[2])
		}
		if no {
			delete(s.vlans, v)
			return noMore(w, 3)
		}
		s.vlans[v] = w[3]
	case strings.HasPrefix(text, "destination interface "):
		_, have := s.dests[w[2]]
		if err := had(have); err != nil {
			return err
		}
		if no {
			delete(s.dests, w[2])
			return noMore(w, 3)
		}
		s.dests[w[2]] = strings.Join(w[3:], " ")
	case strings.HasPrefix(text, "filter vlan "):
		return s.filterVLANs(no, strings.TrimPrefix(text, "filter vlan "))
	case strings.Contains(text, "access-group "):
		family := strings.Join(w[1:len(w)-2], " ")
		if err := had(s.acl[family] != ""); err != nil {
			return err
		}
		s.acl[family] = w[len(w)-1]
		if no {
			delete(s.acl, family)
		}
	default:
		return fmt.Errorf("unknown line")
	}
	return nil
}

func noMore(w []string, n int) error {
	if len(w) != n {
		return fmt.Errorf("a removal with a direction or options")
	}
	return nil
}

// filterVLANs reads a list whose commas and hyphens must have blanks around.
func (s *boxSession) filterVLANs(no bool, text string) error {
	for _, part := range strings.Split(text, " , ") {
		lo, hi, ranged := strings.Cut(part, " - ")
		if !ranged {
			hi = lo
		}
		a, err1 := strconv.Atoi(lo)
		z, err2 := strconv.Atoi(hi)
		if err1 != nil || err2 != nil {
			return fmt.Errorf("list %q", text)
		}
		for v := a; v <= z; v++ {
			if s.filters[v] != no {
				return fmt.Errorf("VLAN %d is filtered: %v", v, s.filters[v])
			}
			if no {
				delete(s.filters, v)
			} else {
				s.filters[v] = true
			}
		}
	}
	return nil
}

// spec is the session in neutral words.
func (s *boxSession) spec() mirror.NativeSpec {
	n := mirror.NativeSpec{Role: mirror.RoleLocal}
	for p, d := range s.ports {
		n.Sources = append(n.Sources, mirror.NativeSource{Port: mirror.PortName(p), Direction: mirror.Direction(d)})
	}
	for v, d := range s.vlans {
		n.Sources = append(n.Sources, mirror.NativeSource{VLAN: v, Direction: mirror.Direction(d)})
	}
	for d, options := range s.dests {
		n.Destinations = append(n.Destinations, mirror.PortName(d))
		if s.typ == "" {
			n.Options.Ingress, n.Options.Tags = mirror.IngressDisabled, strip
		}
		if options == "encapsulation replicate" {
			n.Options.Tags = preserve
		}
	}
	for v := range s.filters {
		n.Options.FilterVLANs = append(n.Options.FilterVLANs, v)
	}
	n.Options.Filter = s.acl["ip"] + s.acl[""]
	n.RemoteVLAN = s.from + s.to
	if s.from != 0 {
		n.Role = mirror.RoleRSPANDestination
	}
	if s.to != 0 {
		n.Role = mirror.RoleRSPANSource
	}
	if s.typ != "" {
		n.Role = mirror.Role(s.typ)
		s.tunnelSpec(&n)
	}
	return n.Normalize()
}

func (s *boxSession) tunnelSpec(n *mirror.NativeSpec) {
	num := func(key string) int {
		v, _ := strconv.Atoi(s.tunnel[key])
		return v
	}
	n.Options.ERSPAN = &mirror.ERSPAN{ID: num("erspan-id"), TTL: num("ip ttl") + num("ipv6 ttl"), DSCP: num("ip dscp") + num("ipv6 dscp"), MTU: num("mtu"), VRF: s.tunnel["vrf"],
		Origin: s.tunnel["origin ip address"] + s.tunnel["origin ipv6 address"]}
	n.Options.ERSPAN.Type, _ = strconv.Atoi(s.header)
	n.Options.Collector = s.tunnel["ip address"] + s.tunnel["ipv6 address"]
}

// config prints the sessions as the running configuration does: sources grouped
// by direction, neighbours compacted with blanks around hyphen and comma, names
// abbreviated, "both" left out.
func (b *box) config() string {
	var out strings.Builder
	for _, id := range slices.Sorted(maps.Keys(b.sessions)) {
		s, head := b.sessions[id], fmt.Sprintf("monitor session %d ", id)
		if s.typ != "" {
			fmt.Fprintf(&out, "%stype %s\n", head, s.typ)
			head = " "
		}
		for _, l := range s.lines() {
			out.WriteString(head + l + "\n")
		}
		if s.typ == "" {
			continue
		}
		inner := map[string]string{"erspan-source": "destination", "erspan-destination": "source"}[s.typ]
		fmt.Fprintf(&out, " %s\n", inner)
		for _, k := range slices.Sorted(maps.Keys(s.tunnel)) {
			fmt.Fprintf(&out, "  %s %s\n", k, s.tunnel[k])
		}
		if s.header != "" {
			fmt.Fprintf(&out, " header-type %s\n", s.header)
		}
		if s.enabled {
			out.WriteString(" no shutdown\n")
		} else {
			out.WriteString(" shutdown\n")
		}
	}
	return out.String()
}

func (s *boxSession) lines() []string {
	var out []string
	for _, d := range []string{"both", "rx", "tx"} {
		suffix := map[string]string{"rx": " rx", "tx": " tx"}[d]
		if l := compactNames(keysWith(s.ports, d), " , ", " - "); l != "" {
			out = append(out, "source interface "+l+suffix)
		}
		if l := compactNumbers(keysWith(s.vlans, d), " , ", " - "); l != "" {
			out = append(out, "source vlan "+l+suffix)
		}
	}
	if s.from != 0 {
		out = append(out, fmt.Sprintf("source remote vlan %d", s.from))
	}
	for _, d := range slices.Sorted(maps.Keys(s.dests)) {
		out = append(out, strings.TrimSpace("destination interface "+abbreviate(d)+" "+s.dests[d]))
	}
	if s.to != 0 {
		out = append(out, fmt.Sprintf("destination remote vlan %d", s.to))
	}
	if l := compactNumbers(slices.Collect(maps.Keys(s.filters)), " , ", " - "); l != "" {
		out = append(out, "filter vlan "+l)
	}
	for _, family := range slices.Sorted(maps.Keys(s.acl)) {
		out = append(out, strings.Join(strings.Fields("filter "+family+" access-group "+s.acl[family]), " "))
	}
	return out
}

func keysWith[K comparable](m map[K]string, v string) []K {
	var out []K
	for k, d := range m {
		if d == v {
			out = append(out, k)
		}
	}
	return out
}

func abbreviate(p string) string {
	for _, k := range [][2]string{{"GigabitEthernet", "Gi"}, {"Port-channel", "Po"}} {
		if rest, ok := strings.CutPrefix(p, k[0]); ok {
			return k[1] + rest
		}
	}
	return strings.Replace(p, "TenGi", "Te", 1)[:2] + strings.TrimLeft(p, "TenGigabtEhr")
}

func compactNames(names []string, comma, dash string) string {
	slots := map[string][]int{}
	for _, n := range names {
		short := abbreviate(n)
		i := strings.LastIndexAny(short, "/o") + 1
		num, _ := strconv.Atoi(short[i:])
		slots[short[:i]] = append(slots[short[:i]], num)
	}
	var parts []string
	for _, slot := range slices.Sorted(maps.Keys(slots)) {
		for _, run := range strings.Split(compactNumbers(slots[slot], ",", dash), ",") {
			parts = append(parts, slot+run)
		}
	}
	return strings.Join(parts, comma)
}

func compactNumbers(numbers []int, comma, dash string) string {
	slices.Sort(numbers)
	var parts []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		part := strconv.Itoa(numbers[i])
		if j > i {
			part += dash + strconv.Itoa(numbers[j])
		}
		parts, i = append(parts, part), j+1
	}
	return strings.Join(parts, comma)
}

// shown prints the sessions as show monitor session all detail does.
func (b *box) shown() string {
	var out strings.Builder
	types := map[mirror.Role]string{mirror.RoleLocal: "Local Session", mirror.RoleRSPANSource: "Remote Source Session",
		mirror.RoleRSPANDestination: "Remote Destination Session", mirror.RoleERSPANSource: "ERSPAN Source Session",
		mirror.RoleERSPANDestination: "ERSPAN Destination Session"}
	for _, id := range slices.Sorted(maps.Keys(b.sessions)) {
		s := b.sessions[id]
		spec := s.spec()
		p := func(key, value string) {
			if value == "" {
				value = "None"
			}
			fmt.Fprintf(&out, "%-25s: %s\n", key, value)
		}
		fmt.Fprintf(&out, "Session %d\n---------\n", id)
		p("Type", types[spec.Role])
		if s.typ != "" {
			p("Status", map[bool]string{true: "Admin Enabled", false: "Admin Disabled"}[s.enabled])
		}
		p("Description", "-")
		for _, head := range []string{"Source Ports", "Source VLANs"} {
			fmt.Fprintf(&out, "%-25s:\n", head)
			for _, d := range []string{"rx", "tx", "both"} {
				value := compactNames(keysWith(s.ports, d), ",", "-")
				if head == "Source VLANs" {
					value = compactNumbers(keysWith(s.vlans, d), ",", "-")
				}
				p("    "+map[string]string{"rx": "RX Only", "tx": "TX Only", "both": "Both"}[d], value)
			}
		}
		p("Source RSPAN VLAN", strings.Trim(strconv.Itoa(s.from), "0")+zeros(s.from))
		p("Destination Ports", compactNames(slices.Collect(maps.Keys(s.dests)), ",", "-"))
		if s.typ == "" && len(s.dests) > 0 {
			p("    Encapsulation", map[string]string{preserve: "Replicate", strip: "Native"}[spec.Options.Tags])
			p("          Ingress", "Disabled")
		}
		p("Filter VLANs", compactNumbers(slices.Collect(maps.Keys(s.filters)), ",", "-"))
		p("Dest RSPAN VLAN", strings.Trim(strconv.Itoa(s.to), "0")+zeros(s.to))
		p("IP Access-group", s.acl["ip"])
		out.WriteString("\n")
	}
	if out.Len() == 0 {
		return "No SPAN configuration is present in the system.\n"
	}
	return out.String()
}

// zeros gives back the trailing zeros that Trim took from a number.
func zeros(n int) string {
	s := strconv.Itoa(n)
	if n == 0 {
		return ""
	}
	return s[len(strings.TrimRight(s, "0")):]
}
