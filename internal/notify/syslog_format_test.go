package notify

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// unescapeParam is section 6.3.3 of RFC 5424 from the receiver's side: a backslash before
// anything but the three characters stands for itself.
func unescapeParam(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte(`"\]`, s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func TestEscapesCanBeTakenBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`["\\\]\[ =a]{0,12}`)).Draw(rt, "value")
		escaped := escapeParam(s)
		if got := unescapeParam(escaped); got != s {
			rt.Fatalf("%q is %q, which is %q", s, escaped, got)
		}
		if bare := regexp.MustCompile(`\\.`).ReplaceAllString(escaped, ""); strings.ContainsAny(bare, `"]`) {
			rt.Fatalf("%q ends a value", escaped)
		}
	})
}

// messageForm is the grammar of RFC 5424, section 6, for what we send.
var messageForm = regexp.MustCompile(`(?s)^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) ` +
	`\[meta sequenceId="(\d+)"\]\[netmirror@32473((?: [a-z]+="(?:[^"\\\]]|\\["\\\]])*")*)\] \x{feff}(.*)$`)

func TestEveryMessageKeepsToTheGrammar(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`["\\\]\[ =a€]{0,300}`), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 3000), func(b []byte) string { return string(b) }))
	rapid.Check(t, func(rt *rapid.T) {
		f := syslogFormat{facility: rapid.IntRange(0, 23).Draw(rt, "facility"), host: text.Draw(rt, "host"), process: text.Draw(rt, "process"),
			instance: text.Draw(rt, "instance"), limit: rapid.SampledFrom([]int{2048, 8192}).Draw(rt, "limit"), sequence: rapid.Int32Min(0).Draw(rt, "sequence")}
		e := mirror.Event{Seq: rapid.Int64Min(1).Draw(rt, "seq"), At: time.Unix(rapid.Int64Range(0, 1<<33).Draw(rt, "at"), 0), Type: text.Draw(rt, "type"),
			Actor: text.Draw(rt, "actor"), Session: text.Draw(rt, "session"), Device: text.Draw(rt, "device"), Message: text.Draw(rt, "message"),
			Object: mirror.Object{Kind: text.Draw(rt, "kind"), Name: text.Draw(rt, "name")}}
		m := string(f.message(e))
		parts := messageForm.FindStringSubmatch(m)
		if parts == nil || len(m) > f.limit || !utf8.ValidString(m) {
			rt.Fatalf("%d octets: %q", len(m), m)
		}
		if msg := plainText(e.Message); parts[9] != msg && (!strings.HasSuffix(parts[9], cutMark) || !strings.HasPrefix(msg, strings.TrimSuffix(parts[9], cutMark)) || len(m) < f.limit-3) {
			rt.Fatalf("message %q became %q of %d octets", msg, parts[9], len(m))
		}
		if f.sequence < 1 || strings.ContainsFunc(parts[9], func(r rune) bool { return r < ' ' || r == 0x7f }) {
			rt.Fatalf("sequence %d, message %q", f.sequence, parts[9])
		}
	})
}

func TestSeverities(t *testing.T) {
	for _, c := range []struct {
		e    mirror.Event
		want int
	}{
		{mirror.Event{Type: "RolloutFailed", Actor: "ann"}, 3},
		{mirror.Event{Type: "DriftRepaired", Actor: mirror.ActorSystem}, 4},
		{mirror.Event{Type: "SessionChanged", Actor: "ann"}, 5},
		{mirror.Event{Type: "RolloutSucceeded", Actor: mirror.ActorSystem}, 6},
		{mirror.Event{Type: "PhaseChanged", Actor: mirror.ActorSystem, Message: "Active to Degraded (why)"}, 4},
		{mirror.Event{Type: "PhaseChanged", Actor: mirror.ActorSystem, Message: "Applying to Failed (why)"}, 3},
		{mirror.Event{Type: "PhaseChanged", Actor: mirror.ActorSystem, Message: "Degraded to Active (why)"}, 6},
	} {
		if got := severity(c.e); got != c.want {
			t.Errorf("%+v: %d, want %d", c.e, got, c.want)
		}
	}
}

func TestSyslogTargets(t *testing.T) {
	for text, want := range map[string]string{
		"udp://Log.example.net": "udp://log.example.net:514", "tcp://10.0.0.1": "tcp://10.0.0.1:601", "tls://h": "tls://h:6514",
		"tls://[2001:DB8::1]:7000": "tls://[2001:db8::1]:7000", "udp://[::1]": "udp://[::1]:514",
		"": "", "h:514": "", "http://h": "", "udp://": "", "udp://:514": "", "udp://h:0": "", "udp://h:70000": "", "udp://h/x": "", "udp://u:p@h": "", "udp://h?x=1": "", "udp:h": "",
	} {
		got, err := ParseSyslogTarget(text)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	if f, err := ParseFacility("local7"); f != 23 || err != nil {
		t.Error(f, err)
	}
	if _, err := ParseFacility("local8"); err == nil {
		t.Error("local8 is a facility")
	}
}

// Every type with a severity of its own is one that the controller still tells.
func TestSeveritiesAreOfEventsThatThereAre(t *testing.T) {
	var all strings.Builder
	for _, folder := range []string{"engine", "worker", "notify"} {
		files, err := filepath.Glob(filepath.Join(testkit.Root(t), "internal", folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") || strings.HasSuffix(f, "syslog_format.go") {
				continue
			}
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(raw)
		}
	}
	for name := range severities {
		if !strings.Contains(all.String(), `"`+name+`"`) {
			t.Errorf("nobody tells %s", name)
		}
	}
}
