package engine_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// TestToolsComeTheWorstFirst over all pages.
func TestToolsComeTheWorstFirst(t *testing.T) {
	b := newBench(t, nil, one())
	for _, name := range []string{"a-idle", "b-off", "c-unsure"} {
		if _, _, err := b.PutTool(t.Context(), admin, mirror.Tool{Name: name, Device: "sw1", Interface: map[string]string{"a-idle": "p3", "b-off": "d1", "c-unsure": "d2"}[name]}); err != nil {
			t.Fatal(err)
		}
	}
	at := func(name, tool, port string) mirror.Session {
		s := intent(name, "", "sw1:"+port)
		s.Destinations = []mirror.Destination{{Tool: tool}}
		return s
	}
	b.put(at("x", "c-unsure", "p1"))
	off := at("y", "b-off", "p2")
	off.Enabled = false
	b.put(off)
	want := []string{"c-unsure", "a-idle", "b-off"}
	testkit.Eventually(t, patience, fmt.Sprint(want), func() bool {
		return slices.Equal(toolPages(t, b, 1, nil), want) && slices.Equal(toolPages(t, b, 10, nil), want)
	})
}

// toolPages turns all pages of tools; between, if not nil, is called between them.
func toolPages(t rapid.TB, b *bench, limit int, between func()) (names []string) {
	t.Helper()
	for after := ""; ; {
		views, next, err := b.WorstTools(b.t.Context(), mirror.Selection{}, mirror.Page{After: after, Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range views {
			names = append(names, v.Tool.Name)
		}
		if next == "" {
			return names
		}
		if after = next; between != nil {
			between()
		}
	}
}

// TestPagesOfDevicesTheWorstFirst are together the whole list, once and in order; while
// devices change, no device is on two pages, and what stays is on one.
func TestPagesOfDevicesTheWorstFirst(t *testing.T) {
	const devices = 12
	name := func(i int) string { return fmt.Sprintf("dev-%02d", i) }
	switches := map[string]*fakeSwitch{}
	for i := range devices {
		switches[name(i)] = newSwitch("p1")
		switches[name(i)].later = true
	}
	b := newBench(t, nil, switches)
	put := func(t rapid.TB, i, kind int) {
		d := fakeDevice(name(i), "fake")
		d.Maintenance, d.Retired = kind == 1, false
		if kind == 2 {
			d.Mode = mirror.ModeObserve
		}
		if _, _, err := b.PutDevice(b.t.Context(), admin, d); err != nil {
			t.Fatal(err)
		}
	}
	pages := func(t rapid.TB, limit int, between func()) (names []string) {
		for after := ""; ; {
			views, next, err := b.WorstDevices(b.t.Context(), mirror.Selection{}, engine.DevicePick{Text: "dev-"}, mirror.Page{After: after, Limit: limit})
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range views {
				names = append(names, v.Device.Name)
			}
			if next == "" {
				return names
			}
			if after = next; between != nil {
				between()
			}
		}
	}
	var all []string
	for i := range devices {
		put(t, i, 0)
		all = append(all, name(i))
	}
	rapid.Check(t, func(r *rapid.T) {
		for range rapid.IntRange(0, 4).Draw(r, "changes") {
			put(r, rapid.IntRange(0, devices-1).Draw(r, "device"), rapid.IntRange(0, 2).Draw(r, "kind"))
		}
		for i := range devices { // a device that is stored is read; until then it is another
			testkit.Eventually(t, patience, name(i)+" is read", func() bool { return b.reachable(name(i)).State == mirror.True })
		}
		whole := pages(r, 100, nil)
		if len(whole) != devices {
			r.Fatalf("%d devices: %v", len(whole), whole)
		}
		if got := pages(r, rapid.IntRange(1, 5).Draw(r, "limit"), nil); !slices.Equal(got, whole) {
			r.Fatalf("pages %v\nwhole %v", got, whole)
		}
		got := pages(r, rapid.IntRange(1, 5).Draw(r, "limit"), func() {
			put(r, rapid.IntRange(0, devices-1).Draw(r, "device"), rapid.IntRange(0, 2).Draw(r, "kind"))
		})
		if slices.Sort(got); !slices.Equal(got, all) {
			r.Fatalf("while devices change, pages %v\nof %v", got, all)
		}
	})
	if _, _, err := b.WorstDevices(t.Context(), mirror.Selection{}, engine.DevicePick{}, mirror.Page{After: "nonsense", Limit: 5}); err == nil {
		t.Error("a cursor of another list is taken")
	}
	// A list that is not remembered goes on behind where it was.
	views, _, err := b.WorstDevices(t.Context(), mirror.Selection{}, engine.DevicePick{Text: "dev-"}, mirror.Page{After: "gone:4:dev-05", Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	if whole := pages(t, 100, nil); len(views) > 0 && !slices.Contains(whole, views[0].Device.Name) || len(views) == devices {
		t.Errorf("%d devices", len(views))
	}
}
