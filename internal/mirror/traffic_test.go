package mirror_test

import (
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestTrafficIsToldInASentence(t *testing.T) {
	many := mirror.SessionRecord{Session: mirror.Session{Kind: mirror.KindSPAN, Enabled: true, Destinations: []mirror.Destination{{Tool: "ids"}, {Tool: "gone"}}}}
	for range 8 {
		many.Session.Sources = append(many.Session.Sources, mirror.Source{Device: "a", VLAN: 9, Direction: mirror.RX, Priority: 50})
	}
	lapsed := mirror.SessionRecord{Kind: mirror.KindERSPAN, Expired: true, Expires: time.Unix(0, 0), Session: mirror.Session{Kind: mirror.KindAuto, Enabled: true, NativeID: "7",
		Sources: []mirror.Source{{Device: "a", Interface: "p1", Direction: mirror.Both}}, Destinations: []mirror.Destination{{IP: "192.0.2.9"}}, ERSPAN: &mirror.ERSPAN{ID: 5}}}
	tunnel := mirror.Options{ERSPAN: &mirror.ERSPAN{ID: 5}, Collector: "192.0.2.9"}
	source := mirror.Fragment{Device: "a", Pin: "7", Spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.Both}}, Options: tunnel}}
	end := mirror.Fragment{Device: "z", Spec: mirror.NativeSpec{Role: mirror.RoleERSPANDestination, Destinations: []mirror.PortName{"d1"}, Options: tunnel}}
	rspan := []mirror.Fragment{
		{Device: "a", Spec: mirror.NativeSpec{Role: mirror.RoleRSPANSource, RemoteVLAN: 900, Trunks: []mirror.PortName{"t1"}, Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.RX}}}},
		{Device: "c", Spec: mirror.NativeSpec{Role: mirror.RoleRSPANTransit, RemoteVLAN: 900, Trunks: []mirror.PortName{"t1", "t2"}}},
		{Device: "z", Spec: mirror.NativeSpec{Role: mirror.RoleRSPANDestination, RemoteVLAN: 900, Destinations: []mirror.PortName{"d1"}, Options: mirror.Options{Tags: mirror.TagsStrip}}},
	}
	var twice []mirror.Fragment // one native session for each destination
	for _, to := range []mirror.PortName{"d1", "d2"} {
		twice = append(twice, mirror.Fragment{Device: "a", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{to},
			Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.Both}, {Port: "p2", Direction: mirror.Both}}}})
	}
	footing := &mirror.NativeSession{ID: "vlan-900", Spec: rspan[1].Spec.Parts()[0]}
	for want, got := range map[string]*mirror.Traffic{
		"nothing": nil,
		"a VLAN 9 (rx), a VLAN 9 (rx), a VLAN 9 (rx), a VLAN 9 (rx), a VLAN 9 (rx), a VLAN 9 (rx), 2 more to tool ids at z d1, tool gone, span": mirror.TrafficOf(many, map[string]mirror.Tool{"ids": {Device: "z", Interface: "d1"}}),
		"nothing, its lease is over (a p1 (both) to 192.0.2.9, erspan, native session 7, tunnel id 5, until 1970-01-01T00:00:00Z)":              mirror.TrafficOf(lapsed, nil),
		"a p1 (both) to 192.0.2.9, erspan, native session 7, tunnel id 5":                                                                       mirror.TrafficHeld([]mirror.Fragment{source}),
		"a p1 (both) to 192.0.2.9, erspan, plain GRE": mirror.TrafficHeld([]mirror.Fragment{{Device: "a", Spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: source.Spec.Sources,
			Options: mirror.Options{ERSPAN: &mirror.ERSPAN{Encapsulation: mirror.EncapGRE}, Collector: "192.0.2.9"}}}}),
		"a p1 (both) to z d1 by 192.0.2.9, erspan, native session 7, tunnel id 5": mirror.TrafficHeld([]mirror.Fragment{source, end}),
		"a p1 (both), a p2 (both) to a d1, a d2, span":                            mirror.TrafficHeld(twice),
		"a p1 (rx) to z d1, rspan, remote VLAN 900, tags stripped":                mirror.TrafficHeld(rspan),
		"rspan-transit, remote VLAN 900, trunks [t1 t2]":                          mirror.TrafficOn("c", footing),
		"to 192.0.2.9, tunnel, tunnel-ip7": mirror.TrafficOn("a", &mirror.NativeSession{Spec: mirror.Footing{Kind: mirror.FootingTunnel, Name: "tunnel-ip7",
			Tunnel: &mirror.Tunnel{From: "192.0.2.1", To: "192.0.2.9"}}.Spec()}),
		"origin, 192.0.2.1": mirror.TrafficOn("a", &mirror.NativeSession{Spec: mirror.Footing{Kind: mirror.FootingOrigin, Name: "192.0.2.1"}.Spec()}),
		"a p1 (rx), filter, filter nm-web": mirror.TrafficOn("a", &mirror.NativeSession{Spec: mirror.Footing{Kind: mirror.FootingFilter, Name: "nm-web",
			Ports: []mirror.PortName{"p1"}}.Spec()}),
		"a everything (both) to a d1, local, native session 3": mirror.TrafficOn("a", &mirror.NativeSession{ID: "3", Spec: mirror.NativeSpec{Role: mirror.RoleLocal,
			Sources: []mirror.NativeSource{{All: true, Direction: mirror.Both}}, Destinations: []mirror.PortName{"d1"}}}),
	} {
		if text := got.String(); text != want {
			t.Errorf("got  %s\nwant %s", text, want)
		}
	}
	if mirror.TrafficHeld(nil) != nil || mirror.TrafficOn("a", nil) != nil {
		t.Error("nothing is not nil")
	}
}
