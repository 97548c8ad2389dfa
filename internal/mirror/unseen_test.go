package mirror_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestNothingUnseenIsYes: whatever capability is added, Unseen knows it, and what it was
// made of stays.
func TestNothingUnseenIsYes(t *testing.T) {
	yes, never := mirror.Support{Level: mirror.Yes, Source: "seen"}, mirror.Support{Source: "never", Remark: "no"}
	c := mirror.Capabilities{Roles: map[mirror.Role]mirror.Support{mirror.RoleLocal: yes, mirror.RoleRSPANSource: never},
		Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{mirror.SourcePort: {mirror.RX: yes, mirror.TX: never}}}
	c.Counting.Drops = yes
	fields := reflect.ValueOf(&c).Elem()
	for i := range fields.NumField() {
		if s, is := fields.Field(i).Addr().Interface().(*mirror.Support); is {
			*s = yes
		}
	}
	c.Sample = never
	was, _ := json.Marshal(c)
	got := c.Unseen("the model")
	text, err := json.Marshal(got)
	if err != nil || strings.Contains(string(text), `"seen"`) {
		t.Errorf("%v, %s", err, text)
	}
	if got.Roles[mirror.RoleLocal].Level != mirror.Unverified || got.Roles[mirror.RoleLocal].Source != "the model" || got.Roles[mirror.RoleRSPANSource] != never || got.Sample != never {
		t.Errorf("%+v", got)
	}
	if is, _ := json.Marshal(c); string(is) != string(was) {
		t.Errorf("what it was made of became %s", is)
	}
}
