package plan

import (
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestAChangeThatNobodyHeardOf: where sessions bear marks, one whose options were to
// change may bear the mark of before; it is still ours, and is changed. What is wanted
// under that mark goes before.
func TestAChangeThatNobodyHeardOf(t *testing.T) {
	const former, latter = "nm-aaaaaaaaaa", "nm-bbbbbbbbbb"
	can := mirror.Capabilities{Marks: true, Naming: mirror.Numbered, NativeIDs: &mirror.IDRange{From: 1, To: 32}}
	native := mirror.NativeSession{ID: "32", Mark: former, Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{"d1"}}}
	info := DeviceInfo{Capabilities: can, Observation: mirror.Observation{Natives: []mirror.NativeSession{native}},
		Ledger: []mirror.Native{{Mark: latter, Was: former, ID: "32", Spec: native.Spec}}}
	if mark, own := info.Own(native); !own || mark != latter {
		t.Errorf("it is of %q, %v", mark, own)
	}
	stranger := native
	stranger.Mark = "nm-cccccccccc"
	if mark, own := info.Own(stranger); own {
		t.Errorf("one of another mark is of %q", mark)
	}
	list := Diff([]Desired{{Mark: latter, Spec: native.Spec}}, info)
	if len(list) != 1 || list[0].Verb() != "change" || list[0].Before.Mark != former || list[0].After.Mark != latter || list[0].After.ID != "32" {
		t.Errorf("%+v", list)
	}
	if list = Diff([]Desired{{Mark: former, Spec: native.Spec}}, info); len(list) != 0 {
		t.Errorf("wanted as it is: %+v", list)
	}
	info.Ledger = append([]mirror.Native{{Mark: "nm-dddddddddd", Was: former, ID: "31", Spec: native.Spec}}, mirror.Native{Mark: former, ID: "32", Spec: native.Spec})
	if mark, own := info.Own(native); !own || mark != former {
		t.Errorf("with a line of its own it is of %q, %v", mark, own)
	}
}
