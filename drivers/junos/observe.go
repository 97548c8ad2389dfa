package junos

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// around is what is asked beside the analyzers. What was handed out is never changed.
type around struct {
	vlans      []mirror.VLAN
	memberOf   map[string][]string          // VLANs that name a logical interface as theirs, by that
	at         map[string][]mirror.PortName // ports at whose ingress a filter stands
	feeds      map[string][]string          // filters whose terms copy to an analyzer
	lists      []mirror.Footing             // filters that bear names of netmirror's
	neighbours map[mirror.PortName][]mirror.Neighbour
	macs       map[mirror.PortName]int
	received   map[mirror.PortName]string
}

// vlanID is the number of a VLAN that is called by it or by its name.
func (a around) vlanID(word string) (int, bool) {
	if id, err := text.Decimal(word); err == nil {
		return id, id >= 1 && id <= mirror.MaxVLAN
	}
	i := slices.IndexFunc(a.vlans, func(v mirror.VLAN) bool { return v.Name == word })
	if i < 0 {
		return map[string]int{"default": 1}[word], word == "default"
	}
	return a.vlans[i].ID, true
}

// vlanSet is what a member of "vlan members" stands for; nothing where it is not known.
func (a around) vlanSet(word string) mirror.VLANSet {
	if word == "all" {
		return mirror.AllVLANs()
	}
	if id, ok := a.vlanID(word); ok {
		return mirror.VLANs(id)
	}
	set, _ := mirror.ParseVLANs(word)
	return set
}

// remote is the remote VLAN that an analyzer with these sources listens to, 0 = none.
func (a around) remote(sources []mirror.NativeSource) int {
	if len(sources) != 1 || sources[0].Direction != mirror.RX || sources[0].VLAN == 0 {
		return 0
	}
	v, _ := mirror.Observation{VLANs: a.vlans}.VLAN(sources[0].VLAN)
	if !v.Remote {
		return 0
	}
	return v.ID
}

// feeding are the filters whose terms copy to an analyzer.
func (a around) feeding(id string) []string { return a.feeds[id] }

// readVLANs reads the hierarchy "vlans". One in which nothing is learned is a remote
// VLAN, and so is one that bears our mark: "no-mac-learning" is not known to be a
// statement of every release.
func readVLANs(c config) (out []mirror.VLAN, memberOf map[string][]string) {
	memberOf = map[string][]string{}
	learns, uses, ids := map[string]bool{}, map[string][]mirror.PortUse{}, map[string]int{}
	c.all(func(rest []string) {
		if len(rest) < 2 {
			return
		}
		name, words := rest[0], rest[1:]
		value := words[len(words)-1]
		switch words[0] {
		case "vlan-id":
			if id, err := text.Decimal(value); err == nil && id >= 1 && id <= mirror.MaxVLAN {
				ids[name] = id
			}
		case "interface":
			memberOf[value] = append(memberOf[value], name)
		case "l3-interface":
			uses[name] = append(uses[name], mirror.PortUse{Kind: "addressed", Detail: "l3-interface " + text.Quote(value)})
		}
		learns[name] = learns[name] || value == "no-mac-learning"
	}, "vlans")
	for _, name := range slices.Sorted(maps.Keys(ids)) {
		out = append(out, mirror.VLAN{ID: ids[name], Name: name, Uses: uses[name], Remote: learns[name] || markName.MatchString(name)})
	}
	slices.SortStableFunc(out, func(a, b mirror.VLAN) int { return cmp.Compare(a.ID, b.ID) })
	return out, memberOf
}

// answered reads a configuration that was asked for and that the device shows.
func answered(r console.Replies, command string) (c config, read bool, err error) {
	reply, read := r[command]
	if !read || absent(reply) {
		return c, false, nil
	}
	c, err = parseConfig(command, reply, "")
	return c, err == nil, err
}

// surroundingsOf brings what is around up to date.
func surroundingsOf(old any, look mirror.Look, r console.Replies) (any, error) {
	a, _ := old.(around)
	for _, part := range []struct {
		command string
		read    func(config)
	}{
		{showVLANs, func(c config) { a.vlans, a.memberOf = readVLANs(c) }},
		{showFilters, func(c config) { a.lists, a.feeds = readFilters(c) }},
		{showPorts, func(c config) { a.at = readInterfaces(c).at() }},
	} {
		c, read, err := answered(r, part.command)
		if err != nil {
			return a, err
		}
		if read {
			part.read(c)
		}
	}
	var err error
	if reply, read := r[showLLDP]; read && !absent(reply) {
		if a.neighbours, err = parseLLDP(reply); err != nil {
			return a, err
		}
	}
	if reply, read := r[showMACs]; read && !absent(reply) {
		if a.macs, err = parseMACs(reply); err != nil {
			return a, err
		}
	}
	a.received = maps.Clone(a.received)
	for _, p := range look.Traffic {
		command := showStatus
		if _, alone := r[showPort(p)]; alone {
			command = showPort(p)
		}
		rows, err := rowsOf(r, command)
		if err != nil {
			return a, err
		}
		for _, row := range rows {
			if portNamed(row.name) == p {
				a.received = with(a.received, p, row.receives())
			}
		}
	}
	return a, nil
}

func with(m map[mirror.PortName]string, p mirror.PortName, words string) map[mirror.PortName]string {
	if m == nil {
		m = map[mirror.PortName]string{}
	}
	m[p] = words
	return m
}

// rowsOf reads the interfaces that a command shows, none where it was not asked.
func rowsOf(r console.Replies, command string) ([]row, error) {
	reply, asked := r[command]
	if !asked || absent(reply) {
		return nil, nil
	}
	return parseInterfaces(command, reply)
}

// observe makes an observation of replies.
func observe(_ mirror.Facts, r console.Replies, known any) (o mirror.Observation, err error) {
	a, _ := known.(around)
	own, asked := r[showOwn]
	if !asked || absent(own) { // what is inherited is not told apart then
		own = r[showAnalyzers]
	}
	c, err := parseConfig(showAnalyzers, own, r[showAnalyzers])
	if err != nil {
		return o, err
	}
	o.Natives, o.VLANs, o.Footings = readAnalyzers(c, a), a.vlans, a.footings()
	config, read, err := answered(r, showPorts)
	if err != nil {
		return mirror.Observation{}, err
	}
	rows, err := rowsOf(r, showStatus)
	if err != nil {
		return mirror.Observation{}, err
	}
	if read || len(rows) > 0 {
		o.Ports = a.ports(readInterfaces(config), rows)
	}
	return o, nil
}

// named asks for the ports of a look, and who is there. Neighbours and addresses are
// few, so all are listed.
func named(look mirror.Look, whole, around bool) (out []string) {
	for _, p := range look.Ports {
		if !whole {
			out = append(out, showStanza(p), showPort(p))
		}
	}
	for _, p := range look.Traffic {
		if !whole {
			out = append(out, showPort(p))
		}
	}
	if len(look.Traffic) > 0 && !around {
		out = append(out, showLLDP, showMACs)
	}
	return out
}

// readPort reads one port of a look anew.
func readPort(_ mirror.Facts, old mirror.Port, r console.Replies, known any) (p mirror.Port, ok bool, err error) {
	a, _ := known.(around)
	config, read, err := answered(r, showStanza(old.Name))
	if err != nil || !read {
		return p, false, err
	}
	rows, err := rowsOf(r, showPort(old.Name))
	if err != nil || len(rows) != 1 {
		return p, false, err
	}
	if p = a.port(old.Name, rows[0], readInterfaces(config)); old.Kind == mirror.SourceSub {
		p.Up, p.Speed, p.MTU = old.Up, old.Speed, old.MTU
	}
	p.Members = old.Members // those of a bundle stand in their own stanzas
	return p, true, nil
}

// parseLLDP reads "show lldp neighbors"; the layout is general knowledge. The name of a
// system is in the last column.
func parseLLDP(reply string) (map[mirror.PortName][]mirror.Neighbour, error) {
	out, column := map[mirror.PortName][]mirror.Neighbour{}, -1
	for _, line := range said(reply) {
		switch {
		case strings.HasPrefix(line, "Local Interface"):
			column = strings.Index(line, "System Name")
		case column < 0:
			return nil, text.ParseError(showLLDP, line)
		default:
			port := portNamed(strings.Fields(line)[0])
			system := text.Cut(line, column, len(line))
			if system == "" {
				words := strings.Fields(line)
				system = words[len(words)-1]
			}
			out[port] = append(out[port], mirror.Neighbour{System: system})
		}
	}
	return out, nil
}

var (
	macWord = regexp.MustCompile(`^(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$`)
	macHead = regexp.MustCompile(`(?i)^\s*(?:MAC|Ethernet[ -]switching)\b`)
	static  = regexp.MustCompile(`^(?:Static|S|S,.*|L,.*)$`)
)

// parseMACs counts the addresses that were learned at ports, of "show ethernet-switching
// table" in its layouts of ELS and of legacy switches (general knowledge).
func parseMACs(reply string) (map[mirror.PortName]int, error) {
	out, head := map[mirror.PortName]int{}, false
	for _, line := range said(reply) {
		head = head || macHead.MatchString(line)
		if !head {
			return nil, text.ParseError(showMACs, line)
		}
		words := strings.Fields(line)
		at := slices.IndexFunc(words, macWord.MatchString)
		if at < 0 || at+1 >= len(words) || static.MatchString(words[at+1]) {
			continue
		}
		for _, w := range words[at+1:] {
			if n, ok := grammar.Read(w); ok && n.Listed() && strings.ContainsAny(w, "./") {
				out[n.Full()]++
				break
			}
		}
	}
	return out, nil
}
