package main

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
)

// theirSession is what another hand types about the number of a session of ours.
var theirSession = []string{"monitor session 66 source interface Gi1/0/30 rx", "monitor session 66 source interface Gi1/0/31",
	"monitor session 66 filter vlan 120", "monitor session 66 destination interface Gi1/0/32"}

// A deed is what is asked of netmirror while the other hand types.
type deed struct {
	name         string
	before       string // the session's body
	method, path string // of the request, below /sessions/NAME
	after        string
	byNumber     bool // only the number can go
}

const (
	handsBody = `{"sources":[{"device":"DEV","interface":"Gi1/0/2"},{"device":"DEV","interface":"Gi1/0/3","direction":"rx"}],"destinations":[{"device":"DEV","interface":"Gi1/0/36"}]}`
	handsNext = `{"sources":[{"device":"DEV","interface":"Gi1/0/3"},{"device":"DEV","interface":"Gi1/0/4","direction":"tx"}],"destinations":[{"device":"DEV","interface":"Gi1/0/36"}]}`
	handsFar  = `{"kind":"erspan","sources":[{"device":"DEV","interface":"Gi1/0/2"}],"destinations":[{"ip":"192.0.2.ID"}],"erspan":{"id":101,"origin":"192.0.2.1"}}`
)

var deeds = []deed{
	{name: "delete", before: handsBody, method: "DELETE"},
	{name: "disable", before: handsBody, method: "POST", path: ":disable"},
	{name: "change", before: handsBody, method: "PUT", after: handsNext},
	{name: "delete by number", before: handsFar, method: "DELETE", byNumber: true},
}

// TestHands has another hand give the number of a session to something else at
// moments of its deletion, its disabling and its change. Afterwards theirs stands
// byte for byte, and nothing of ours is in it.
//
// Commands are all that happens to a switch, so a moment is a command that is about
// to be carried out; every second one is tried. NETMIRROR_HANDS=all (make hands) tries
// each, and every 50 ms at three thinking times, and tells how often a session that
// only its number can take away takes a stranger's with it.
func TestHands(t *testing.T) {
	t.Parallel()
	for i, a := range deeds {
		t.Run(a.name, func(t *testing.T) { atCommands(t, a, i%2) })
	}
	if os.Getenv("NETMIRROR_HANDS") != "all" {
		return
	}
	for _, a := range deeds {
		for _, thinking := range []time.Duration{0, 150 * time.Millisecond, 500 * time.Millisecond} {
			t.Run(fmt.Sprintf("%s, thinking %v", a.name, thinking), func(t *testing.T) { atEveryMoment(t, a, thinking) })
		}
	}
}

// hands is a controller over many switches with a session each.
type hands struct {
	*controller
	switches []*lab.Switch
}

func newHands(t *testing.T, n int, a deed) *hands {
	t.Helper()
	var spec lab.Spec
	for i := range n {
		spec.Fabric.Switches = append(spec.Fabric.Switches, lab.SwitchSpec{Name: fmt.Sprintf("acc-%d", i), Platform: "cisco_iosxe", Model: "C9300-48T",
			Credentials: []lab.CredentialSpec{{Username: "netmirror", Password: "demo", Privilege: 15}}})
	}
	l, err := lab.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	h := &hands{newController(t, "--resync", "1h"), l.Switches()}
	h.start("NM_PW=demo")
	h.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	h.each(func(i int, sw *lab.Switch) {
		host, port, err := net.SplitHostPort(sw.Addr())
		if err != nil {
			t.Error(err)
			return
		}
		h.ask(t, "PUT", "/devices/"+sw.Name(), fmt.Sprintf(`{"platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":%q,"port":%s,"credentials":"campus"}}}`, host, port))
		h.ask(t, "PUT", "/sessions/"+sw.Name(), bodyFor(a.before, sw, i))
	})
	return h
}

// each does something with every switch, some at a time.
func (h *hands) each(do func(i int, sw *lab.Switch)) {
	var wait sync.WaitGroup
	room := make(chan struct{}, 24)
	for i, sw := range h.switches {
		room <- struct{}{}
		wait.Go(func() {
			defer func() { <-room }()
			do(i, sw)
		})
	}
	wait.Wait()
}

// ask makes a request and waits for its end.
func (h *hands) ask(t *testing.T, method, path, body string) {
	t.Helper()
	a, err := h.try(method, path, body, "Prefer", "wait=60")
	if err != nil || a.status >= 300 {
		t.Errorf("%s %s: %v %s", method, path, err, a)
	}
}

func bodyFor(text string, sw *lab.Switch, i int) string {
	return strings.NewReplacer("DEV", sw.Name(), "ID", fmt.Sprint(10+i)).Replace(text)
}

func (h *hands) act(t *testing.T, a deed, sw *lab.Switch) {
	h.ask(t, a.method, "/sessions/"+sw.Name()+a.path, bodyFor(a.after, sw, 0))
}

// typing is what the other hand does on a switch: it takes the number away from us,
// or types into it, which is no theft when the session is changed.
func typing(sw *lab.Switch, i int, a deed) {
	lines := []string{"configure terminal"}
	if i%2 == 0 || a.after != "" || a.byNumber {
		lines = append(lines, "no monitor session 66")
	}
	sw.Exec(append(append(lines, theirSession...), "end")...)
}

// stands reports whether theirs is there byte for byte, and nothing of ours that
// should be gone is.
func stands(sw *lab.Switch, a deed) (whole bool, is string) {
	var lines []string
	for line := range strings.Lines(sw.RunningConfig()) {
		if strings.HasPrefix(line, "monitor session 66 ") || a.after == "" && strings.HasPrefix(line, "monitor session ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	slices.Sort(lines)
	want := slices.Clone(theirSession)
	slices.Sort(want)
	return slices.Equal(lines, want), strings.Join(lines, "\n")
}

// commands counts those of an act that nobody disturbs.
func commands(t *testing.T, a deed) (n int, lasted time.Duration) {
	h := newHands(t, 1, a)
	var count atomic.Int64
	h.switches[0].OnCommand(func(n int) { count.Store(int64(n)) })
	start := time.Now()
	h.act(t, a, h.switches[0])
	return int(count.Load()), time.Since(start)
}

// atCommands steals before every second command, the first or the second to begin with,
// or before each.
func atCommands(t *testing.T, a deed, skip int) {
	n, _ := commands(t, a)
	if n < 4 {
		t.Fatalf("%d commands", n)
	}
	var at []int
	for i := 1; i <= n; i++ {
		if os.Getenv("NETMIRROR_HANDS") == "all" || i%2 != skip {
			at = append(at, i)
		}
	}
	h := newHands(t, len(at), a)
	h.stole(t, a, func(i int, sw *lab.Switch, now func()) {
		sw.OnCommand(func(n int) {
			if n == at[i] {
				now()
			}
		})
		h.act(t, a, sw)
		sw.OnCommand(nil)
	})
	events, err := h.try("GET", "/events?limit=500", "")
	if err != nil || !strings.Contains(events.String(), `"NumberTaken"`) && !a.byNumber {
		t.Errorf("nobody is told that a number was taken: %v", err)
	}
}

func atEveryMoment(t *testing.T, a deed, thinking time.Duration) {
	n, lasted := commands(t, a)
	lasted += time.Duration(n) * thinking
	const step = 50 * time.Millisecond
	h := newHands(t, max(int(lasted/step), 8), a)
	h.stole(t, a, func(i int, sw *lab.Switch, now func()) {
		sw.SetTiming(lab.Timing{ThinkTime: lab.Duration(thinking)})
		done := make(chan struct{})
		timer := time.AfterFunc(time.Duration(i)*step, func() { now(); close(done) })
		h.act(t, a, sw)
		if !timer.Stop() {
			<-done
		}
	})
}

// stole lets every switch be stolen from and judges what is there afterwards.
func (h *hands) stole(t *testing.T, a deed, during func(i int, sw *lab.Switch, now func())) {
	var tried, destroyed atomic.Int64
	h.each(func(i int, sw *lab.Switch) {
		var once sync.Once
		typed := false
		during(i, sw, func() { once.Do(func() { typed = true; typing(sw, i, a) }) })
		if !typed {
			return // it was over before
		}
		tried.Add(1)
		if whole, is := stands(sw, a); !whole {
			destroyed.Add(1)
			if !a.byNumber {
				t.Errorf("moment %d: session 66 is now\n%s", i, is)
			}
		}
	})
	t.Logf("%d moments, a stranger's session damaged at %d", tried.Load(), destroyed.Load())
	if tried.Load() == 0 || a.byNumber && destroyed.Load() == tried.Load() {
		t.Errorf("of %d moments %d damaged a stranger's session", tried.Load(), destroyed.Load())
	}
}
