package plan_test

import (
	"errors"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

var (
	oursMade   = mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.Both}}, Destinations: []mirror.PortName{"d1"}}
	theirsMade = mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "p7", Direction: mirror.RX}}, Destinations: []mirror.PortName{"d7"}}
)

// owning is a device with one line in the ledger and the native sessions that it
// holds, and what is wanted of it: the session of the line.
func owning(caps mirror.Capabilities, line mirror.Native, natives ...mirror.NativeSession) (plan.DeviceInfo, []plan.Desired) {
	mark := mirror.Mark(me, "sw", oursMade)
	line.Device, line.Mark, line.Spec = "sw", mark, oursMade
	if line.ID == "" {
		line.ID = mark
	}
	return plan.DeviceInfo{Device: mirror.Device{Name: "sw"}, Instance: me, Capabilities: caps, Ledger: []mirror.Native{line},
			Observation: mirror.Observation{At: time.Unix(1, 0), Natives: natives}},
		[]plan.Desired{{Mark: mark, Spec: oursMade, Sessions: []string{"s"}}}
}

// TestANumberThatAnotherTookOnAPlatformWithMarks: a number that holds something
// else is lost, whether or not the platform has room for marks beside it.
func TestANumberThatAnotherTookOnAPlatformWithMarks(t *testing.T) {
	for _, marks := range []bool{false, true} {
		for name, theirs := range map[string]mirror.NativeSession{
			"a person's":          {ID: "32", Spec: theirsMade},
			"another netmirror's": {ID: "32", Mark: "nm-aaaaaaaaaa", Instance: "other", Spec: oursMade},
			"an unknown mark's":   {ID: "32", Mark: "nm-aaaaaaaaaa", Spec: oursMade},
		} {
			info, desired := owning(mirror.Capabilities{Marks: marks, NativeIDs: &mirror.IDRange{From: 1, To: 32}}, mirror.Native{ID: "32"}, theirs)
			mark := desired[0].Mark
			if got := plan.Lost(info); len(got) != 1 || got[mark] != "32" {
				t.Errorf("marks %v, %s: lost %v, want number 32", marks, name, got)
			}
			changes, errs := plan.AssignIDs(plan.Diff(desired, info), nil, info)
			if len(changes) != 1 || !errors.Is(errs[0], mirror.ErrConflict) || changes[0].After.ID != "" {
				t.Errorf("marks %v, %s: %+v, %v; want a conflict and no number", marks, name, changes, errs)
			}
			if gone := plan.Diff(nil, info); len(gone) != 0 {
				t.Errorf("marks %v, %s: theirs would be touched: %+v", marks, name, gone)
			}
		}
	}
}

// TestWhatANativeSessionBearsProvesWhoseItIs: a mark, else a handle, else the id
// with what is in it.
func TestWhatANativeSessionBearsProvesWhoseItIs(t *testing.T) {
	numbers := mirror.Capabilities{Naming: mirror.Numbered, NativeIDs: &mirror.IDRange{From: 1, To: 32}, Marks: true}
	names := mirror.Capabilities{Naming: mirror.Named}
	rows := mirror.Capabilities{Naming: mirror.Named, Marks: true}
	keys := mirror.Capabilities{Naming: mirror.Keyed}
	mark := mirror.Mark(me, "sw", oursMade)
	for name, c := range map[string]struct {
		caps  mirror.Capabilities
		line  mirror.Native
		have  mirror.NativeSession
		own   bool
		verbs []string // of what leads to what is wanted
	}{
		"a name that is the mark, instance not told": {names, mirror.Native{}, mirror.NativeSession{ID: mark, Mark: mark, Spec: oursMade}, true, nil},
		"the same, marks declared":                   {rows, mirror.Native{}, mirror.NativeSession{ID: mark, Mark: mark, Spec: oursMade}, true, nil},
		"our mark of another instance":               {rows, mirror.Native{}, mirror.NativeSession{ID: "x", Handle: "r9", Mark: mark, Instance: "other", Spec: oursMade}, false, []string{"create"}},
		"a number whose mark was wiped":              {numbers, mirror.Native{ID: "32"}, mirror.NativeSession{ID: "32", Spec: oursMade}, true, []string{"change"}},
		"our mark under another number":              {numbers, mirror.Native{ID: "32"}, mirror.NativeSession{ID: "31", Mark: mark, Spec: oursMade}, true, nil},
		"our mark, with other content":               {numbers, mirror.Native{ID: "32"}, mirror.NativeSession{ID: "32", Mark: mark, Spec: theirsMade}, true, []string{"change"}},
		"a row whose mark was wiped":                 {rows, mirror.Native{Handle: "r1"}, mirror.NativeSession{ID: mark, Handle: "r1", Spec: oursMade}, true, []string{"change"}},
		"another row of the same name":               {rows, mirror.Native{Handle: "r1"}, mirror.NativeSession{ID: mark, Handle: "r2", Spec: oursMade}, false, []string{"create"}},
		"an adopted name":                            {names, mirror.Native{ID: "theirs", Adopted: true}, mirror.NativeSession{ID: "theirs", Spec: oursMade}, true, nil},
		"an adopted name with other content":         {names, mirror.Native{ID: "theirs", Adopted: true}, mirror.NativeSession{ID: "theirs", Spec: theirsMade}, false, []string{"create"}},
		"a key":                                      {keys, mirror.Native{ID: "tms-1", Handle: "tms-1"}, mirror.NativeSession{ID: "tms-1", Handle: "tms-1", Spec: oursMade}, true, nil},
		"a key not read back":                        {keys, mirror.Native{}, mirror.NativeSession{ID: "tms-1", Handle: "tms-1", Spec: oursMade}, true, nil},
		"a key of something else":                    {keys, mirror.Native{}, mirror.NativeSession{ID: "tms-2", Handle: "tms-2", Spec: theirsMade}, false, []string{"create"}},
	} {
		info, desired := owning(c.caps, c.line, c.have)
		if got, own := info.Own(c.have); own != c.own || own && got != mark {
			t.Errorf("%s: own %v (%q), want %v", name, own, got, c.own)
		}
		var verbs []string
		for _, change := range plan.Diff(desired, info) {
			verbs = append(verbs, change.Verb())
			if change.After.ID == "" && c.caps.Naming != mirror.Numbered {
				t.Errorf("%s: %s without an id", name, change.Verb())
			}
		}
		if len(verbs) != len(c.verbs) || len(verbs) == 1 && verbs[0] != c.verbs[0] {
			t.Errorf("%s: %v, want %v", name, verbs, c.verbs)
		}
	}
}

// TestAMarkThatTheLedgerForgot: what bears a wanted mark is taken up again, whether
// or not the device tells the instance, and is made no second time.
func TestAMarkThatTheLedgerForgot(t *testing.T) {
	mark := mirror.Mark(me, "sw", oursMade)
	for _, instance := range []string{"", me} {
		info, desired := owning(mirror.Capabilities{Naming: mirror.Named}, mirror.Native{}, mirror.NativeSession{ID: mark, Mark: mark, Instance: instance, Spec: oursMade})
		info.Ledger = nil
		if changes := plan.Diff(desired, info); len(changes) != 0 {
			t.Errorf("instance %q: %+v", instance, changes)
		}
		if changes := plan.Diff(nil, info); len(changes) != 0 {
			t.Errorf("instance %q: what is not wanted and not in the ledger is touched: %+v", instance, changes)
		}
	}
}

// TestACopiedMark: of two native sessions that bear one mark, that of the ledger is
// ours and the other stays as it is.
func TestACopiedMark(t *testing.T) {
	mark := mirror.Mark(me, "sw", oursMade)
	info, desired := owning(mirror.Capabilities{Marks: true, NativeIDs: &mirror.IDRange{From: 1, To: 32}}, mirror.Native{ID: "9"},
		mirror.NativeSession{ID: "1", Mark: mark, Spec: theirsMade}, mirror.NativeSession{ID: "9", Mark: mark, Spec: oursMade})
	if changes := plan.Diff(desired, info); len(changes) != 0 {
		t.Errorf("%+v", changes)
	}
	if gone := plan.Diff(nil, info); len(gone) != 1 || gone[0].Before.ID != "9" {
		t.Errorf("gone: %+v", gone)
	}
}
