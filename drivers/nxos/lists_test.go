package nxos

import (
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	webList = "nm-webwebwebw"
	webHead = "ip access-list " + webList
	// How the switch shows it: with lengths, never as a host, and with names of ports.
	webConfig = webHead + "\n  10 deny udp 10.1.0.0/16 any range 5060 5061\n  20 permit tcp 10.0.0.5/32 any eq www\n  30 permit ospf any any\n"
)

var web = mirror.EntriesIn(mirror.Filter{Rules: []mirror.FilterRule{{Action: "deny", Protocol: "udp", Source: "10.1.0.0/16", DestinationPort: "5060-5061"},
	{Action: "permit", Protocol: "tcp", Source: "10.0.0.5", DestinationPort: "80"},
	{Action: "permit", Protocol: "ospf", Source: "0.0.0.0/0"}}}.Entries(), mirror.IPv4)

func listOf(rules []mirror.Entry) *mirror.NativeSession {
	f := mirror.Footing{Kind: mirror.FootingFilter, Name: webList, Rules: rules, Made: true}
	return &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}
}

var narrowed = want{id: "32", mark: first, sources: "rx Ethernet1/1", to: []mirror.PortName{"Ethernet1/47"}, options: mirror.Options{Filter: webList}}

// part is a part of the running configuration, by its first line.
func (b *bench) part(head string) string {
	_, rest, found := strings.Cut(b.sw.RunningConfig(), head+"\n")
	if !found {
		return ""
	}
	out := head + "\n"
	for line := range strings.Lines(rest) {
		if line[0] != ' ' {
			break
		}
		out += line
	}
	return out
}

func (b *bench) filteredSession() {
	b.t.Helper()
	b.mustPush(mirror.Change{Mark: "nm-web", After: listOf(web)})
	b.mustPush(makes(b.t, narrowed))
}

func TestAFilterIsAListOfItsOwn(t *testing.T) {
	b := startLab(t, "")
	before := b.sw.RunningConfig()
	b.filteredSession()
	if got := b.part(webHead); got != webConfig {
		t.Errorf("the list is\n%s", got)
	}
	o := b.observe()
	if f, made := o.Footing(mirror.FootingFilter, webList); !made || !slices.Equal(f.Rules, web) || len(o.Footings) != 1 || o.Handles[handleLists] != webList+",voice" {
		t.Errorf("read back as %+v, %v", o.Footings, o.Handles)
	}
	n, _ := b.session("32")
	narrowed.check(t, n)
	b.mustPush(mirror.Change{Mark: first, Before: &n})
	b.mustPush(mirror.Change{Mark: "nm-web", Before: listOf(web)})
	if got := b.sw.RunningConfig(); got != before {
		t.Errorf("with nothing of ours left:\n%s", got)
	}
}

// What another hand does to a list is seen by the text beside the sessions, and mended.
func TestAListThatAnotherHandEdited(t *testing.T) {
	b := startLab(t, "")
	b.filteredSession()
	for name, edit := range map[string][]string{
		"an entry more":       {webHead, "5 permit ip any any"},
		"an entry less":       {webHead, "no 20"},
		"what no entry holds": {webHead, "40 permit tcp any any established"},
		"emptied":             {webHead, "no 10", "no 20", "no 30"},
	} {
		b.read(mirror.Look{})
		b.typed(edit...)
		f, made := b.read(mirror.Look{}).Footing(mirror.FootingFilter, webList)
		if !made || slices.Equal(f.Rules, web) {
			t.Errorf("%s: read as %+v", name, f)
		}
		b.mustPush(mirror.Change{Mark: "nm-web", Was: "nm-web", Before: listOf(f.Rules), After: listOf(web)})
		if got := b.part(webHead); got != webConfig {
			t.Errorf("%s: the list is\n%s", name, got)
		}
	}
	b.typed(webHead, "5 remark who made this", "statistics per-entry")
	if f, _ := b.observe().Footing(mirror.FootingFilter, webList); !slices.Equal(f.Rules, web) {
		t.Errorf("remarks and options decide nothing: %+v", f)
	}
}

// A list goes from under nobody.
func TestAListInUseStays(t *testing.T) {
	b := startLab(t, "")
	b.filteredSession()
	if r := b.push(mirror.Change{Mark: "nm-web", Before: listOf(web)}).Blocks[0]; r.Err == nil {
		t.Error("it is gone")
	}
	if got := b.part(webHead); got != webConfig {
		t.Errorf("the list is\n%s", got)
	}
}
