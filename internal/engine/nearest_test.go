package engine_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestNamesLikeOneThatIsNone are found by how they begin, among many, too.
func TestNamesLikeOneThatIsNone(t *testing.T) {
	b := newBench(t, nil, one())
	for _, name := range []string{"ids", "ids-2", "recorder"} {
		if _, _, err := b.PutTool(t.Context(), admin, mirror.Tool{Name: name, IP: "192.0.2.9"}); err != nil {
			t.Fatal(err)
		}
	}
	err := b.db.Update(t.Context(), func(tx mirror.Tx) error {
		for i := range 2000 {
			s := intent(fmt.Sprintf("voice-%04d", i), "sw1:d1", "sw1:p1 rx")
			s.Enabled = false
			if err := tx.PutSession(mirror.SessionRecord{Session: s, Generation: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		kind, typed string
		want        []string
	}{
		{mirror.ObjectTool, "idss", []string{"ids"}},
		{mirror.ObjectTool, "recoder", []string{"recorder"}},
		{mirror.ObjectTool, "probe", nil},
		{mirror.ObjectDevice, "sw2", []string{"sw1"}},
		{mirror.ObjectFilter, "web", nil},
		{mirror.ObjectSession, "voice-1773x", []string{"voice-1773", "voice-1703", "voice-1713"}},
		{mirror.ObjectSession, "voice-17733", []string{"voice-1733", "voice-1773", "voice-1703"}},
		{mirror.ObjectSession, "nobody", nil},
	} {
		if got := must(b.Nearest(t.Context(), x.kind, x.typed)); !slices.Equal(got, x.want) {
			t.Errorf("%s %s: %q instead of %q", x.kind, x.typed, got, x.want)
		}
	}
}
