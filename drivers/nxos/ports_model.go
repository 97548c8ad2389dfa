package nxos

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
)

// portReads are states of ports, who is heard there and what they learned. Beside spanMode their
// leaves are known from public clients alone (srcOperator): one that is not told has the
// destination guard refuse the port.
var portReads = []models.Read{
	{Path: physItems, State: true}, {Path: aggrItems, State: true},
	{Path: data.Names("System", "lldp-items", "inst-items", "if-items"), State: true},
	{Path: data.Names("System", "cdp-items", "inst-items", "if-items"), State: true},
	{Path: data.Names("System", "mac-items", "table-items", "vlan-items"), State: true},
}

var (
	physItems = data.Names("System", "intf-items", "phys-items")
	aggrItems = data.Names("System", "intf-items", "aggr-items")
)

// spanModes are the lines that say the same as spanMode.
var spanModes = map[string]string{spanNone: "", spanDestination: "switchport monitor",
	"span-dest-fwd": "switchport monitor ingress", "span-dest-fwd-learn": "switchport monitor ingress learning"}

// modelPorts lists the ports. Each is turned into the stanza and the row of the command
// line that say the same, so that what speaks against a destination, and what a port is put
// back to, is the same over both transports.
func modelPorts(a models.Answers) ([]mirror.Port, error) {
	sys, state := a.Config.At("System", "intf-items"), a.State.At("System", "intf-items")
	groups := groupsOf(sys.Child("aggr-items"), state.Child("aggr-items"))
	surroundings := around{traffic: console.Heard(modelNeighbours(a.State.Child("System")))}
	stanzas, rows := map[mirror.PortName]stanza{}, []text.PortRow(nil)
	for _, list := range []struct{ items, name, oper string }{{"phys-items", "PhysIf-list", "phys-items"}, {"aggr-items", "AggrIf-list", "aggrif-items"}} {
		states := map[string]*data.Node{}
		for _, n := range state.Child(list.items).All(list.name) {
			states[n.Text("id")] = n.Child(list.oper)
		}
		for _, n := range childrenOf(sys.Child(list.items)) {
			id := n.Text("id")
			if n.Name != list.name || id == "" {
				return nil, fmt.Errorf("%s with id %s in %s: %w", text.Quote(n.Name), text.Quote(id), list.items, mirror.ErrParse)
			}
			name, ok := grammar.Read(id)
			if !ok {
				name = grammar.Unnamed(text.Quote(id))
			}
			st, vlan := modelStanza(n, groups[name.Full()])
			stanzas[name.Full()] = st
			rows = append(rows, modelRow(name, n, states[id], vlan))
		}
	}
	learned := modelAddresses(a.State.At("System", "mac-items", "table-items", "vlan-items"))
	out := []mirror.Port{{Name: supEth, Kind: mirror.SourceCPU, Up: mirror.Unknown}}
	for _, row := range rows {
		p := surroundings.port(row, stanzas)
		if n := learned[p.Name]; n > 0 && !p.Monitor {
			p.Uses = append(p.Uses, mirror.PortUse{Kind: "learned", Detail: console.Learned(n)})
		}
		out = append(out, p)
	}
	text.Sort(grammar, out, func(p mirror.Port) mirror.PortName { return p.Name })
	return slices.CompactFunc(out, func(a, b mirror.Port) bool { return a.Name == b.Name }), nil
}

func childrenOf(n *data.Node) []*data.Node {
	if n == nil {
		return nil
	}
	return n.Children
}

// modelStanza is a port as the lines that say the same, and what its column VLAN would hold.
func modelStanza(n *data.Node, group string) (st stanza, vlan string) {
	add := func(is bool, format string, args ...any) {
		if is {
			st.lines = append(st.lines, fmt.Sprintf(format, args...))
		}
	}
	access, native, allowed := strings.TrimPrefix(n.Text("accessVlan"), "vlan-"), strings.TrimPrefix(n.Text("nativeVlan"), "vlan-"), n.Text("trunkVlans")
	switch layer, mode := n.Text("layer"), n.Text("mode"); {
	case layer == "Layer3":
		add(true, noSwitchport)
		vlan = "routed"
	case layer != "Layer2":
		vlan = "layer " + layer + " not understood"
	case mode == "trunk":
		add(true, "switchport mode trunk")
		vlan = "trunk"
	case mode == "access" && access != "":
		vlan = access
	default:
		vlan = "mode " + mode + " not understood"
	}
	switched := n.Text("layer") == "Layer2"
	add(switched && access != "" && access != "1", "switchport access vlan %s", access)
	add(switched && native != "" && native != "1", "switchport trunk native vlan %s", native)
	add(switched && allowed != "" && allowed != "1-4094", "switchport trunk allowed vlan %s", allowed)
	mode, known := spanModes[n.Text("spanMode")]
	if mode != "" {
		add(true, "%s", mode)
	}
	if !known && n.Text("spanMode") != "" {
		vlan = "spanMode " + n.Text("spanMode")
	}
	add(group != "", "channel-group %s", group)
	switch n.Text("adminSt") {
	case "up":
	case "down":
		add(true, "shutdown")
	default:
		vlan = "adminSt " + n.Text("adminSt") + " not understood"
	}
	return st, vlan
}

var operSpeed = regexp.MustCompile(`^(\d{1,4})(M|G)$`)

// modelRow is the row of the status table that says the same.
func modelRow(name text.Name, n, oper *data.Node, vlan string) text.PortRow {
	row := text.PortRow{Name: name, VLAN: vlan}
	switch up := oper.Text("operSt"); {
	case up == "up":
		row.Word = "connected"
	case up == "down" && n.Text("adminSt") == "down":
		row.Word = "disabled"
	case up != "":
		row.Word = "down"
	}
	if m := operSpeed.FindStringSubmatch(oper.Text("operSpeed")); m != nil {
		number, _ := text.Decimal(m[1]) // it is one
		row.Speed = mirror.BitsPerSecond(number) * map[string]mirror.BitsPerSecond{"M": 1e6, "G": 1e9}[m[2]]
	}
	if v, err := text.Decimal(vlan); err == nil {
		row.Access = v
	}
	return row
}

// memberPath ends in the name of a member of a port-channel, in a reference to it.
var memberPath = regexp.MustCompile(`\[(?:id='?)?((?:eth|Ethernet)[0-9/]+)'?\]$`)

// groupsOf are the port-channels that ports are in.
func groupsOf(lists ...*data.Node) map[mirror.PortName]string {
	out := map[mirror.PortName]string{}
	for _, aggr := range lists {
		for _, n := range aggr.All("AggrIf-list") {
			for _, m := range n.Child("rsmbrIfs-items").All("RsMbrIfs-list") {
				if name := memberPath.FindStringSubmatch(m.Text("tDn")); name != nil {
					out[portNamed(name[1])] = strings.TrimPrefix(n.Text("id"), "po")
				}
			}
		}
	}
	return out
}

// modelNeighbours are those that LLDP and CDP hear. One that tells no name is a neighbour,
// too.
func modelNeighbours(sys *data.Node) (out []text.Neighbour) {
	for _, protocol := range []string{"LLDP", "CDP"} {
		for _, n := range sys.At(strings.ToLower(protocol)+"-items", "inst-items", "if-items").All("If-list") {
			port, known := grammar.Read(n.Text("id"))
			for _, adj := range n.Child("adj-items").All("AdjEp-list") {
				name := cmp.Or(adj.Text("sysName"), adj.Text("devId"), adj.Text("chassisIdV"), "unnamed")
				if known {
					out = append(out, text.Neighbour{Port: port, Device: name, Protocol: protocol})
				}
			}
		}
	}
	return out
}

// modelAddresses counts what ports learned.
func modelAddresses(table *data.Node) map[mirror.PortName]int {
	out := map[mirror.PortName]int{}
	for _, n := range table.All("MacAddressEntry-list") {
		if port, ok := grammar.Read(n.Text("port")); ok && !strings.Contains(n.Text("type"), "static") {
			out[port.Full()]++
		}
	}
	return out
}
