package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// brings imports from a source and lists what became of each entry.
func (b *bench) brings(in engine.Imported, dryRun bool) []string {
	b.t.Helper()
	objects, err := b.ImportFrom(b.t.Context(), as("root"), in, dryRun)
	if err != nil {
		b.t.Fatal(err)
	}
	out := []string{}
	for _, o := range objects {
		line := o.Kind + "/" + o.Name + " " + o.Action
		if len(o.Changed) > 0 {
			line += " " + strings.Join(o.Changed, ",")
		}
		for _, r := range o.Reasons {
			line += " " + r.Pointer + " " + r.Code
		}
		out = append(out, line)
	}
	return out
}

func as(name string) engine.Write {
	return engine.Write{Actor: engine.Actor{Name: name, Access: mirror.Admin}}
}

func cabled(d mirror.Device, links ...mirror.Link) mirror.Device {
	d.Links = links
	return d
}

func TestASourceIsTakenEntryByEntry(t *testing.T) {
	b := newBench(t, nil, map[string]*fakeSwitch{})
	for _, name := range []string{"sw1", "sw2", "mine"} {
		b.switches[name] = newSwitch("p1", "d1")
	}
	if _, _, err := b.PutDevice(t.Context(), as("alice"), listed("mine", "fake")); err != nil {
		t.Fatal(err)
	}
	bad := listed("sw3", "fake")
	bad.Transports.Config.Address = "a;b"
	in := engine.Imported{Source: mirror.ManagedByContainerlab,
		Devices: []mirror.Device{listed("sw1", "fake"), listed("mine", "fake"), bad, listed("sw4", "nonesuch"), listed("sw2", "fake"), listed("sw2", "fake"), cabled(listed("sw5", "fake"), mirror.Link{Interface: "p1"})},
		Tools:   []mirror.Tool{{Name: "ids", Device: "sw1", Interface: "d1"}, {Name: "lost", Device: "mine", Interface: "d1"}, {Name: "off", Device: "sw3", Interface: "d1"}}}
	want := []string{"device/sw1 created", "device/mine refused /devices/1 conflict", "device/sw3 refused /devices/2/transports/config/address bad-address", "device/sw4 refused /devices/3/platform no-driver",
		"device/sw2 created", "device/sw2 refused /devices/5/name duplicate-name", "device/sw5 refused /devices/6/links/0/device missing",
		"tool/ids created", "tool/lost refused /tools/1/device refused-device", "tool/off refused /tools/2/device refused-device"}
	if diff := cmp.Diff(want, b.brings(in, true)); diff != "" {
		t.Error("dry run:", diff)
	}
	if _, err := b.Device(t.Context(), "sw1"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("a dry run stored: %v", err)
	}
	if diff := cmp.Diff(want, b.brings(in, false)); diff != "" {
		t.Error(diff)
	}
	testkit.Eventually(t, patience, "sw1 is read", func() bool { return b.reachable("sw1").State == mirror.True })

	// Nothing but the source writes them.
	if _, _, err := b.PutDevice(t.Context(), as("alice"), listed("sw1", "fake")); !errors.Is(err, mirror.ErrConflict) {
		t.Errorf("a device of the source: %v", err)
	}
	if _, _, err := b.PutTool(t.Context(), as("alice"), mirror.Tool{Name: "ids", Device: "sw1", Interface: "d1", Owner: "x"}); !errors.Is(err, mirror.ErrConflict) {
		t.Errorf("a tool of the source: %v", err)
	}
	if err := b.DeleteTool(t.Context(), as("alice"), "ids"); !errors.Is(err, mirror.ErrConflict) {
		t.Errorf("its deletion: %v", err)
	}

	// What is as it was is unchanged, what vanishes is retired, and what comes back is not.
	in.Devices, in.Tools = []mirror.Device{cabled(listed("sw1", "fake"), mirror.Link{Interface: "p1", Device: "sw2", PeerInterface: "p1"})}, nil
	if diff := cmp.Diff([]string{"device/sw1 changed links", "device/sw2 retired", "tool/ids retired"}, b.brings(in, false)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"device/sw1 unchanged"}, b.brings(in, false)); diff != "" {
		t.Error(diff)
	}
	if err := b.DeleteTool(t.Context(), as("alice"), "ids"); err != nil {
		t.Errorf("a retired tool stays: %v", err)
	}
	in.Devices = append(in.Devices, listed("sw2", "fake"))
	if diff := cmp.Diff([]string{"device/sw1 unchanged", "device/sw2 changed retired"}, b.brings(in, false)); diff != "" {
		t.Error(diff)
	}
	testkit.Eventually(t, patience, "sw2 is read", func() bool { return b.reachable("sw2").State == mirror.True })
	in.Devices = nil
	b.brings(in, false)
	for _, name := range []string{"sw1", "sw2"} {
		if err := b.DeleteDevice(t.Context(), as("alice"), name); err != nil {
			t.Errorf("retired %s stays: %v", name, err)
		}
	}
	v, err := b.Device(t.Context(), "mine")
	if err != nil || v.Device.ManagedBy != mirror.ManagedByAPI || v.Device.Retired {
		t.Errorf("what another door holds: %+v %v", v.Device, err)
	}
}

func TestAShrunkenAnswerRetiresNothing(t *testing.T) {
	b := newBench(t, nil, map[string]*fakeSwitch{})
	in := engine.Imported{Source: mirror.ManagedByNetBox, Guard: true}
	for i := range 8 {
		b.switches[fmt.Sprintf("sw%d", i)] = newSwitch("p1", "d1")
		in.Devices = append(in.Devices, listed(fmt.Sprintf("sw%d", i), "fake"))
	}
	b.brings(in, false)
	all := in.Devices
	in.Devices = slices.Clone(all[:3])
	for _, dryRun := range []bool{true, false} {
		_, err := b.ImportFrom(t.Context(), as("root"), in, dryRun)
		var refusal *mirror.Refusal
		if !errors.As(err, &refusal) || !errors.Is(err, mirror.ErrConflict) || refusal.Reasons[0].Code != engine.CodeShrunk || !strings.Contains(refusal.Reasons[0].Message, "5 of the 8") {
			t.Errorf("%v", err)
		}
	}
	in.Devices = slices.Clone(all[:4]) // half of them
	if got := b.brings(in, true); len(got) != 8 {
		t.Errorf("%v", got)
	}
	in.Devices, in.Shrink = all[:1], true
	if got := b.brings(in, false); len(got) != 8 || got[7] != "device/sw7 retired" {
		t.Errorf("%v", got)
	}
}

func TestADestinationThatIsCabledToASwitchIsWarnedOf(t *testing.T) {
	b := newBench(t, nil, map[string]*fakeSwitch{})
	b.switches["sw1"], b.switches["sw2"] = newSwitch("p1", "d1"), newSwitch("p1", "d1")
	in := engine.Imported{Source: mirror.ManagedByContainerlab, Devices: []mirror.Device{
		cabled(listed("sw1", "fake"), mirror.Link{Interface: "d1", Device: "sw2", PeerInterface: "p1"}),
		cabled(listed("sw2", "fake"), mirror.Link{Interface: "p1", Device: "sw1", PeerInterface: "d1"})}}
	b.brings(in, false)
	testkit.Eventually(t, patience, "sw1 is read", func() bool { return b.reachable("sw1").State == mirror.True })
	warned := func() bool {
		p, err := b.Plan(t.Context(), as("alice"), intent("a", "sw1:d1", "sw1:p1"))
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(p.Warnings, func(r mirror.Reason) bool {
			return r.Code == "cabled-to-switch" && r.Pointer == "/destinations/0" && strings.Contains(r.Message, "sw2 p1")
		})
	}
	if !warned() {
		t.Error("it is not")
	}
	in.Devices = in.Devices[:1] // sw2 is retired: nobody knows what is there now
	b.brings(in, false)
	if warned() {
		t.Error("by a device that is not there any more")
	}
}

// A source that says another address of a device has it read there at once, as a person who
// writes the entry does: what answers there is what it is now.
func TestAnotherAddressOfASourceIsRead(t *testing.T) {
	b := newBench(t, nil, map[string]*fakeSwitch{})
	sw := newSwitch("p1")
	sw.facts.Serial = "OLD"
	b.switches["sw1"] = sw
	in := engine.Imported{Source: mirror.ManagedByNetBox, Devices: []mirror.Device{listed("sw1", "fake")}}
	serial := func() string {
		v, err := b.Device(t.Context(), "sw1")
		if err != nil {
			t.Fatal(err)
		}
		return v.State.Facts.Serial
	}
	b.brings(in, false)
	testkit.Eventually(t, patience, "it is read", func() bool { return serial() == "OLD" && b.reachable("sw1").State == mirror.True })
	sw.mu.Lock()
	sw.facts.Serial = "NEW" // the box at the other address
	lines := sw.lines
	sw.mu.Unlock()
	if diff := cmp.Diff([]string{"device/sw1 unchanged"}, b.brings(in, false)); diff != "" {
		t.Error(diff)
	}
	in.Devices[0].Transports.Config.Address = "127.0.0.2"
	if diff := cmp.Diff([]string{"device/sw1 changed transports"}, b.brings(in, false)); diff != "" {
		t.Error(diff)
	}
	testkit.Eventually(t, patience, "it is read at its new address", func() bool { return serial() == "NEW" })
	sw.mu.Lock()
	defer sw.mu.Unlock()
	if sw.lines <= lines {
		t.Error("the connection to the old address is kept")
	}
}
