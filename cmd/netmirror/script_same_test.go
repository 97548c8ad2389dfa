package main

import (
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// same makes what is new with every run the same, each text as wide as it was, so that
// tables stay as they stand: ids are numbered as they come.
type same struct {
	mu       sync.Mutex
	ids      map[string]string
	texts    []string // old, new
	instance bool
}

func newSame() *same { return &same{ids: map[string]string{}} }

// fixed replaces a text wherever it is seen.
func (s *same) fixed(old, instead string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts = append(s.texts, old, instead)
}

// port replaces the port of an address.
func (s *same) port(address, instead string) {
	_, p, err := net.SplitHostPort(strings.TrimPrefix(address, "http://"))
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ids[p] = instead
	}
}

// instances learns the id of the controller's database.
func (s *same) instances(w *scriptWorld) {
	s.mu.Lock()
	known := s.instance
	s.instance = true
	s.mu.Unlock()
	if known {
		return
	}
	var c struct{ Instance string }
	w.call("GET", "/controller", "", 200).into(w.t, &c)
	if c.Instance != "" {
		s.fixed(c.Instance, strings.Repeat("i", len(c.Instance)))
	}
}

var (
	anID     = regexp.MustCompile(`\b(op-|plan-|nm-|tok-|nmt_|ev-)([A-Za-z2-7]{10,52})\b|\brequest [a-z2-7]{26}\b`)
	aPort    = regexp.MustCompile(`\b[1-9][0-9]{4}\b`)
	aTime    = regexp.MustCompile(`\b20\d\d-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?`)
	aClock   = regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\b`)
	anAge    = regexp.MustCompile(`  +\d{1,3}[sm]\b`)                // in a table
	aWhile   = regexp.MustCompile(`(\bfor +|\bread +)\d{1,3}[sm]\b`) // in a description
	aSpan    = regexp.MustCompile(`\b\d+(\.\d+)?(ms|µs)\b`)
	aCompile = regexp.MustCompile(`\bgo1\.[0-9.]+\b`)
)

func (s *same) text(in string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := strings.NewReplacer(s.texts...).Replace(in)
	out = anID.ReplaceAllStringFunc(out, func(id string) string {
		if _, known := s.ids[id]; !known {
			prefix := id[:strings.IndexAny(id, "-_ ")+1]
			s.ids[id] = fmt.Sprintf("%s%0*d", prefix, len(id)-len(prefix), len(s.ids)+1)
		}
		return s.ids[id]
	})
	out = aPort.ReplaceAllStringFunc(out, func(p string) string {
		if instead, ok := s.ids[p]; ok {
			return instead
		}
		return p
	})
	out = aTime.ReplaceAllStringFunc(out, func(at string) string {
		m := aTime.FindStringSubmatch(at)
		return "2030-01-31" + m[1] + "12:00:00" + m[3]
	})
	out = aClock.ReplaceAllString(out, "12:00:00")
	out = aWhile.ReplaceAllString(out, "${1}1s") // before the ages, whose width counts
	out = anAge.ReplaceAllStringFunc(out, func(age string) string { return fmt.Sprintf("%*s", len(age), "1s") })
	out = aSpan.ReplaceAllString(out, "1ms")
	return aCompile.ReplaceAllString(out, "go1.0")
}

func TestWhatIsNewWithEveryRunIsMadeTheSame(t *testing.T) {
	t.Parallel()
	s := newSame()
	s.port("http://127.0.0.1:45123", "18420")
	s.fixed("/tmp/x1/data", "/data")
	for in, want := range map[string]string{
		"op-abcdefghij234567  op-abcdefghij234567": s.text("op-abcdefghij234567") + "  " + s.text("op-abcdefghij234567"),
		"at 2026-11-29T08:41:07.123456Z, 45123":    "at 2030-01-31T12:00:00Z, 18420",
		"a   9s\nb  17m\n":                         "a   1s\nb   1s\n",
		"no database in /tmp/x1/data":              "no database in /data",
		"Applying, for 12s":                        "Applying, for 1s",
		"last read     12s ago":                    "last read     1s ago",
		"took 12ms":                                "took 1ms",
	} {
		if got := s.text(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if a, b := s.text("op-abcdefghij234567"), s.text("op-zbcdefghij234567"); a == b || len(a) != len("op-abcdefghij234567") {
		t.Errorf("%q %q", a, b)
	}
}
