package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/client"
)

// TestTablesFit: a table is never wider than the screen but for names and numbers, which are
// never cut, and no line ends with blanks.
func TestTablesFit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab é漢")), 0, 60, -1)
		tab := &table{}
		for i := range rapid.IntRange(1, 7).Draw(t, "columns") {
			c := column{head: strings.Repeat(string(rune('A'+i)), rapid.IntRange(1, 12).Draw(t, "head")), need: rapid.IntRange(0, 3).Draw(t, "need"),
				is: columnIs(rapid.IntRange(0, 7).Draw(t, "is")), min: rapid.IntRange(0, 30).Draw(t, "min")}
			c.text = func(r resource) string { return r.at(c.head) }
			tab.columns = append(tab.columns, c)
		}
		var names []string
		least := 0
		for range rapid.IntRange(0, 5).Draw(t, "rows") {
			r := resource{}
			for _, c := range tab.columns {
				r[c.head] = text.Draw(t, "cell")
				if c.has(isName) && !c.has(isWide) {
					names = append(names, strings.TrimSpace(r.at(c.head)))
				}
			}
			tab.add(r)
		}
		for i, c := range tab.columns {
			if c.has(isName) && !c.has(isWide) {
				if least > 0 {
					least += 2
				}
				least += tab.natural()[i]
			}
		}
		width := rapid.IntRange(1, 120).Draw(t, "width")
		var out bytes.Buffer
		p := paper{out: visibleWriter{&out}, raw: &out, width: width}
		if err := p.table(tab, false); err != nil {
			t.Fatal(err)
		}
		for l := range strings.SplitSeq(strings.TrimSuffix(out.String(), "\n"), "\n") {
			if utf8.RuneCountInString(l) > max(width, least) || strings.HasSuffix(l, " ") {
				t.Fatalf("%d columns of %d (names need %d): %q", utf8.RuneCountInString(l), width, least, l)
			}
		}
		for _, n := range names {
			if !strings.Contains(out.String(), n) {
				t.Fatalf("the name %q is cut:\n%s", n, out.String())
			}
		}
	})
}

func TestTimesInOneUnit(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{-time.Second: "0s", 0: "0s", 99 * time.Second: "99s", 100 * time.Second: "1m", 2 * time.Minute: "2m", 99 * time.Minute: "99m", 100 * time.Minute: "1h", 2 * time.Hour: "2h",
		47 * time.Hour: "47h", 48 * time.Hour: "2d", 1000 * time.Hour: "41d"} {
		if got := briefly(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestDurationsAsTheyWereSet(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{90 * time.Second: "1m30s", time.Hour: "1h", 150 * time.Minute: "2h30m", 24*time.Hour + time.Second: "24h0m1s", 40 * time.Second: "40s", 0: "0s"} {
		if got := lasting(client.Duration(d)); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

// TestColoursAreForTerminals: on one there are, unless they are not wanted; piped there are
// none, and what a device says never brings any.
func TestColoursAreForTerminals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env      map[string]string
		noColour bool
		want     bool
	}{"terminal": {want: true}, "NO_COLOR": {env: map[string]string{"NO_COLOR": "1"}}, "empty NO_COLOR": {env: map[string]string{"NO_COLOR": ""}, want: true},
		"--no-color": {noColour: true}, "dumb": {env: map[string]string{"TERM": "dumb"}}} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := newTerminal(t)
			if err := unix.IoctlSetWinsize(int(theirs.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 100}); err != nil {
				t.Fatal(err)
			}
			f := &clientFlags{noColour: c.noColour, console: console{out: visibleWriter{theirs}, env: func(k string) (string, bool) { v, ok := c.env[k]; return v, ok }}}
			p := f.paper()
			if p.colour != c.want || p.width != 100 {
				t.Errorf("colour %v, width %d", p.colour, p.width)
			}
			tab := &table{columns: slices.Clone(tables["sessions"])}
			tab.add(resource{"name": "a\x1b[7m", "status": map[string]any{"phase": "Degraded"}})
			if err := p.table(tab, false); err != nil {
				t.Fatal(err)
			}
			var got string
			for buffer := make([]byte, 4096); strings.Count(got, "\n") < 2; {
				n, err := ours.Read(buffer)
				if err != nil {
					t.Fatal(err)
				}
				got += string(buffer[:n])
			}
			if strings.Contains(got, "\x1b[31mDegraded\x1b[0m") != c.want || strings.Contains(got, "\x1b[7m") || !strings.Contains(got, `a\x1b[7m`) {
				t.Errorf("%q", got)
			}
		})
	}
	for text, want := range map[string]style{"+ monitor session 66": green, "-speed": red, "--- tool/ids-1": bold, "+++ nothing": bold, "@@ -1 +1 @@": "", " same": ""} {
		if l := differences(text); len(l) != 1 || l[0][0] != (span{text, want}) {
			t.Errorf("%q is %+v", text, l)
		}
	}
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	f := &clientFlags{console: console{out: visibleWriter{file}, env: func(k string) (string, bool) { return map[string]string{"COLUMNS": "50"}[k], k == "COLUMNS" }}}
	if p := f.paper(); p.colour || p.width != 50 {
		t.Errorf("%+v", p)
	}
}
