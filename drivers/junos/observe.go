package junos

import (
	"cmp"
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

// vlanID is the number of a VLAN that is called by it or by its name, which may be the
// number of another: then it is not known which is meant.
func (a around) vlanID(word string) (int, bool) {
	id, err := text.Decimal(word)
	i := slices.IndexFunc(a.vlans, func(v mirror.VLAN) bool { return v.Name == word })
	if err == nil {
		return id, id >= 1 && id <= mirror.MaxVLAN && (i < 0 || a.vlans[i].ID == id)
	} else if i < 0 {
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

// readVLANs reads the hierarchy "vlans". One in which nothing is learned is a remote
// VLAN, and so is one that bears our mark: "no-mac-learning" is not known to be a
// statement of every release.
func readVLANs(t *text.Tree) (out []mirror.VLAN, memberOf map[string][]string) {
	memberOf = map[string][]string{}
	for _, n := range t.Below("vlans") {
		id, err := text.Decimal(n.Value("vlan-id"))
		if err != nil || id < 1 || id > mirror.MaxVLAN {
			continue
		}
		v := mirror.VLAN{ID: id, Name: n.Word, Remote: markName.MatchString(n.Word) || n.Has("no-mac-learning") || n.Has("switch-options", "no-mac-learning")}
		if l3 := n.Value("l3-interface"); l3 != "" {
			v.Uses = []mirror.PortUse{{Kind: "addressed", Detail: "l3-interface " + text.Quote(l3)}}
		}
		for _, port := range n.Words("interface") {
			memberOf[port] = append(memberOf[port], n.Word)
		}
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(a, b mirror.VLAN) int { return cmp.Or(cmp.Compare(a.ID, b.ID), strings.Compare(a.Name, b.Name)) })
	return out, memberOf
}

// answered reads a configuration that was asked for and that the device shows, with what
// it inherits; own is the command that shows it without, "" = that is not asked.
func answered(r console.Replies, own, command string) (t *text.Tree, read bool, err error) {
	whole, read := r[command]
	if !read || absent(whole) {
		return &text.Tree{}, false, nil
	}
	mine, asked := r[own]
	if !asked || absent(mine) { // what is inherited is not told apart then
		mine, whole = whole, ""
	}
	t, err = parseConfig(command, mine, whole)
	return t, err == nil, err
}

// surroundingsOf brings what is around up to date.
func surroundingsOf(old any, look mirror.Look, r console.Replies) (_ any, err error) {
	a, _ := old.(around)
	for _, part := range []struct {
		command string
		read    func(*text.Tree)
	}{
		{showVLANs, func(c *text.Tree) { a.vlans, a.memberOf = readVLANs(c) }},
		{showFilters, func(c *text.Tree) { a.lists, a.feeds = readFilters(c) }},
		{showPorts, func(c *text.Tree) { a.at = readInterfaces(c).at() }},
	} {
		c, read, err := answered(r, "", part.command)
		if err != nil {
			return a, err
		}
		if read {
			part.read(c.InForce())
		}
	}
	if reply, read := r[showLLDP]; read && !absent(reply) {
		if a.neighbours, err = parseLLDP(reply); err != nil {
			return a, err
		}
	}
	if reply, read := r[showMACs]; read && !absent(reply) {
		if a.macs, err = addresses.Count(reply); err != nil {
			return a, err
		}
	}
	if len(look.Traffic) == 0 {
		return a, nil
	}
	rows, err := rowsOf(r, showStatus)
	if len(rows) > 0 {
		a.received = map[mirror.PortName]string{}
	}
	for _, row := range rows {
		if p := portNamed(row.name); slices.Contains(look.Traffic, p) {
			a.received[p] = row.receives()
		}
	}
	return a, err
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
func observe(f mirror.Facts, r console.Replies, known any) (o mirror.Observation, err error) {
	a, _ := known.(around)
	c, _, err := answered(r, showOwn, showAnalyzers)
	if err != nil {
		return o, err
	}
	o.Natives, o.VLANs, o.Footings = readAnalyzers(c, a), a.vlans, a.footings()
	o.Handles = map[string]string{extraHierarchy: hierarchy(f)} // for the template of footings
	config, read, err := answered(r, showOwnPorts, showPorts)
	rows, strange := rowsOf(r, showStatus)
	if err = cmp.Or(err, strange); err != nil {
		return mirror.Observation{}, err
	}
	if read || len(rows) > 0 {
		o.Ports = a.ports(readInterfaces(config), rows)
	}
	return o, nil
}

// parseLLDP reads "show lldp neighbors"; the layout is general knowledge.
func parseLLDP(reply string) (map[mirror.PortName][]mirror.Neighbour, error) {
	out, strange := text.ReadNeighbours(said(reply), "Local Interface", "System Name", portNamed)
	if strange != "" {
		return nil, text.ParseError(showLLDP, strange)
	}
	return out, nil
}

// addresses are "show ethernet-switching table" in its layouts of ELS and of legacy
// switches (general knowledge).
var addresses = &text.Addresses{
	Command: showMACs, Noise: noise, Ports: grammar, Anywhere: true,
	Head:       regexp.MustCompile(`^\s*(?:name\s+address|VLAN\s+MAC address)\s`),
	Address:    regexp.MustCompile(`^(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$`),
	NotLearned: regexp.MustCompile(`^(?:Static|S|S,.*|L,.*)$`),
	NoPort:     regexp.MustCompile(`^(?:Router|-|All-members)$`),
	Beside:     regexp.MustCompile(`^\s*(?:MAC flags \(|\w+ - \w|Ethernet[ -]switching table ?:|Routing instance :|Vlan\s+MAC\s|\S+\s+\*\s+Flood\s)`),
	None:       regexp.MustCompile(`Ethernet[ -]switching table ?: 0 entries`),
}
