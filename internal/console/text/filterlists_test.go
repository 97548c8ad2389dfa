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
