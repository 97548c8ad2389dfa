package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/internal/testkit"
)

// someLoads is an answer with something of everything: a tool that is oversubscribed,
// a port whose copies are lost, one that fits, a link, a collector of which nothing is
// known, and a name with an escape in it.
const someLoads = `{"items":[
 {"device":"acc-1","interface":"GigabitEthernet1/0/23","tool":"ids-1","measuredAt":"2030-01-31T18:00:00Z","sessions":["voice","alice","bob","carol"],"capacity":1000000000,
  "capacityFrom":"tool ids-1","offered":1923000000,"offeredKnown":true,"up":"True","sent":{"octets":1,"frames":1,"bitsPerSecond":998000000},"drops":74213.4,"oversubscribed":true,"terms":[],
  "copies":[{"device":"acc-1","state":"True","reason":"CopiesFlow","message":"","ratio":0.519},{"device":"acc-1","state":"Unknown","reason":"Filtered","message":""}]},
 {"device":"acc-2","interface":"GigabitEthernet1/0/24","measuredAt":"2030-01-31T18:00:00Z","sessions":["quiet"],"capacity":1000000000,"offered":5000000,"offeredKnown":true,
  "up":"True","sent":{"octets":1,"frames":1,"bitsPerSecond":0},"drops":0,"oversubscribed":false,"terms":[],"copies":[{"device":"acc-2","state":"False","reason":"CopiesNotFlowing","message":"","ratio":0}]},
 {"device":"leaf-1","interface":"Ethernet48","measuredAt":"2030-01-31T18:00:00Z","sessions":["taps"],"capacity":10000000000,"offered":4125000000,"offeredKnown":true,"upperBound":true,
  "up":"True","sent":{"octets":1,"frames":1,"bitsPerSecond":4120000000},"drops":0,"oversubscribed":false,"terms":[],"copies":[{"device":"leaf-1","state":"True","reason":"CopiesFlow","message":"","ratio":0.9987}]},
 {"device":"acc-1","interface":"TenGigabitEthernet1/1/1","link":true,"measuredAt":"2030-01-31T18:00:00Z","sessions":["path"],"capacity":10000000000,"offered":61000000,"offeredKnown":false,
  "up":"True","oversubscribed":false,"terms":[]},
 {"ip":"192.0.2.9","sessions":["far\u001b[2J"],"offered":0,"offeredKnown":false,"oversubscribed":false,"terms":[]}]}`

func endsOf(t *testing.T, answer string) (ends []endLoad) {
	t.Helper()
	var page struct{ Items []endLoad }
	if err := json.Unmarshal([]byte(answer), &page); err != nil {
		t.Fatal(err)
	}
	return page.Items
}

func TestTopAtManyWidths(t *testing.T) {
	t.Parallel()
	ends := endsOf(t, someLoads)
	for width, want := range map[int]string{
		0: `
DESTINATION                            OFFERED  CAPACITY   USE  DROPS/S  COPIES  STATE              SENT  SESSIONS
ids-1 (acc-1:GigabitEthernet1/0/23)      1.92G        1G  192%    74.2k     52%  Oversubscribed     998M  voice, alice, bob, and 1 more
acc-2:GigabitEthernet1/0/24                 5M        1G   <1%        0      0%  CopiesNotFlowing      0  quiet
leaf-1:Ethernet48                       ≤4.12G       10G   41%        0     99%  Fits              4.12G  taps
acc-1:TenGigabitEthernet1/1/1, a link     ≥61M       10G   <1%        -       -  LoadUnknown           -  path
192.0.2.9                                    -         -     -        -       -  NotMeasured           -  far\x1b[2J`,
		100: `
DESTINATION                        OFFERED  CAPACITY   USE  DROPS/S  COPIES  STATE              SENT
ids-1 (acc-1:GigabitEthernet1/0/…    1.92G        1G  192%    74.2k     52%  Oversubscribed     998M
acc-2:GigabitEthernet1/0/24             5M        1G   <1%        0      0%  CopiesNotFlowing      0
leaf-1:Ethernet48                   ≤4.12G       10G   41%        0     99%  Fits              4.12G
acc-1:TenGigabitEthernet1/1/1, a…     ≥61M       10G   <1%        -       -  LoadUnknown           -
192.0.2.9                                -         -     -        -       -  NotMeasured           -`,
		80: `
DESTINATION    OFFERED  CAPACITY   USE  DROPS/S  COPIES  STATE              SENT
ids-1 (acc-1…    1.92G        1G  192%    74.2k     52%  Oversubscribed     998M
acc-2:Gigabi…       5M        1G   <1%        0      0%  CopiesNotFlowing      0
leaf-1:Ether…   ≤4.12G       10G   41%        0     99%  Fits              4.12G
acc-1:TenGig…     ≥61M       10G   <1%        -       -  LoadUnknown           -
192.0.2.9            -         -     -        -       -  NotMeasured           -`,
		60: `
DESTINATION          OFFERED   USE  COPIES  STATE
ids-1 (acc-1:Gigab…    1.92G  192%     52%  Oversubscribed
acc-2:GigabitEther…       5M   <1%      0%  CopiesNotFlowing
leaf-1:Ethernet48     ≤4.12G   41%     99%  Fits
acc-1:TenGigabitEt…     ≥61M   <1%       -  LoadUnknown
192.0.2.9                  -     -       -  NotMeasured`,
		40: `
DESTINATION        USE  STATE
ids-1 (acc-1:Gi…  192%  Oversubscribed
acc-2:GigabitEt…   <1%  CopiesNotFlowing
leaf-1:Ethernet…   41%  Fits
acc-1:TenGigabi…   <1%  LoadUnknown
192.0.2.9            -  NotMeasured`,
	} {
		if got := "\n" + strings.Join(topTable(ends, width, 0), "\n"); got != want {
			t.Errorf("%d columns:%s\nwant:%s", width, got, want)
		}
	}
	for width := 1; width < 140; width++ {
		for _, l := range topTable(ends, width, 0) {
			if n := utf8.RuneCountInString(l); n > width && width >= 12 {
				t.Fatalf("%d columns: %d are taken by %q", width, n, l)
			}
		}
	}
	for height := 2; height < 8; height++ {
		lines := topTable(ends, 80, height)
		if len(lines) > height {
			t.Errorf("%d lines of %d", len(lines), height)
		}
		if height < 6 && lines[len(lines)-1] != fmt.Sprintf("and %d more", 5-(height-2)) {
			t.Errorf("%d lines end with %q", height, lines[len(lines)-1])
		}
	}
	if got := topTable(nil, 80, 24); len(got) != 1 {
		t.Errorf("of nothing: %q", got)
	}
}

func TestFiguresAreShort(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.4: "<1", 1: "1", 12.34: "12.3", 999: "999", 999.6: "1k", 1500: "1.5k", 100e6: "100M", 1923e6: "1.92G", 9.999e9: "10G", 999.97e6: "1G", 2.5e12: "2.5T"} {
		if got := brief(v); got != want {
			t.Errorf("%v is %q, want %q", v, got, want)
		}
	}
	for v, want := range map[float64]string{0: "0%", 0.0001: "<1%", 0.0099: "<1%", 0.5: "50%", 0.998: "99%", 1: "100%", 1.923: "192%"} {
		if got := percent(v); got != want {
			t.Errorf("%v is %q, want %q", v, got, want)
		}
	}
}

// answering answers /loads, and refuses when it is told to.
func answering(t *testing.T, asked func(n int64) (answer string, ok bool)) func(string) (string, bool) {
	t.Helper()
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := asked(n.Add(1))
		if r.URL.Path != "/api/v1/loads" || !ok {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return func(k string) (string, bool) {
		v, ok := map[string]string{"NETMIRROR_URL": s.URL, "NETMIRROR_TOKEN": "nmt_x"}[k]
		return v, ok
	}
}

func TestTopOnce(t *testing.T) {
	t.Parallel()
	env := answering(t, func(int64) (string, bool) { return someLoads, true })
	top := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), append([]string{"top", "--once"}, args...), console{strings.NewReader(""), &out, &out, env})
		return out.String(), err
	}
	out, err := top()
	if err != nil || !strings.Contains(out, "5 destinations, 1 oversubscribed\nDESTINATION ") || strings.Contains(out, "\x1b") || strings.Count(out, "\n") != 7 {
		t.Errorf("%v\n%s", err, out)
	}
	for only, want := range map[string]int{"ids-1": 1, "acc-1": 2, "leaf-1:Ethernet48": 1, "192.0.2.9": 1, "nothing": 0} {
		out, err := top(only, "-o", "json")
		var got struct {
			At    time.Time
			Items []map[string]any
		}
		if err != nil || json.Unmarshal([]byte(out), &got) != nil || len(got.Items) != want || got.At.IsZero() || !strings.Contains(out, `"items":[`) {
			t.Errorf("%s: %v\n%s", only, err, out)
		}
		if only == "ids-1" && got.Items[0]["capacityFrom"] != "tool ids-1" { // which the table does not show
			t.Errorf("not what the API answers: %s", out)
		}
	}
	for _, args := range [][]string{{"--interval", "10ms"}, {"-o", "yaml"}} {
		if out, err := top(args...); exitCode(err) != 2 {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	env = answering(t, func(int64) (string, bool) { return "", false })
	if out, err := top(); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("no answer: %v\n%s", err, out)
	}
}

// live runs top until the test has seen enough.
func live(t *testing.T, tp top, env func(string) (string, bool), out io.Writer) (end func() error) {
	t.Helper()
	url, _ := env("NETMIRROR_URL")
	cl, err := dial(client.Options{URL: url, Token: "nmt_x"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tp.run(ctx, cl, out) }()
	return func() error { cancel(); return <-done }
}

// TestTopGoesOnWithoutAnswers, and without a terminal writes one table, or one line of
// JSON, a look.
func TestTopGoesOnWithoutAnswers(t *testing.T) {
	t.Parallel()
	for _, output := range []string{"table", "json"} {
		env := answering(t, func(n int64) (string, bool) { return someLoads, n != 2 })
		var out lockedBuffer
		end := live(t, top{every: 10 * time.Millisecond, output: output}, env, &out)
		word := map[string]string{"table": "DESTINATION", "json": `"items"`}[output]
		testkit.Eventually(t, patience, "it looks again and again", func() bool { return strings.Count(out.String(), word) >= 3 })
		if err := end(); err != nil {
			t.Error(err)
		}
		if got := out.String(); strings.Contains(got, "\x1b") || output == "table" && !strings.Contains(got, "no answer since ") {
			t.Errorf("%s", got)
		}
		if output == "json" {
			for l := range strings.Lines(out.String()) {
				if !json.Valid([]byte(l)) {
					t.Errorf("no JSON: %s", l)
				}
			}
		}
	}
}

// TestTopOnATerminal: each look takes the place of the one before, fits, and of what
// others wrote nothing moves the cursor.
func TestTopOnATerminal(t *testing.T) {
	t.Parallel()
	keys, tty := newTerminal(t)
	if err := unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 5, Col: 61}); err != nil {
		t.Fatal(err)
	}
	var shown lockedBuffer
	go func() { _, _ = io.Copy(&shown, keys) }()
	env := answering(t, func(n int64) (string, bool) { return someLoads, n < 3 })
	end := live(t, top{every: 10 * time.Millisecond, output: "table"}, env, visibleWriter{tty})
	testkit.Eventually(t, patience, "it is shown three times", func() bool { return strings.Count(shown.String(), "\x1b[J") >= 3 })
	if err := end(); err != nil {
		t.Error(err)
	}
	looks := strings.Split(shown.String(), "\x1b[J")
	for i, l := range looks[:3] {
		lines := strings.Split(strings.ReplaceAll(strings.TrimPrefix(l, "\x1b[H"), "\x1b[K", ""), "\r\n") // as the terminal makes it
		if len(lines) != 5 || !strings.HasPrefix(l, "\x1b[H") || lines[4] != "and 3 more" || !strings.HasPrefix(lines[2], "ids-1 (acc-1:Gigab…    1.92G  192%") {
			t.Errorf("look %d: %q", i, lines)
		}
		for _, line := range lines {
			if strings.Contains(line, "\x1b") || utf8.RuneCountInString(line) > 60 {
				t.Errorf("look %d: %q", i, line)
			}
		}
	}
	if !strings.Contains(looks[2], "no answer") {
		t.Errorf("it does not say that nothing answers: %q", looks[2])
	}
}
