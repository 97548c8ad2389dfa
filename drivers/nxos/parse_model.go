package nxos

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
)

// helloReads: where a switch tells who it is is known from public clients alone.
var helloReads = []models.Read{
	{Path: data.Names("System", "name")},
	{Path: data.Names("System", "serial"), State: true},
	{Path: data.Names("System", "ch-items", "model"), State: true},
	{Path: data.Names("System", "showversion-items", "nxosVersion"), State: true},
}

// narrowReads are what sessions are, the ports that they end at, and whether they work.
var narrowReads = []models.Read{{Path: spanItems}, {Path: physItems}, {Path: aggrItems}, {Path: spanItems, State: true}}

// modelFacts reads who a switch is. mirror.ErrUnsupported without the model.
func modelFacts(s models.Server, a models.Answers) (mirror.Facts, error) {
	if _, has := s.Model(deviceModel); !has {
		return mirror.Facts{}, fmt.Errorf("the device does not announce the model %s: %w", deviceModel, mirror.ErrUnsupported)
	}
	sys := a.State.Child("System")
	sku := sys.Text("ch-items", "model")
	for short, long := range map[string]string{"N9K-": "Nexus9000 ", "N3K-": "Nexus3000 "} { // as the command line tells it
		if rest, ok := strings.CutPrefix(sku, short); ok {
			sku = long + rest
		}
	}
	return mirror.Facts{Hostname: cmp.Or(a.Config.Child("System").Text("name"), sys.Text("name")), Serial: sys.Text("serial"), Model: sku,
		Version: sys.Text("showversion-items", "nxosVersion")}, nil
}

// observeModel makes an observation of data trees.
func observeModel(f mirror.Facts, a models.Answers) (o mirror.Observation, err error) {
	span, state := a.Config.At("System", "span-items"), a.State.At("System", "span-items")
	origin := address(span.Text("originip-items", "originIp"))
	if o.Natives, err = modelSessions(span, state, origin); err != nil {
		return mirror.Observation{}, err
	}
	if origin != "" {
		o.Footings = []mirror.Footing{{Kind: mirror.FootingOrigin, Name: origin}}
	}
	o.Ports, err = modelPorts(a)
	if err == nil && len(o.Natives) == 0 && len(a.Config.At("System", "intf-items", "phys-items").All("PhysIf-list")) == 0 {
		err = fmt.Errorf("the device tells of no session and of no port, which it has: %w", mirror.ErrParse)
	}
	return o, err
}

// address is one, "" for those that stand where there is none.
func address(text string) string {
	if text == "0.0.0.0" || text == "::" {
		return ""
	}
	return text
}

func modelError(format string, args ...any) error {
	return fmt.Errorf("%s of the device model: "+format+": %w", append(append([]any{spanItems}, args...), mirror.ErrParse)...)
}

// modelSessions reads the sessions. mirror.ErrParse where one has no number, and for what is no
// list of sessions.
func modelSessions(span, state *data.Node, origin string) (out []mirror.NativeSession, err error) {
	list := span.Child("monitor-items")
	if list == nil {
		return nil, nil
	}
	states := map[string]*data.Node{}
	for _, n := range state.Child("monitor-items").All("Monitor-list") {
		states[n.Text("id")] = n
	}
	seen := map[string]bool{}
	for _, n := range list.Children {
		id, err := text.Decimal(n.Text("id"))
		if n.Name != "Monitor-list" || err != nil || seen[n.Text("id")] {
			return nil, modelError("%s with id %s", text.Quote(n.Name), text.Quote(n.Text("id")))
		}
		seen[n.Text("id")] = true
		r := &reading{Reading: text.Reading{Ports: grammar}, id: id, lines: []string{string(n.Indented("", "  "))}}
		r.session(n)
		s := r.native(origin)
		tellState(&s, cmp.Or(states[n.Text("id")], n))
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b mirror.NativeSession) int {
		return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(a.ID, b.ID))
	})
	return out, nil
}

// told are the leaves that say whether something is so, which copies more or less than
// neutral words can tell. Of the defaults that the YANG has for them none is taken for
// granted (cisco-nxos.md 3).
var told = []string{"isMarkerPacket", "isFwdDropsRx", "isFwdDropsRxLowPriority", "allowSharing"}

// stateLeaves are not configuration.
var stateLeaves = []string{"operState", "shutError"}

// session reads an entry. Leaves that are not known here are of later releases: one that
// holds more than nothing makes the session opaque.
func (r *reading) session(n *data.Node) {
	kind := cmp.Or(n.Text("type"), "local")
	r.kind = map[string]string{"local": "", "erspanDst": "erspan-destination"}[kind]
	if r.kind == "" && kind != "local" {
		r.kind = kind
	}
	tunnel := r.kind == "erspan-source" || r.kind == "erspan-destination"
	for _, c := range n.Children {
		value := strings.TrimSpace(n.Text(c.Name))
		number := func(unless string, set func(*mirror.ERSPAN, int)) {
			if value != unless && value != "" {
				r.Number(value, set)
			}
		}
		switch c.Name {
		case "id", "type":
		case "description":
			r.description = value
		case "configState":
			if r.open = value == "up"; value != "up" && value != "down" {
				r.Doubt("configState %s", text.Quote(value))
			}
		case "vrfName":
			if r.vrf = value; !tunnel && value == defaultVRF {
				r.vrf = ""
			}
		case "aclName":
			if value != "" {
				r.Filter("", value)
			}
		case "mtu":
			r.number(cmp.Or(value, fmt.Sprint(wholeFrames)), &r.Spec.Options.Truncate)
		case "erspanId":
			number("0", func(e *mirror.ERSPAN, n int) { e.ID = n })
		case "ipTtl":
			number("255", func(e *mirror.ERSPAN, n int) { e.TTL = n })
		case "ipDscp":
			number("0", func(e *mirror.ERSPAN, n int) { e.DSCP = n })
		case "headerType":
			r.header(value)
		case "destinationIp", "sourceIp":
			r.farEnd(c.Name, address(value))
		case "destinationPorts":
			if value != "" {
				r.EachPort(value, func(p mirror.PortName) { r.Spec.Destinations = append(r.Spec.Destinations, p) })
			}
		case "markerPktInt": // how often, where there are any
		default:
			r.further(c, value)
		}
	}
}

func (r *reading) header(value string) {
	switch value {
	case "", "v2": // as without it
	case "v3":
		r.ERSPAN().Type = 3
	default:
		r.Doubt("headerType %s", text.Quote(value))
	}
}

// farEnd: of the two addresses a session has the one of its type.
func (r *reading) farEnd(leaf, address string) {
	if address == "" {
		return
	}
	if (leaf == "sourceIp") != (r.kind == "erspan-destination") {
		r.Doubt("%s in a session of type %s", leaf, text.Quote(r.kind))
	}
	r.Collector(address)
}

// further reads lists, and what there is only to be wary of.
func (r *reading) further(c *data.Node, value string) {
	switch {
	case slices.Contains(stateLeaves, c.Name):
	case c.Name == "srcintf-items":
		r.entries(c, "SourceIntf-list", "id", func(id string, d mirror.Direction) { r.SourcePorts(id, d) })
	case c.Name == "src-items":
		r.entries(c, "SourceVlan-list", "vlan", func(vlan string, d mirror.Direction) { r.SourceVLANs(r.vlan(vlan), d) })
	case c.Name == "filter-items":
		r.entries(c, "FilterVlan-list", "vlan", func(vlan string, _ mirror.Direction) { r.FilterVLANs(r.vlan(vlan)) })
	case c.Name == "allowSharing" && r.Spec.Options.Filter == "", c.Name != "allowSharing" && slices.Contains(told, c.Name) && r.kind != "erspan-source": // of what it does not have
	case len(c.Children) > 0, !isNothing(value):
		r.Doubt("%s %s", text.Quote(c.Name), text.Quote(value))
	}
}

// isNothing: values that stand where there is nothing.
func isNothing(value string) bool {
	return address(value) == "" || slices.Contains([]string{"false", "no", "0", "disabled", "unspecified", "invalid"}, value)
}

// vlan is the number of "vlan-100", or what stands there instead, which is no VLAN.
func (r *reading) vlan(key string) string {
	if number, ok := strings.CutPrefix(key, "vlan-"); ok {
		return number
	}
	return "?" + key
}

// entries visits those of a list. Without a direction they have both (the model's default).
func (r *reading) entries(items *data.Node, list, key string, visit func(string, mirror.Direction)) {
	for _, e := range items.Children {
		d := mirror.Direction(cmp.Or(e.Text("direction"), string(mirror.Both)))
		if e.Name != list || e.Text(key) == "" || !slices.Contains([]mirror.Direction{mirror.RX, mirror.TX, mirror.Both}, d) {
			r.Miss("%s %s, direction %s", text.Quote(e.Name), text.Quote(e.Text(key)), text.Quote(string(d)))
			continue
		}
		for _, leaf := range e.Children {
			if v := e.Text(leaf.Name); leaf.Name != key && leaf.Name != "direction" && leaf.Name != "error" && (len(leaf.Children) > 0 || !isNothing(v)) {
				r.Doubt("%s %s of %s", text.Quote(leaf.Name), text.Quote(v), text.Quote(e.Text(key)))
			}
		}
		visit(e.Text(key), d)
	}
}

// modelWaits are states that pass by themselves; see waiting.
var modelWaits = []string{"no-oper-src-dst", "no-route", "arp-not-resolved", "no-eg-intf"}

// modelFaults are further ones of the model of 9.3(2). Those of later releases are not known,
// and leave it unknown.
var modelFaults = strings.Fields("no-hw-res error no-src no-dst no-src-dst shut invalid-dst-mode invalid-src-mode no-flow-id multi-dest-not_allowed invalid-vrf invalid-ip " +
	"acl-disabled acl-no-res-string acl-vdc-mismatch no-ssn-f1-f2 no-erspan-switch-id no-svi-member no-dce-route no-src-mac no-dce-switch-id no-dce-src-lid " +
	"no-dce-egress-intf no-si-1qtag no-fpc unsupported-route erspan-dest-failed erspan-action-not-supported udf-not-present pfc-ns-port udf-unsupported-on-vlan hw-err")

// tellState says whether a session is in the hardware.
func tellState(s *mirror.NativeSession, n *data.Node) {
	state := n.Text("operState")
	s.ProgrammedReason = "operState : " + text.Quote(state)
	switch {
	case state == "":
		s.ProgrammedReason = "the device tells no state of it"
	case state == "active":
		s.Programmed = mirror.True
		for _, e := range n.Child("srcintf-items").All("SourceIntf-list") {
			if code := e.Text("error"); code != "" && code != "0" {
				s.Programmed, s.ProgrammedReason = mirror.Unknown, fmt.Sprintf("operState : active, with error %s of %s", text.Quote(code), text.Quote(e.Text("id")))
			}
		}
	case slices.Contains(modelWaits, state):
		s.Waits = s.ProgrammedReason
	case slices.Contains(modelFaults, state):
		s.Programmed = mirror.False
	}
}

// modelDescription is the description in the text of a session that was read over gNMI,
// "" where it has none, or one that cannot be typed.
func modelDescription(words string) string {
	var entry struct {
		Description string `json:"description"`
	}
	if json.Unmarshal([]byte(words), &entry) != nil {
		return ""
	}
	if m := described.FindStringSubmatch("description " + entry.Description); m != nil && m[1] == entry.Description {
		return m[1]
	}
	return ""
}
