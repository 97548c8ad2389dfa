package junos

import (
	"cmp"
	"fmt"
	"maps"
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

// repliesOf are the answers to commands, as the command line gives them.
func repliesOf(state *data.Node) console.Replies {
	out := console.Replies{}
	for _, c := range state.All(toldCommands) {
		out[c.Text(toldLine)] = cmp.Or(c.Text(toldText), c.Text(toldRefused))
	}
	return out
}

// factsOf reads who the device is. Of a Virtual Chassis the first member counts.
// mirror.ErrParse where there is no version.
func factsOf(s models.Server, a models.Answers) (mirror.Facts, error) {
	f := mirror.Facts{Extra: map[string]string{}}
	software := below(a.State, "software-information")
	if len(software) == 0 {
		return f, fmt.Errorf("%s: it tells of no software: %w", askSoftware, mirror.ErrParse)
	}
	first := software[0]
	f.Hostname, f.Model, f.Version = first.Text("host-name"), first.Text("product-model"), first.Text("junos-version")
	if m := factModel.FindStringSubmatch("Model: " + f.Model); m != nil {
		f.Model = m[1]
	}
	for _, p := range first.All("package-information") { // until 12.3 or so, only the packages tell the version
		if m := factSuite.FindStringSubmatch(p.Text("comment")); m != nil && f.Version == "" {
			f.Version = m[1]
		}
	}
	if f.Version == "" {
		return f, fmt.Errorf("%s: it tells no version: %w", askSoftware, mirror.ErrParse)
	}
	for _, up := range below(a.State, "system-uptime-information")[:min(1, len(below(a.State, "system-uptime-information")))] {
		now, booted := seconds(up.At("current-time", "date-time")), seconds(up.At("system-booted-time", "date-time"))
		if now > booted && booted > 0 {
			f.Uptime = time.Duration(now-booted) * time.Second
		}
	}
	learn(repliesOf(a.State), f)
	const suffix = "-conf-root"
	for _, m := range s.Models {
		if base, ok := strings.CutSuffix(m.Namespace, "root"); ok && strings.HasSuffix(m.Name, suffix) && strings.HasSuffix(base, "/conf/") {
			f.Extra[extraYANG] = base
		}
	}
	return f, nil
}

// seconds is a time as Junos adds it to the text of one, 0 = it does not.
func seconds(n *data.Node) int64 {
	if n == nil {
		return 0
	}
	v, _ := strconv.ParseInt(n.Attrs["seconds"], 10, 64) // 0 where it is none
	return v
}

// observeTrees makes an observation of what was read. What only the reading with groups and
// ranges has is inherited.
func observeTrees(f mirror.Facts, a models.Answers) (mirror.Observation, error) {
	t := &text.Tree{}
	for i, tree := range []*data.Node{a.Config, a.State} {
		for _, c := range tree.All(root) {
			take(t, c, i == 1)
		}
	}
	r := repliesOf(a.State)
	known, err := surroundingsOf(nil, mirror.Look{}, r)
	rows, strange := rowsOf(r, showStatus)
	if err = cmp.Or(err, strange); err != nil {
		return mirror.Observation{}, err
	}
	around, _ := known.(around)
	ports, inForce := readInterfaces(t), t.InForce()
	around.vlans, around.memberOf = readVLANs(inForce)
	around.lists, around.feeds = readFilters(inForce)
	around.at = ports.at()
	o := mirror.Observation{Natives: readAnalyzers(t, around), VLANs: around.vlans, Footings: around.footings(),
		Handles: map[string]string{extraHierarchy: hierarchy(f)}, Ports: around.ports(ports, rows)}
	for i := range o.Ports {
		o.Ports[i].Stanza = hidden(o.Ports[i].Stanza)
	}
	for i := range o.Natives {
		if err := programmed(f, &o.Natives[i], o, a.State, r); err != nil {
			return mirror.Observation{}, err
		}
	}
	return o, nil
}

// programmed fills in whether a session is in the hardware.
func programmed(f mirror.Facts, n *mirror.NativeSession, o mirror.Observation, state *data.Node, r console.Replies) error {
	v := judge(f, *n, "", spelled(f, r))
	if all, told, err := analyzersTold(state); err != nil {
		return err
	} else if told && !strings.HasPrefix(n.ID, instances) {
		v = among(f, *n, showState, all)
	}
	if v.Ask != "" {
		v = console.Verdict{Programmed: mirror.Unknown, Reason: "the device does not tell its state"}
	}
	down := len(n.Spec.Destinations) > 0 && !slices.ContainsFunc(n.Spec.Destinations, func(d mirror.PortName) bool {
		p, read := o.Port(d)
		return !read || p.Up != mirror.False
	})
	if v.Linkless && v.Programmed == mirror.False && down { // a tool that is not plugged in is no fault of the configuration
		v.Programmed, v.Waits = mirror.Unknown, v.Reason+", while there is no link at its port"
	}
	n.Programmed, n.ProgrammedReason, n.Waits = v.Programmed, v.Reason, v.Waits
	return nil
}

// spelled has the answers under the commands of an ELS switch.
func spelled(f mirror.Facts, r console.Replies) console.Replies {
	if reply, asked := r[spell(f, showState)]; asked {
		r[showState] = reply
	}
	return r
}

// analyzersTold reads the reply of get-native-analyzer-information, of which Juniper's
// RPC module has the names (juniper-junos.md 2.3); none was recorded. told is false where
// the device does not have it.
func analyzersTold(state *data.Node) (all []text.Labelled, told bool, err error) {
	reply := state.Child(askAnalyzers)
	if reply == nil {
		return nil, false, nil
	}
	for _, c := range reply.Children {
		if c.Name != "analyzer" && !strings.HasPrefix(c.Name, "multi-routing-engine") && c.Name != "output" {
			return nil, true, fmt.Errorf("%s: it tells of %q: %w", askAnalyzers, c.Name, mirror.ErrParse)
		}
	}
	for _, n := range below(reply, "analyzer-information") {
		s := text.Labelled{Head: headAnalyzer, Name: n.Text("analyzer-name"), Fields: map[string][]string{}}
		if s.Name == "" {
			return nil, true, fmt.Errorf("%s: an analyzer without a name: %w", askAnalyzers, mirror.ErrParse)
		}
		if state := n.Text("analyzer-output-state"); state != "" {
			s.Fields["State"] = []string{state}
		}
		all = append(all, s)
	}
	return all, true, nil
}

// countReads asks for the counters of ports, in the words of the command line.
func countReads(_ mirror.Facts, ask mirror.CounterAsk) (out []models.Read) {
	if ask.All {
		return []models.Read{command(showCounters)}
	}
	for _, p := range ask.Distinct() {
		out = append(out, command(platform.Count.One(p)))
	}
	return out
}

// count reads them.
func count(_ mirror.Facts, ask mirror.CounterAsk, a models.Answers) (mirror.CounterRead, error) {
	out := mirror.CounterRead{At: time.Now(), Missing: map[mirror.PortName]string{}}
	replies := repliesOf(a.State)
	for _, p := range ask.Distinct() {
		out.Missing[p] = "the device does not show it"
	}
	for _, line := range slices.Sorted(maps.Keys(replies)) {
		words, refused := showRefusal(replies[line])
		if refused && line == showCounters {
			return out, &mirror.DeviceError{Sent: line, Answer: words, Kind: mirror.ErrRejected}
		}
		if refused {
			for _, p := range ask.Distinct() {
				if platform.Count.One(p) == line {
					out.Missing[p] = words
				}
			}
			continue
		}
		found, err := readCounters(replies[line], out.At)
		if err != nil {
			return out, err
		}
		for _, p := range found {
			delete(out.Missing, p.Port)
			if ask.Wants(p) && !slices.ContainsFunc(out.Ports, func(o mirror.PortCounters) bool { return o.Port == p.Port }) {
				out.Ports = append(out.Ports, p)
			}
		}
	}
	return out, nil
}
