package fastpath

import (
	"errors"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestASessionIsMadeChangedAndWiped, and is as it was where the agent refuses a part.
func TestASessionIsMadeChangedAndWiped(t *testing.T) {
	f := newFake(t)
	idle := f.holds()
	first, second := native("0/8", "0/1 rx", "0/2 both"), native("0/7", "0/2 tx", "0/3 both")
	if err := f.do(nil, first, nil); err != nil || f.holds() != "4.1.2=8 4.1.3=c0 4.1.4=1" {
		t.Errorf("%v: %s", err, f.holds())
	}
	f.Change(func() { f.refused = colType })
	if err := f.do(first, second, nil); !errors.Is(err, mirror.ErrRejected) || f.holds() != "4.1.2=8 4.1.3=c0 4.1.4=1" {
		t.Errorf("%v: %s", err, f.holds())
	}
	f.Change(func() { f.refused = "" })
	if err := f.do(first, second, nil); err != nil || f.holds() != "4.1.2=7 4.1.3=60 4.1.4=1" {
		t.Errorf("%v: %s", err, f.holds())
	}
	if n := f.look().Natives; len(n) != 1 || !n[0].Spec.Equal(second.Spec) || n[0].Opaque != "" {
		t.Errorf("%+v", n)
	}
	if err := f.do(second, nil, nil); err != nil || f.holds() != idle {
		t.Errorf("%v: %s", err, f.holds())
	}
}

// TestWhatAnotherHandPutIntoASessionIsNeverWiped, by mode delete: a remote VLAN, a
// reflector, access lists. It is seen before, and it is looked for once more with the push.
func TestWhatAnotherHandPutIntoASessionIsNeverWiped(t *testing.T) {
	for _, column := range []string{colRemoteFrom, colRemoteTo, colReflector, colIPList, colMACList} {
		f := newFake(t)
		ours := native("0/8", "0/1 rx")
		if err := f.do(nil, ours, nil); err != nil {
			t.Fatal(err)
		}
		sets := len(f.Sets())
		put := func(*mirror.Payload) { f.Put(fakeGroup+column+".1", uint32(5)) }
		if err := f.do(ours, nil, put); !errors.Is(err, mirror.ErrChanged) || len(f.Sets()) != sets {
			t.Errorf("%s put in meanwhile: %v, %d sets", column, err, len(f.Sets())-sets)
		}
		if n := f.look().Natives; len(n) != 1 || n[0].Opaque == "" {
			t.Errorf("%+v", n)
		}
		if err := f.do(ours, nil, nil); err != nil || f.holds() != "4.1.3=00 4.1.4=1 "+column+"=5" {
			t.Errorf("%s: %v: %s", column, err, f.holds())
		}
	}
}

// TestNothingBesideTheSessionOfTheChangeIsEverSet, whatever a block's text says.
func TestNothingBesideTheSessionOfTheChangeIsEverSet(t *testing.T) {
	for name, more := range map[string]string{
		"another session":            "set " + fakeGroup + "4.1.4.2 i 3\n",
		"a reflector":                "set " + fakeGroup + "4.1.8.1 u 3\n",
		"the direction of any port":  "set " + fakeGroup + "5.1.2.1.5 i 1\n",
		"its direction in a restore": "back " + fakeGroup + "5.1.2.1.5 i 1\n",
		"a port's state":             "set 1.3.6.1.2.1.2.2.1.7.101 i 2\n",
	} {
		for _, change := range []*mirror.NativeSession{native("0/8", "0/1 rx"), native("0/8", "20 both")} {
			f := newFake(t)
			err := f.do(nil, change, func(p *mirror.Payload) { p.Blocks[0].Text = strings.TrimRight(p.Blocks[0].Text, "\n") + "\n" + more })
			if !errors.Is(err, mirror.ErrInvalid) || len(f.Sets()) > 0 {
				t.Errorf("%s: %v, %d sets", name, err, len(f.Sets()))
			}
		}
	}
}
