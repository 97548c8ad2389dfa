package mirror_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Lines as an earlier version stored them: they read back as what they say, and the
// mark that stands on the device is still that of their spec.
const (
	storedLocal = `{"role":"local","sources":[{"vlan":7,"direction":"rx"},{"port":"Gi1/0/14","direction":"both"}],"destinations":["Gi1/0/24"],` +
		`"options":{"tags":"preserve","ingress":"disabled","filterVlans":[110],"truncate":128}}`
	storedTunnel = `{"role":"erspan-source","sources":[{"port":"Gi1/0/14","direction":"tx"}],` +
		`"options":{"erspan":{"id":42,"origin":"192.0.2.1","ttl":9},"collector":"192.0.2.9"}}`
	// As the store brings them to the shape of today. Their marks are those of a
	// version that told them as native sessions.
	storedFiltered = `{"role":"local","destinations":["d1"],"rules":[{"permit":true,"protocol":6,"source":"0.0.0.0/0","destination":"0.0.0.0/0"}],` +
		`"options":{"filter":"nm-h5kslyddgr"}}`
	storedList = `{"role":"","options":{},"footing":{"kind":"filter","name":"nm-h5kslyddgr",` +
		`"rules":[{"permit":true,"protocol":6,"source":"0.0.0.0/0","destination":"0.0.0.0/0"}],"made":true}}`
	storedVLAN = `{"role":"","options":{},"footing":{"kind":"vlan","vlan":999,"trunks":["Te1/1/1"],"made":true}}`
	storedPort = `{"role":"","options":{},"footing":{"kind":"port","port":"Gi1/0/24","setup":{"up":true,"former":"shutdown"}}}`
)

var storedAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestMarksOfStoredSpecsStay(t *testing.T) {
	for spec, mark := range map[string]string{storedLocal: "nm-5bh2wthxse", storedTunnel: "nm-fjeykgie7v", storedVLAN: "nm-tkeeopf6ck", storedPort: "nm-4fyxbljapv",
		storedFiltered: "nm-54zfgewegy", storedList: "nm-ltbxh65vut"} {
		var n mirror.NativeSpec
		if err := json.Unmarshal([]byte(spec), &n); err != nil {
			t.Fatal(err)
		}
		if got := mirror.Mark("inst", "acc-1", n); got != mark {
			t.Errorf("%s: mark %s, want %s", spec, got, mark)
		}
		again, err := json.Marshal(n)
		if err != nil || string(again) != spec {
			t.Errorf("%s\nis written as\n%s (%v)", spec, again, err)
		}
		if n.Footing != nil {
			continue
		}
		stands := n // on more than when marks were first made
		stands.FilterAt, stands.Needs = mirror.FilterAtSources, []mirror.Footing{{Kind: mirror.FootingOrigin, Name: "192.0.2.1"}}
		if mirror.Mark("inst", "acc-1", stands) != mark || stands.DestinationKey() != n.DestinationKey() {
			t.Errorf("%s: what it stands on makes it another session", spec)
		}
		shut := n
		shut.Shut = true
		if mirror.Mark("inst", "acc-1", shut) != mark || shut.DestinationKey() != n.DestinationKey() || shut.Equal(n) {
			t.Errorf("%s: shut down it is another session, or the same as open", spec)
		}
	}
}

func TestStoredRowsReadAsTheyWere(t *testing.T) {
	local := mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{VLAN: 7, Direction: mirror.RX}, {Port: "Gi1/0/14", Direction: mirror.Both}},
		Destinations: []mirror.PortName{"Gi1/0/24"}, Options: mirror.Options{Tags: "preserve", Ingress: "disabled", FilterVLANs: []int{110}, Truncate: 128}}
	fragment := &mirror.Fragment{Session: "s", Device: "acc-1", Spec: local, DriftPolicy: "repair", Pin: "66"}
	after := &mirror.NativeSession{ID: "66", Mark: "nm-5bh2wthxse", Instance: "inst", Spec: local}
	stored := `{"session":"s","device":"acc-1","spec":` + storedLocal + `,"driftPolicy":"repair","pin":"66"}`
	for _, c := range []struct {
		text       string
		into, want any
	}{
		{`{"device":"acc-1","mark":"nm-5bh2wthxse","id":"66","spec":` + storedLocal + `,"sent":{"role":"","options":{}},"created":"2026-01-02T03:04:05Z"}`,
			&mirror.Native{}, &mirror.Native{Device: "acc-1", Mark: "nm-5bh2wthxse", ID: "66", Spec: local, Created: storedAt}},
		{`{"session":"s","device":"acc-1","role":"local","target":` + stored + `,"goal":` + stored + `,"goalRev":3,"appliedRev":2,"mark":"nm-5bh2wthxse","nativeId":"66",` +
			`"configured":{"state":"True","reason":"ReadBack"},"programmed":{"state":"Unknown"},"persisted":{"state":""}}`,
			&mirror.Placement{}, &mirror.Placement{Session: "s", Device: "acc-1", Role: mirror.RoleLocal, Target: fragment, Goal: fragment, GoalRev: 3, AppliedRev: 2,
				Mark: "nm-5bh2wthxse", NativeID: "66", Configured: mirror.Check{State: mirror.True, Reason: "ReadBack"}, Programmed: mirror.Check{State: mirror.Unknown}}},
		{`{"device":"acc-1","tx":"t1","epoch":1,"changes":[{"mark":"nm-5bh2wthxse","after":{"id":"66","mark":"nm-5bh2wthxse","instance":"inst","spec":` + storedLocal + `}}],` +
			`"at":"2026-01-02T03:04:05Z"}`,
			&mirror.JournalEntry{}, &mirror.JournalEntry{Device: "acc-1", Tx: "t1", Epoch: 1, Changes: []mirror.Change{{Mark: "nm-5bh2wthxse", After: after}}, At: storedAt}},
	} {
		if err := json.Unmarshal([]byte(c.text), c.into); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, c.into); diff != "" {
			t.Errorf("%s:\n%s", c.text, diff)
		}
	}
}

// A port of an earlier version says that it is a port-channel and nothing of its kind.
func TestAStoredPortIsOfItsKind(t *testing.T) {
	for text, want := range map[string]mirror.SourceKind{
		`{"name":"Po1","up":"True","lag":true,"members":["Gi1/0/1"]}`:         mirror.SourceLAG,
		`{"name":"Gi1/0/1","up":"True"}`:                                      mirror.SourcePort,
		`{"name":"Et1.100","up":"True","kind":"subinterface","parent":"Et1"}`: mirror.SourceSub,
	} {
		var p mirror.Port
		if err := json.Unmarshal([]byte(text), &p); err != nil || p.Is() != want {
			t.Errorf("%s is a %s (%v), want a %s", text, p.Is(), err, want)
		}
	}
}
