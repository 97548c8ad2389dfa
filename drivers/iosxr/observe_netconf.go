package iosxr

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
)

// factsOf reads who the device is. A device that announces its modules, and not that of
// sessions, is mirror.ErrUnsupported; what it does not tell of itself stays empty.
func factsOf(s models.Server, a models.Answers) (mirror.Facts, error) {
	if _, there := s.Model(moduleSessions); !there && len(s.Models) > 0 {
		return mirror.Facts{}, mirror.Unsupported("the device does not announce the model %s, which releases have from 7.4 on: use the command line", moduleSessions)
	}
	uptime := a.State.At(treeTime, "uptime")
	f := mirror.Facts{Hostname: uptime.Text("host-name")}
	if seconds, err := strconv.Atoi(uptime.Text("uptime")); err == nil && seconds > 0 {
		f.Uptime = time.Duration(seconds) * time.Second
	}
	for _, e := range a.State.At(treeInventory, "entities").All("entity") {
		if bag := e.At("attributes", "inv-basic-bag"); e.Text("name") == "Rack 0" && bag != nil {
			f.Version, f.Model, f.Serial = bag.Text("software-revision"), bag.Text("model-name"), bag.Text("serial-number")
		}
	}
	return f, nil
}

// observeTrees makes an observation of what was read. mirror.ErrParse where it tells of no
// interface at all: every device has some.
func observeTrees(f mirror.Facts, a models.Answers) (mirror.Observation, error) {
	fail := func(err error) (mirror.Observation, error) { return mirror.Observation{}, err }
	rows, err := rowsOf(a.State.Child(treeInterfaces))
	if err != nil {
		return fail(err)
	}
	if len(rows) == 0 {
		return fail(fmt.Errorf("%s: the device tells of no interface: %w", openConfig, mirror.ErrParse))
	}
	all := a.Config.Child(treeInterfaces)
	at, err := interfacesOf(all)
	if err != nil {
		return fail(err)
	}
	sessions, err := sessionLines(a.Config.Child(treeSessions))
	if err != nil {
		return fail(err)
	}
	sources, err := attachmentLines(a.Config.Child(treeAttachments))
	if err != nil {
		return fail(err)
	}
	o := mirror.Observation{Footings: tunnels(at)}
	if o.Natives, err = sessionsOf(slices.Concat(sessions, sources), at, portLevel(f)); err != nil {
		return fail(err)
	}
	o.Ports = ports(around{}, at, rows)
	foreign := map[mirror.PortName][]mirror.PortUse{}
	if all != nil {
		for _, n := range all.Children {
			p := portNamed(n.Text("interface-name"))
			foreign[p] = append(foreign[p], strangers(n)...)
		}
	}
	for i := range o.Ports {
		p := &o.Ports[i]
		p.Stanza, p.Uses = hiddenXML(p.Stanza), append(p.Uses, foreign[p.Name]...)
	}
	span := a.State.Child(treeSPAN)
	for i := range o.Natives {
		n := &o.Natives[i]
		v := verdictOf(span, *n)
		n.Programmed, n.ProgrammedReason, n.Waits = v.Programmed, v.Reason, v.Waits
	}
	return o, nil
}

// rowsOf are the ports that the device tells the state of.
func rowsOf(all *data.Node) (out []mirror.PortCounters, err error) {
	if all == nil {
		return nil, nil
	}
	for _, n := range all.All("interface") {
		name := cmp.Or(n.Text("name"), n.Text("state", "name"))
		if name == "" {
			return nil, strange("an interface without a name", []byte(n.Print()))
		}
		p := portNamed(name)
		if !grammar.Canonical(p) {
			continue
		}
		row := mirror.PortCounters{Port: p, Up: mirror.Unknown, Bandwidth: speedOf(n.At("ethernet", "state"))}
		switch n.Text("state", "oper-status") {
		case "UP":
			row.Up = mirror.True
		case "": // not told
		default:
			row.Up = mirror.False
		}
		if err := counted(&row, n.At("state", "counters")); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}

// speedOf is the speed of a port, 0 = it is not told ("SPEED_10GB").
func speedOf(n *data.Node) mirror.BitsPerSecond {
	word := strings.TrimPrefix(cmp.Or(n.Identity("negotiated-port-speed"), n.Identity("port-speed")), "SPEED_")
	for unit, times := range map[string]int64{"GB": 1_000_000_000, "MB": 1_000_000} {
		if number, ok := strings.CutSuffix(word, unit); ok {
			if v, err := text.Decimal(number); err == nil {
				return mirror.BitsPerSecond(int64(v) * times)
			}
		}
	}
	return 0
}

// attachedState are the rows of a session in a table of every card.
func attachedState(span *data.Node, session string) (out []*data.Node) {
	for _, node := range span.At("nodes").All("node") {
		for _, a := range node.At("attachments").All("attachment") {
			if a.Text("session") == session {
				out = append(out, a)
			}
		}
	}
	return out
}

// failure is an error code that a row tells, "" = none.
func failure(n *data.Node, about string, codes ...string) string {
	for _, c := range codes {
		if v := n.Text(c); v != "" && v != "0" {
			return fmt.Sprintf("%s: %s %s", about, c, v)
		}
	}
	return ""
}

// verdictOf is the state of a session in the hardware: it is programmed when every source is
// attached without an error, is up as its destination is, and is among the interfaces that
// are set up in the hardware; a table that "should match" that of attachments "when all
// sessions are operating correctly" (Cisco-IOS-XR-Ethernet-SPAN-oper). What is not told is
// unknown.
func verdictOf(span *data.Node, n mirror.NativeSession) console.Verdict {
	unknown := func(why string) console.Verdict {
		return console.Verdict{Programmed: mirror.Unknown, Reason: why, By: treeSPAN}
	}
	if span == nil {
		return unknown("the device does not tell the state of sessions")
	}
	var bad, waits, unclear []string
	note := func(list *[]string, words string) {
		if words != "" && !slices.Contains(*list, words) {
			*list = append(*list, words)
		}
	}
	known := false
	for _, g := range span.At("global", "global-sessions").All("global-session") {
		if g.Text("session") != n.ID {
			continue
		}
		known = true
		note(&bad, failure(g, "the session", "destination-error", "interface-error"))
		for _, end := range []string{"interface-data", "gre-tunnel-data", "bundle-data"} {
			d := g.At("destination-data", end)
			if is := cmp.Or(d.Text("interface-state"), d.Text("bundle-state")); is != "" && is != imUp {
				note(&waits, fmt.Sprintf("destination %s (%s)", cmp.Or(d.Text("interface-name"), d.Text("bundle-name")), is))
			}
		}
	}
	rows := attachedState(span, n.ID)
	for _, src := range n.Spec.Sources {
		i := slices.IndexFunc(rows, func(a *data.Node) bool { return portNamed(a.Text("interface")) == src.Port })
		if i < 0 {
			note(&unclear, string(src.Port)+" is not listed")
			continue
		}
		a := rows[i]
		note(&bad, failure(a, string(src.Port), "pfi-error", "config-error"))
		if a.Text("session-is-configured") == "false" {
			note(&bad, string(src.Port)+": the session is not configured")
		}
		if a.Text("source-interface-is-a-destination") == "true" {
			note(&bad, string(src.Port)+" is a destination")
		}
		if is := a.Text("source-interface-state"); is != "" && is != imUp {
			note(&waits, fmt.Sprintf("%s (%s)", src.Port, is))
		}
		held, code := inHardware(span, n.ID, src.Port)
		note(&bad, code)
		if !held {
			note(&unclear, string(src.Port)+" is not among what is set up in the hardware")
		}
	}
	v := console.Verdict{Programmed: mirror.True, Reason: text.Quote(strings.Join(slices.Concat(bad, waits, unclear), "; ")), By: treeSPAN}
	switch {
	case len(bad) > 0:
		v.Programmed = mirror.False
	case len(waits) > 0:
		v.Programmed, v.Waits = mirror.Unknown, text.Quote(strings.Join(waits, "; "))
	case !known:
		return unknown("the device does not tell of it")
	case len(unclear) > 0 || len(n.Spec.Sources) == 0:
		v.Programmed = mirror.Unknown
	}
	return v
}

// imUp is the state of an interface that is up.
const imUp = "im-state-up"

// inHardware finds a source among the interfaces that are set up, and why it is not.
func inHardware(span *data.Node, session string, p mirror.PortName) (held bool, bad string) {
	for _, node := range span.At("nodes").All("node") {
		for _, i := range node.At("interfaces").All("interface") {
			if portNamed(i.Text("interface")) != p {
				continue
			}
			for _, a := range i.All("attachment") {
				if a.Text("name") == session {
					held, bad = true, cmp.Or(bad, failure(i, string(p), "platform-error"))
				}
			}
		}
		for _, h := range node.At("hardware-sessions").All("hardware-session") {
			if h.Text("name") == session {
				bad = cmp.Or(bad, failure(h, "the session", "platform-error"))
			}
		}
	}
	return held, bad
}

// srcCounts is where the names of counters are from.
const srcCounts = "openconfig/public, openconfig-interfaces (announced in a public hello of IOS-XR 7.9.21)"

// countReads asks for all ports: a filter for some would be as many elements.
func countReads(mirror.Facts, mirror.CounterAsk) []models.Read {
	return []models.Read{state(treeInterfaces)}
}

// counted reads the counters of a port. Those of OpenConfig go with 64 bits.
func counted(row *mirror.PortCounters, n *data.Node) error {
	if n == nil {
		return nil
	}
	row.Complete = true
	for name, to := range map[string]*uint64{"in-octets": &row.InOctets, "in-pkts": &row.InPackets, "out-octets": &row.OutOctets, "out-pkts": &row.OutPackets, "out-discards": &row.OutDrops} {
		v := n.Text(name)
		if v == "" {
			row.Complete = false
			continue
		}
		number, err := strconv.ParseUint(v, 10, 64)
		if err != nil {
			return fmt.Errorf("%s of %s: %q: %w", name, row.Port, v, mirror.ErrParse)
		}
		*to = number
	}
	row.Discontinuity = n.Text("last-clear")
	return nil
}

// count reads the counters that are asked for.
func count(_ mirror.Facts, ask mirror.CounterAsk, a models.Answers) (mirror.CounterRead, error) {
	out := mirror.CounterRead{At: time.Now(), Missing: map[mirror.PortName]string{}}
	rows, err := rowsOf(a.State.Child(treeInterfaces))
	if err != nil {
		return out, err
	}
	for _, p := range ask.Distinct() {
		out.Missing[p] = "the device has no interface of this name"
	}
	for _, row := range rows {
		delete(out.Missing, row.Port)
		if ask.Wants(row) {
			out.Ports = append(out.Ports, row)
		}
	}
	return out, nil
}
