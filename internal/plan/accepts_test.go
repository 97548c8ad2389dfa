package plan_test

import (
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

func TestCheckAccepts(t *testing.T) {
	tool := func(name string, accepts ...string) func(*plan.Site) {
		return func(s *plan.Site) {
			x := s.Tools[name]
			x.Accepts = accepts
			s.Tools[name] = x
		}
	}
	at := func(name string, source string, change ...func(*mirror.Session)) mirror.Session {
		s := far(change...)
		s.Sources[0].Interface, s.Destinations = source, []mirror.Destination{{Tool: name}}
		if name == "end" {
			s.Sources[0].Device = "acc2"
		}
		return s
	}
	tunnel := func(e mirror.ERSPAN) func(*mirror.Session) {
		return func(s *mirror.Session) { e.ID, e.Origin, s.ERSPAN = 7, "192.0.2.1", &e }
	}
	strip := func(s *mirror.Session) { s.Tags = mirror.TagsStrip }
	ovs := func(infos map[string]*plan.DeviceInfo) { infos["acc2"].Capabilities.AccessUntags = true }
	access := func(infos map[string]*plan.DeviceInfo) {
		for i := range infos["acc2"].Observation.Ports {
			if p := &infos["acc2"].Observation.Ports[i]; p.Name == "p1" {
				p.Access = 10
			}
		}
	}
	for _, tt := range []struct {
		name    string
		devices []func(map[string]*plan.DeviceInfo)
		accepts func(*plan.Site)
		s       mirror.Session
		refused string // a part of the reason
		warned  string
	}{
		{"says nothing", nil, func(*plan.Site) {}, at("end", "t2"), "", ""},
		{"everything", nil, tool("end", "tagged", "untagged"), at("end", "p1"), "", ""},
		{"type II for type II", nil, tool("nta", "erspan2"), at("nta", "p1", tunnel(mirror.ERSPAN{})), "", ""},
		{"type III for type II", nil, tool("nta", "erspan2"), at("nta", "p1", tunnel(mirror.ERSPAN{Type: 3})), `tool "nta" accepts erspan2, and the session would send it erspan3`, ""},
		{"type II for GRE", nil, tool("nta", "gre", "untagged"), at("nta", "p1", tunnel(mirror.ERSPAN{Type: 2})), "would send it erspan2", ""},
		{"GRE for type II", nil, tool("nta", "erspan2"), at("nta", "p1", tunnel(mirror.ERSPAN{Encapsulation: mirror.EncapGRE})), "would send it gre", ""},
		{"frames for a tunnel", nil, tool("end", "erspan2"), at("end", "t2"), "would send it tagged", ""},
		{"stripped for tagged", nil, tool("end", "tagged"), at("end", "p1", strip), "would send it untagged; tags: preserve", ""},
		{"stripped for untagged", nil, tool("end", "untagged"), at("end", "t2", strip), "", ""},
		{"a trunk for untagged", nil, tool("end", "untagged"), at("end", "t2"), "would send it tagged; tags: strip", ""},
		{"a trunk for tagged", nil, tool("end", "tagged"), at("end", "t2"), "", "acc2 port t2 is a trunk"},
		{"an access port for tagged", []func(map[string]*plan.DeviceInfo){access}, tool("end", "tagged"), at("end", "p1"), "would send it untagged", ""},
		{"an access port for untagged", []func(map[string]*plan.DeviceInfo){access}, tool("end", "untagged"), at("end", "p1"), "", ""},
		{"an access port where the destination decides", []func(map[string]*plan.DeviceInfo){access, ovs}, tool("end", "untagged"), at("end", "p1"), "would send it tagged", ""},
		{"a port that takes both", []func(map[string]*plan.DeviceInfo){ovs}, tool("end", "untagged"), at("end", "t2"), "", "takes frames with tags and frames without"},
		{"unknown frames for a tunnel", nil, tool("end", "erspan2"), at("end", "p1"), "would send it frames, tagged or untagged", ""},
		{"neither access nor trunk", nil, tool("end", "untagged"), at("end", "p1"), "", "neither an access port nor a trunk"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			site := farSite(tt.devices...)
			tt.accepts(&site)
			ex, reasons := plan.Expand(tt.s, site)
			if len(reasons) > 0 {
				t.Fatalf("not legal: %+v", reasons)
			}
			refused, warned := plan.CheckAccepts(ex, site)
			hold := func(what string, list []mirror.Reason, want, code string) {
				t.Helper()
				switch {
				case want == "" && len(list) > 0:
					t.Errorf("%s: %+v", what, list)
				case want != "" && (len(list) != 1 || list[0].Code != code || list[0].Pointer != "/destinations/0/tool" || !strings.Contains(list[0].Message, want)):
					t.Errorf("%s: %+v, want %q", what, list, want)
				}
			}
			hold("refused", refused, tt.refused, "not-accepted")
			hold("warned", warned, tt.warned, "accepts-unknown")
		})
	}
}
