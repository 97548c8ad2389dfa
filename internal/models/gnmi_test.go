package models

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/models/data"
)

func TestABlockIsAListOfOperationsInTheirOrder(t *testing.T) {
	at := data.P(data.S("m:system"), data.S("instance", "name", "nm-1"))
	got := encodeOps([]data.Edit{
		data.Set(at.To(data.S("state")), "up"), data.Rep(at, data.V("id", 4)), data.Del(at.To(data.S("x:old"))),
	})
	want := `[
  {"delete": "/m:system/instance[name=nm-1]/x:old"},
  {"replace": "/m:system/instance[name=nm-1]", "value": {
    "id": 4
  }},
  {"update": "/m:system/instance[name=nm-1]/state", "value": "up"}
]
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	paths, err := touchedByOps(got)
	if err != nil || !slices.Equal(paths, []string{"/system/instance[name=nm-1]/old", "/system/instance[name=nm-1]", "/system/instance[name=nm-1]/state"}) {
		t.Errorf("touches %q, %v", paths, err)
	}
	for _, bad := range []string{"", "{}", "[{}]", `[{"delete":"/a","update":"/b"}]`, `[{"update":"/a"}]`, `[{"delete":"/a","value":1}]`, `[] []`, `[{"remove":"/a"}]`} {
		if _, err := touchedByOps(bad); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestPrefixesOfModulesAreLeftOutOfNamesAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[a-z:/\[\]\\]{0,8}`).Draw(t, "value")
		with := data.P(data.S("mod-1:a", "k", value), data.S("b"), data.S("x:c", "k", value))
		without := data.P(data.S("a", "k", value), data.S("b"), data.S("c", "k", value))
		if got := bare(with.String()); got != without.String() {
			t.Fatalf("got %s, want %s", got, without)
		}
	})
}
