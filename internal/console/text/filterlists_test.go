package text

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

var filterForms = map[string]FilterLists{
	"at once": {Form: masks, Head: "ip access-list extended", Renumber: "ip access-list resequence NAME 10 10"},
	"a group": {Form: lengths, Head: "ip access-list", Renumber: "resequence 10 10", Remarks: true, Options: regexp.MustCompile(`^counters$`)},
}

func TestListsOfFiltersAreRead(t *testing.T) {
	www := entry(func(e *mirror.Entry) {
		e.Protocol, e.DestinationPort = 6, mirror.PortRange{From: 80, To: 80}
		e.Source, e.Destination = mirror.IPv4.Any(), mirror.IPv4.Any()
	})
	drop := www
	drop.Permit, drop.DestinationPort = false, mirror.PortRange{}
	for _, c := range []struct {
		name, form, text string
		rules            []mirror.Entry
		count            string
	}{
		{"numbers and padding", "at once", "interface Et1\n description x\nip access-list extended nm-aaaaaaaaaa\n 10 deny   tcp any any\n 20 permit tcp any any eq www\nmonitor session 1 source interface Gi1\n", []mirror.Entry{drop, www}, "2"},
		{"no numbers", "at once", "ip access-list extended nm-aaaaaaaaaa\n deny tcp any any\n permit tcp any any eq 80\n", []mirror.Entry{drop, www}, "2"},
		{"by number, not as printed", "at once", "ip access-list extended nm-aaaaaaaaaa\n 20 permit tcp any any eq www\n 10 deny tcp any any\n", []mirror.Entry{drop, www}, "2"},
		{"a remark has the number of the next entry", "at once", "ip access-list extended nm-aaaaaaaaaa\n 10 remark deny ip any any\n 10 permit tcp any any eq www\n", []mirror.Entry{www}, "1"},
		{"a remark has a number of its own", "a group", "ip access-list nm-aaaaaaaaaa\n   counters\n   10 remark deny ip any any\n   20 permit tcp any any eq www\n", []mirror.Entry{www}, "2"},
		{"what no entry holds", "at once", "ip access-list extended nm-aaaaaaaaaa\n 10 permit tcp any any eq www\n 20 permit tcp any any established\n", nil, "2"},
		{"empty", "a group", "ip access-list nm-aaaaaaaaaa\n", nil, "0"},
	} {
		lists, handles := filterForms[c.form].Read(strings.Split(strings.TrimSuffix(c.text, "\n"), "\n"))
		if len(lists) != 1 || lists[0].Kind != mirror.FootingFilter || lists[0].Name != "nm-aaaaaaaaaa" || !slices.Equal(lists[0].Rules, c.rules) || lists[0].Made ||
			!maps.Equal(handles, map[string]string{HandleList("nm-aaaaaaaaaa"): c.count}) {
			t.Errorf("%s: %+v, %v", c.name, lists, handles)
		}
	}
	for _, other := range []string{"ip access-list extended voice", "ip access-list standard nm-aaaaaaaaaa", "ipv6 access-list nm-aaaaaaaaaa", "ip access-list extended nm-aaaaaaaaaa x", "ip access-list extended nm-web"} {
		if lists, _ := filterForms["at once"].Read([]string{other, " 10 permit ip any any"}); len(lists) > 0 {
			t.Errorf("%q is read as %+v", other, lists)
		}
	}
}

// Lists that stand at ports: every entry forwards, the last all. What is read of one is
// what was meant; one that drops anything, or ends otherwise, is none of ours.
func TestListsAtPortsForwardAll(t *testing.T) {
	form := FilterLists{Form: ListForm{Every: map[mirror.Family]string{mirror.IPv4: "ipv4"}}, Head: "ipv4 access-list", Copied: "capture", At: "ipv4 access-group NAME ingress"}
	any4 := func(permit bool, port int) mirror.Entry {
		e := mirror.Entry{Permit: permit, Protocol: mirror.AnyProtocol, Source: mirror.IPv4.Any(), Destination: mirror.IPv4.Any()}
		if port != 0 {
			e.Protocol, e.DestinationPort = mirror.ProtoTCP, mirror.PortRange{From: port, To: port}
		}
		return e
	}
	for _, rules := range [][]mirror.Entry{{any4(true, 443)}, {any4(false, 80), any4(true, 0)}, {any4(true, 443), any4(false, 0)}, {any4(false, 0)}} {
		entries, err := form.Entries(rules)
		if err != nil || len(entries) != len(rules)+1 || entries[len(rules)] != "permit ipv4 any any" {
			t.Fatalf("%q, %v", entries, err)
		}
		text := []string{"ipv4 access-list nm-aaaaaaaaaa"}
		for i, e := range entries {
			if !strings.HasPrefix(e, "permit ") || i < len(rules) && strings.HasSuffix(e, " capture") != rules[i].Permit {
				t.Errorf("%+v is written %q", rules[i], e)
			}
			text = append(text, " "+[]string{"10", "20", "30"}[i]+" "+e)
		}
		lists, handles := form.Read(text)
		if len(lists) != 1 || !slices.Equal(lists[0].Rules, rules) || handles[HandleList("nm-aaaaaaaaaa")] != strings.Join([]string{"10", "20", "30"}[:len(entries)], " ") {
			t.Errorf("%q is read as %+v, %v", text, lists, handles)
		}
	}
	for what, lines := range map[string][]string{
		"no end":                {" 10 permit tcp any any eq 443 capture"},
		"an end that copies":    {" 10 permit tcp any any eq 443 capture", " 20 permit ipv4 any any capture"},
		"an entry behind":       {" 10 permit ipv4 any any", " 20 permit tcp any any eq 443 capture"},
		"an entry that drops":   {" 5 deny tcp any any eq 22", " 10 permit tcp any any eq 443 capture", " 20 permit ipv4 any any"},
		"copied and dropped":    {" 10 deny tcp any any eq 443 capture", " 20 permit ipv4 any any"},
		"an end of a part":      {" 10 permit tcp any any eq 443 capture", " 20 permit tcp any any"},
		"what no entry of ours": {" 10 permit tcp any any eq 443 log capture", " 20 permit ipv4 any any"},
		"nothing":               nil,
	} {
		if lists, _ := form.Read(append([]string{"ipv4 access-list nm-aaaaaaaaaa"}, lines...)); len(lists) != 1 || lists[0].Rules != nil {
			t.Errorf("%s: %+v", what, lists)
		}
	}
	list := mirror.Footing{Kind: mirror.FootingFilter, Name: "nm-aaaaaaaaaa", Ports: []mirror.PortName{"Te0/0/0/1"}}
	for _, c := range []struct {
		within, line string
		want         bool
	}{
		{"", "ipv4 access-list nm-aaaaaaaaaa", true},
		{"", "no ipv4 access-list nm-aaaaaaaaaa", true},
		{"", "ipv4 access-list SECURITY", false},
		{"ipv4 access-list nm-aaaaaaaaaa", "10 permit tcp any any eq 443 capture", true},
		{"ipv4 access-list nm-aaaaaaaaaa", "no 10", true},
		{"ipv4 access-list nm-aaaaaaaaaa", "10 deny tcp any any eq 443", false},
		{"", "interface Te0/0/0/1", true},
		{"", "interface Te0/0/0/2", false},
		{"interface Te0/0/0/1", "ipv4 access-group nm-aaaaaaaaaa ingress", true},
		{"interface Te0/0/0/1", "no ipv4 access-group nm-aaaaaaaaaa ingress", true},
		{"interface Te0/0/0/1", "no ipv4 access-group SECURITY ingress", false},
		{"interface Te0/0/0/1", "shutdown", false},
		{"interface Te0/0/0/2", "ipv4 access-group nm-aaaaaaaaaa ingress", false},
	} {
		if form.Allowed(&list, c.within, c.line) != c.want {
			t.Errorf("%q within %q: allowed %v", c.line, c.within, !c.want)
		}
	}
}
