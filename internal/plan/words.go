package plan

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Difference tells in one line what leads from have to want.
func Difference(have, want mirror.NativeSpec) string {
	have, want = have.Normalize(), want.Normalize()
	var out []string
	if h, w := have.Footing, want.Footing; h != nil && w != nil {
		if said := footingDifference(*h, *w); said != "" {
			return said
		}
	}
	add := func(what string, list []string) {
		if len(list) > 0 {
			out = append(out, what+" "+strings.Join(list, ", "))
		}
	}
	h, w := sourceTexts(have), sourceTexts(want)
	if have.Shut != want.Shut {
		out = append(out, map[bool]string{true: "shut down", false: "not shut down"}[have.Shut])
	}
	add("missing", minus(w, h))
	add("too much", minus(h, w))
	if !slices.Equal(have.Destinations, want.Destinations) {
		out = append(out, fmt.Sprintf("destination %v instead of %v", have.Destinations, want.Destinations))
	}
	if have.RemoteVLAN != want.RemoteVLAN {
		out = append(out, fmt.Sprintf("remote VLAN %d instead of %d", have.RemoteVLAN, want.RemoteVLAN))
	}
	if d := optionsDiff(have.Options, want.Options); d != "" {
		out = append(out, d)
	}
	if len(out) == 0 {
		return "its name or ownership mark is not ours any more"
	}
	return strings.Join(out, "; ")
}

// footingDifference tells what leads from a footing to the one that is wanted, "" where
// that is told in no words of its own.
func footingDifference(have, want mirror.Footing) string {
	switch have.Kind {
	case mirror.FootingTunnel:
		return fmt.Sprintf("it leads %s instead of %s", have.Tunnel, want.Tunnel)
	case mirror.FootingFilter:
	default:
		return ""
	}
	var out []string
	if !slices.Equal(have.Rules, want.Rules) {
		out = append(out, listDifference(have.Rules, want.Rules))
	}
	at := func(what string, ports []string) {
		if len(ports) > 0 {
			out = append(out, what+" "+strings.Join(ports, ", "))
		}
	}
	at("not at port", minus(portTexts(want.Ports), portTexts(have.Ports)))
	at("still at port", minus(portTexts(have.Ports), portTexts(want.Ports)))
	if have.Session != "" && have.Session != want.Session {
		out = append(out, fmt.Sprintf("it copies to native session %s instead of %s", have.Session, want.Session))
	}
	return strings.Join(out, "; ")
}

func portTexts(ports []mirror.PortName) []string {
	out := make([]string, len(ports))
	for i, p := range ports {
		out[i] = string(p)
	}
	return out
}

// listDifference tells what leads from the entries of an access list to those that
// are wanted.
func listDifference(have, want []mirror.Entry) string {
	i := 0
	for i < min(len(have), len(want)) && have[i] == want[i] {
		i++
	}
	switch {
	case len(have) == 0:
		return fmt.Sprintf("it is empty and shall have %d entries", len(want))
	case i == len(want):
		return fmt.Sprintf("%d entries too many", len(have)-i)
	case i == len(have):
		return fmt.Sprintf("its last entries are missing, %d of %d", len(want)-i, len(want))
	}
	return fmt.Sprintf("entry %d of %d is another than it shall be", i+1, len(have))
}

func sourceTexts(n mirror.NativeSpec) []string {
	out := make([]string, len(n.Sources))
	for i, s := range n.Sources {
		out[i] = sourceText(s) + " " + cmp.Or(string(s.Direction), "(stopped)")
	}
	return out
}

// SourcesText lists sources for people.
func SourcesText(list []mirror.NativeSource) string {
	return strings.Join(sourceTexts(mirror.NativeSpec{Sources: list}), ", ")
}

func minus(a, b []string) []string {
	var out []string
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

// Changed names the fields by which two intents differ, as the API spells them,
// sorted.
func Changed(a, b mirror.Session) []string {
	x, y := fields(a), fields(b)
	var out []string
	for name := range x {
		if string(x[name]) != string(y[name]) {
			out = append(out, name)
		}
	}
	for name := range y {
		if _, both := x[name]; !both {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func fields(s mirror.Session) map[string]json.RawMessage {
	var out map[string]json.RawMessage
	b, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil { // plain structs always marshal
		panic(err)
	}
	return out
}
