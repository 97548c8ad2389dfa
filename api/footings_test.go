package api

import (
	"encoding/json"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestFootingsAreToldByTheirRole: what a plan makes beside native sessions.
func TestFootingsAreToldByTheirRole(t *testing.T) {
	for want, f := range map[string]mirror.Footing{
		`{"role":"tunnel","sources":[],"destinations":[],"tunnel":{"name":"tunnel-ip7","from":"192.0.2.1","to":"192.0.2.9","ttl":9}}`: {Kind: mirror.FootingTunnel, Name: "tunnel-ip7",
			Tunnel: &mirror.Tunnel{From: "192.0.2.1", To: "192.0.2.9", TTL: 9}, Made: true},
		`{"role":"tunnel","sources":[],"destinations":[],"tunnel":{"name":"tunnel-ip7"}}`: {Kind: mirror.FootingTunnel, Name: "tunnel-ip7"},
		`{"role":"origin","sources":[],"destinations":[],"origin":"192.0.2.1"}`:           {Kind: mirror.FootingOrigin, Name: "192.0.2.1", Made: true},
		`{"role":"filter","sources":[],"destinations":[],"filter":"nm-web","ports":["p1","p2"]}`: {Kind: mirror.FootingFilter, Name: "nm-web",
			Ports: []mirror.PortName{"p1", "p2"}},
		`{"role":"destination-port","sources":[],"destinations":["d1"],"setup":{"monitor":true,"former":"routed"}}`: {Kind: mirror.FootingPort, Port: "d1",
			Setup: &mirror.PortSetup{Monitor: true, Former: "routed"}},
	} {
		got, err := json.Marshal(nativeSpecOf(f.Spec()))
		if err != nil || string(got) != want {
			t.Errorf("%v\n got %s\nwant %s", err, got, want)
		}
	}
	got, err := json.Marshal(nativeSpecOf(mirror.NativeSpec{Role: mirror.RoleERSPANSource, Options: mirror.Options{Tunnel: "tunnel-ip7", Collector: "192.0.2.9"}}))
	if want := `{"role":"erspan-source","sources":[],"destinations":[],"collector":"192.0.2.9","tunnel":{"name":"tunnel-ip7"}}`; err != nil || string(got) != want {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
}
