package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
)

// invariants hold in every quiet moment: what is foreign is as it was, and what
// is ours on a device is exactly what the sessions stand for.
func (f *fleet) invariants(what string) {
	f.t.Helper()
	for _, sw := range f.all() {
		if got := f.foreignPart(sw); got != f.baseline[sw.Name()] {
			f.fail("%s: what is foreign on %s changed:\n%s", what, sw.Name(), lineDiff(f.baseline[sw.Name()], got))
		}
	}
	expected := map[string]map[string]bool{} // device -> destinations of native sessions
	add := func(device, key string) {
		if expected[device] == nil {
			expected[device] = map[string]bool{}
		}
		expected[device][key] = true
	}
	for _, w := range f.wanted {
		if len(w.possible) != 1 || w.possible[0] == "" {
			continue
		}
		var b struct {
			Sources, Destinations []struct{ Device, Interface string }
			RSPAN                 *struct{ VLAN int }
		}
		if err := json.Unmarshal([]byte(w.possible[0]), &b); err != nil {
			f.t.Fatal(err)
		}
		d := b.Destinations[0]
		add(d.Device, d.Interface)
		if b.RSPAN != nil {
			add(b.Sources[0].Device, fmt.Sprint("vlan", b.RSPAN.VLAN))
		}
	}
	for _, sw := range f.switches {
		f.footings(what, sw)
	}
	a := f.call("GET", "/observed-sessions?limit=500", "", 200)
	var list struct {
		Items []struct {
			Device, ID, Owner string
			Sessions          []string
		}
	}
	a.into(f.t, &list)
	ours := map[string]int{}
	for _, o := range list.Items {
		if o.Owner != "netmirror" {
			continue
		}
		ours[o.Device]++
		if len(o.Sessions) == 0 {
			f.fail("%s: native session %s of %s belongs to no session", what, o.ID, o.Device)
		}
	}
	for device, n := range ours {
		if n != len(expected[device]) {
			f.fail("%s: %d native sessions of ours on %s, want %d: %s", what, n, device, len(expected[device]), a.body)
		}
	}
	for _, sw := range f.leaves {
		f.leafHolds(what, sw, len(expected[sw.Name()]))
	}
	for _, sw := range f.switches { // and on the switch itself
		numbers := map[string]bool{}
		for _, line := range strings.Split(sw.RunningConfig(), "\n") {
			// What a person typed into a session of ours stays when that goes, unless it
			// is repaired before: it is theirs.
			if m := ourNumber.FindStringSubmatch(line + " "); m != nil && !strings.HasSuffix(line, " source interface Gi1/0/9 rx") {
				numbers[m[1]] = true
			}
		}
		if len(numbers) != len(expected[sw.Name()]) {
			f.fail("%s: %s holds the numbers %v, want %d", what, sw.Name(), numbers, len(expected[sw.Name()]))
		}
	}
}

// footings: the remote VLANs on a switch, and those in the lists of its trunks,
// are those of the sessions that go over it, and no others.
func (f *fleet) footings(what string, sw *lab.Switch) {
	f.t.Helper()
	wantVLANs, wantLists := map[string]bool{}, map[string]bool{}
	for _, w := range f.wanted {
		var b struct {
			RSPAN *struct {
				VLAN    int
				Transit []struct {
					Device string
					Trunks []string
				}
			}
		}
		if len(w.possible) != 1 || w.possible[0] == "" || json.Unmarshal([]byte(w.possible[0]), &b) != nil || b.RSPAN == nil {
			continue
		}
		for _, t := range b.RSPAN.Transit {
			if t.Device == sw.Name() {
				wantVLANs[fmt.Sprint(b.RSPAN.VLAN)] = true
				wantLists[fmt.Sprint(t.Trunks[0][len("Gi1/0/"):], " ", b.RSPAN.VLAN)] = sw.Name() == "acc-0" // the others carry all
			}
		}
	}
	port := ""
	var extra []string
	for _, line := range strings.Split(sw.RunningConfig(), "\n") {
		if p, ok := strings.CutPrefix(line, "interface GigabitEthernet1/0/"); ok {
			port = p
		}
		if v, ok := strings.CutPrefix(line, "vlan 9"); ok && len(v) == 2 {
			if !wantVLANs["9"+v] {
				extra = append(extra, line)
			}
			delete(wantVLANs, "9"+v)
		}
		if list, ok := strings.CutPrefix(line, " switchport trunk allowed vlan "); ok {
			set, err := mirror.ParseVLANs(list)
			if err != nil {
				f.t.Fatal(err)
			}
			for v := 900; v < 920; v++ {
				key := fmt.Sprint(port, " ", v)
				if set.Has(v) && !wantLists[key] {
					extra = append(extra, line+" at "+port)
				}
				if set.Has(v) {
					delete(wantLists, key)
				}
			}
		}
	}
	for k, needed := range wantLists {
		if needed {
			extra = append(extra, "missing in a list: "+k)
		}
	}
	for v := range wantVLANs {
		extra = append(extra, "missing VLAN "+v)
	}
	if len(extra) > 0 {
		f.fail("%s: footings of %s: %v", what, sw.Name(), extra)
	}
}
