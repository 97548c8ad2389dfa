package cmdline

import (
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

var listNames = &PortNames{Subs: true, Kinds: []PortKind{{Full: "Port-Bundle", Short: "Pb", Bundle: true}, {Full: "Plug", Short: "Pl", Speed: fabric.Gbps}}}

func TestPortListsAndSubInterfaces(t *testing.T) {
	for text, want := range map[string]string{
		"Plug1": "Plug1", "pl3/1": "Plug3/1", "plug 5": "Plug5", "Plug10-12": "Plug10 Plug11 Plug12", "Plug3, Plug5": "Plug3 Plug5",
		"Plug1/1-2": "Plug1/1 Plug1/2", "Plug1/1-1/2": "Plug1/1 Plug1/2", "Plug1-2,7": "Plug1 Plug2 Plug7", "port-bundle1-2": "Port-Bundle1 Port-Bundle2",
		"Plug3/1.100": "Plug3/1.100", "Plug1,pb7": "Plug1 Port-Bundle7",
		"": "", "7": "", "Plug": "", "Plug5-3": "", "Plug1.1-3": "", "Plug1,,2": "", "Plug1-99999": "", "Other1": "",
	} {
		got, ok := listNames.List(text)
		if strings.Join(got, " ") != want || ok != (want != "") {
			t.Errorf("%q: %q, %t", text, got, ok)
		}
	}
	list := []string{"Plug2.10", "Plug49/1", "Plug2", "Port-Bundle1", "Plug2.9", "Plug1"}
	listNames.Sort(list)
	if want := []string{"Port-Bundle1", "Plug1", "Plug2", "Plug2.9", "Plug2.10", "Plug49/1"}; !slices.Equal(list, want) {
		t.Errorf("sorted: %q", list)
	}
	if got := listNames.ShortList([]string{"Plug2.10", "Port-Bundle1", "Cpu"}, ", "); got != "Pl2.10, Pb1, Cpu" {
		t.Errorf("short: %q", got)
	}
	if got := listNames.Compact([]string{"Plug1", "Plug2", "Plug2.1", "Plug2.2"}, ",", "-"); got != "Pl1-2,Pl2.1,Pl2.2" {
		t.Errorf("compact: %q", got)
	}
	if PortOf("Plug1/2.3") != "Plug1/2" || KindOf("Port-Bundle7") != "Port-Bundle" || NumberOf("Plug1/2.3") != "1/2.3" || KindOf("Cpu") != "" {
		t.Error("names are taken apart wrongly")
	}
}

// ports are those of a switch.
type ports []string

func (p ports) Exists(name string) bool { return slices.Contains(p, name) }

func TestPortListsAsTyped(t *testing.T) {
	g := New[bool](map[string]ParamType{"list": listNames.Lists(func(_ any, full string) bool { return full != "Plug4" }), "line": RestOfLine})
	g.Add("copy <p:list> [<rest:line>]", true)
	has := ports{"Plug1", "Plug2", "Plug4"}
	for line, want := range map[string]string{"copy plug 1": "Plug1|", "copy pl1, pl2 both": "Plug1 Plug2|both", "copy plug1.7": "Plug1.7|", "copy pb9 rx": "Port-Bundle9|rx", "copy plug 1, plug 2": "Plug1 Plug2|",
		"copy plug 1-2 , plug 1 rx": "Plug1 Plug2 Plug1|rx", "copy plug1 ,plug2": "Plug1 Plug2|",
		"copy plug3": "", "copy plug4": "", "copy plug1,": "", "copy plug": ""} {
		_, a, fault := g.Parse(has, line)
		got := ""
		if fault == nil {
			got = strings.Join(a.Values["p"].([]string), " ") + "|" + a.Str("rest")
		}
		if got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
