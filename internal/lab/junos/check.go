package junos

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
)

// A complaint is why a configuration is not committed.
type complaint struct{ where, what, why string }

// complaints are all of them; none: it is committed.
type complaints []complaint

// text has three lines for each.
func (l complaints) text() (out string) {
	for _, c := range l {
		out += c.where + "\n  '" + c.what + "'\n    " + c.why + "\n"
	}
	return out
}

// refuses is why a configuration is not committed. Of the words those of a missing filter
// and of a missing statement are general knowledge, those about analyzers are not
// recorded.
func (d *device) refuses(next config) (out complaints) {
	eff := next.Active().Inherit()
	fault := func(path []string, what, why string) {
		out = append(out, complaint{"[edit " + strings.Join(path, " ") + "]", what, why})
	}
	if d.model.evolved && eff.At("system", "root-authentication") == nil {
		fault([]string{"system"}, "root-authentication", "Missing mandatory statement: 'root-authentication'")
	}
	refusesFilters(eff, fault)
	all, sources, ends := analyzersOf(eff), map[string]bool{}, map[string]string{}
	ingress, egress := 0, 0
	for _, a := range all {
		in, inVLANs := a.inputs("ingress")
		from, fromVLANs := a.inputs("egress")
		fed := fedBy(eff, a.name)
		for _, l := range slices.Concat(in, from, fed) {
			sources[l] = true
		}
		if len(in)+len(inVLANs)+len(fed) > 0 {
			ingress++
		}
		if len(from)+len(fromVLANs) > 0 {
			egress++
		}
	}
	for i, a := range all {
		if len(a.kinds()) > 1 {
			fault(append(a.path, "output"), a.kinds()[1], "an analyzer has one kind of output: "+a.kinds()[0]+notRecorded)
		}
		end := a.Value("output", "interface")
		switch other := ends[end]; {
		case end == "":
		case other != "":
			fault(append(a.path, "output"), "interface "+end, "output interface of analyzer "+other+notRecorded)
		case d.model.evolved && !strings.HasSuffix(end, ".0"):
			fault(append(a.path, "output"), "interface "+end, "only unit 0 can be an output"+notRecorded)
		case sources[end]:
			fault(append(a.path, "output"), "interface "+end, "output interface is an input"+notRecorded)
		default:
			ends[end] = a.name
		}
		m := d.model
		for _, limit := range []struct {
			used, most int
			what       string
		}{{len(all), m.sessions, "analyzers"}, {ingress, m.ingress, "analyzers with ingress inputs"}, {egress, m.egress, "analyzers with egress inputs"}} {
			if i == len(all)-1 && limit.most > 0 && limit.used > limit.most {
				fault(a.path[:2], a.name, fmt.Sprintf("%d %s are the most%s", limit.most, limit.what, notRecorded))
			}
		}
	}
	return out
}

// refusesFilters finds filters that are not there, terms that name no analyzer, and
// analyzers of traffic that leaves: the action is for ingress alone.
func refusesFilters(eff config, fault func(path []string, what, why string)) {
	for _, f := range families(eff) {
		at := []string{"interfaces", f.port, "unit", f.unit, "family", f.name}
		for _, direction := range []string{"input", "output"} {
			switch name, list := f.filter(eff, direction); {
			case name != "" && list == nil:
				fault(at, "filter", "Referenced filter '"+name+"' is not defined")
			case direction == "output" && len(analyzersIn(list)) > 0:
				fault(at, "filter", "analyzer is an action of input filters"+notRecorded)
			}
		}
	}
	for _, family := range eff.Words("firewall", "family") {
		for _, name := range eff.Words("firewall", "family", family, "filter") {
			at := []string{"firewall", "family", family, "filter", name}
			for _, t := range analyzersIn(eff.At(at...)) {
				if !slices.ContainsFunc(analyzersOf(eff), func(o analyzer) bool { return o.name == t[1] }) {
					fault(append(at, "term", t[0], "then"), "analyzer "+t[1], "Referenced analyzer '"+t[1]+"' is not defined")
				}
			}
		}
	}
}

// analyzersIn are the terms of a filter that copy, with their analyzers.
func analyzersIn(filter *cmdline.Statement) (out [][2]string) {
	for _, t := range filter.Words("term") {
		if a := filter.Value("term", t, "then", "analyzer"); a != "" {
			out = append(out, [2]string{t, a})
		}
	}
	return out
}
