package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
)

// newGate is a gate over a store, and makes another over the same.
func newGate(t *testing.T) (*Logins, func() *Logins) {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	start := func() *Logins {
		return NewLogins(db, slog.New(slog.DiscardHandler))
	}
	return start(), start
}

var campus = mirror.Login{Profile: "campus", Stamp: "1"}

var errRefused = fmt.Errorf("%w: no", mirror.ErrLoginRefused)

// try logs in with an outcome; the error is the gate's.
func try(t *testing.T, g *Logins, l mirror.Login, server string, outcome error) error {
	t.Helper()
	leave, err := g.Enter(t.Context(), l, server)
	if err == nil {
		leave(outcome)
	}
	return err
}

// steps are logins in turn: "a+" is accepted at a, "a-" refused, "a?" without a
// verdict, "a!" must not be tried.
func steps(t *testing.T, g *Logins, l mirror.Login, all string) {
	t.Helper()
	for _, s := range strings.Fields(all) {
		outcome := map[byte]error{'+': nil, '-': errRefused, '?': mirror.ErrTimeout, '!': nil}[s[1]]
		err := try(t, g, l, s[:1], outcome)
		if held := errors.Is(err, mirror.ErrCredentials); held != (s[1] == '!') || err != nil && !held {
			t.Errorf("%s in %q: %v", s, all, err)
		}
	}
}

func TestRefusedLoginsPause(t *testing.T) {
	for name, all := range map[string]string{
		"the server that refuses twice":                    "a- a- a! a!",
		"accepted in between":                              "a- a+ a- a+ a- a- a!",
		"no verdict counts for nothing":                    "a- a? a? a- a! a!",
		"two servers pause all":                            "a- b- a! b! c!",
		"one server does not pause all":                    "a- a- a! c+ c+",
		"somebody accepts in between":                      "a- c+ b- c+ b- b! c+",
		"accepted just before: two are odd, three are all": "c+ a- b- d- c! e!",
		"accepted just before, and after":                  "c+ a- b- c+ d- e- c+ f+",
	} {
		t.Run(name, func(t *testing.T) {
			g, start := newGate(t)
			steps(t, g, campus, all)
			if last := strings.Fields(all); strings.HasSuffix(last[len(last)-1], "!") { // a restart forgets nothing
				steps(t, start(), campus, last[len(last)-1])
			}
		})
	}
}

func TestAPauseEndsWithTheProfileOrByRelease(t *testing.T) {
	g, _ := newGate(t)
	steps(t, g, campus, "a- b- a! c!")
	changed := campus
	changed.Stamp = "2"
	steps(t, g, changed, "a+ b- b- b!")
	other := mirror.Login{Profile: "core", Stamp: "1"}
	steps(t, g, other, "a+ b+")
	steps(t, g, campus, "a!") // the old content came back
	if err := g.store.Update(t.Context(), func(tx mirror.Tx) error { return tx.DeleteLoginRefusals("campus") }); err != nil {
		t.Fatal(err)
	}
	steps(t, g, campus, "a+ b+ c+")
	steps(t, g, mirror.Login{}, "a+ a+")
}

func TestAPauseSaysWhyAndWhatToDo(t *testing.T) {
	g, _ := newGate(t)
	steps(t, g, campus, "a- a-")
	err := try(t, g, campus, "a", nil)
	var why *mirror.CredentialsError
	if !errors.As(err, &why) || why.Reason != "CredentialsPaused" || why.Server != "a" {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{`"campus"`, "2 logins were refused", "netmirror credentials release campus"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	steps(t, g, campus, "b-")
	if err := try(t, g, campus, "c", nil); err == nil || !strings.Contains(err.Error(), "a and b refused it within") {
		t.Errorf("%v", err)
	}
	var events []mirror.Event
	if err := g.store.View(t.Context(), func(tx mirror.Tx) (err error) { events, err = tx.Events(0, 0); return err }); err != nil {
		t.Fatal(err)
	}
	if len(events) != 2 || events[0].Type != "CredentialsPaused" || events[1].Type != "CredentialsPaused" {
		t.Errorf("events %+v", events)
	}
}

// A refusal longer ago says nothing of the profile now.
func TestRefusalsOfLongAgoDoNotPauseTheProfile(t *testing.T) {
	g, _ := newGate(t)
	err := g.store.Update(t.Context(), func(tx mirror.Tx) error {
		return tx.PutLoginRefusal(mirror.LoginRefusal{Profile: "campus", Server: "a", Stamp: "1", Count: 1, Last: time.Now().Add(-refusalWindow - time.Second)})
	})
	if err != nil {
		t.Fatal(err)
	}
	steps(t, g, campus, "b- c- d!")
}

// When a controller starts with a stale password, all devices are dialled at
// once; no more than a few may see it.
func TestAStalePasswordIsShownToFewAtOnce(t *testing.T) {
	g, _ := newGate(t)
	const servers = 40
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var mu sync.Mutex
	shown, under, most := 0, 0, 0
	var all sync.WaitGroup
	for i := range servers {
		all.Go(func() {
			leave, err := g.Enter(ctx, campus, fmt.Sprint("sw", i))
			if err != nil {
				if !errors.Is(err, mirror.ErrCredentials) {
					t.Error(err)
				}
				return
			}
			mu.Lock()
			shown++
			under++
			most = max(most, under)
			mu.Unlock()
			leave(errRefused)
			leave(nil) // the first call counts
			mu.Lock()
			under--
			mu.Unlock()
		})
	}
	all.Wait()
	if shown != maxRefusing {
		t.Errorf("%d of %d servers saw a stale password", shown, servers)
	}
}

// With a store that cannot be written, a refusal counts all the same.
func TestARefusalThatCannotBeStoredPauses(t *testing.T) {
	g, _ := newGate(t)
	steps(t, g, campus, "a+")
	g.store = full{g.store}
	steps(t, g, campus, "a- a! b!")
}

// full is a store on a full disk.
type full struct{ mirror.Store }

func (full) Update(context.Context, func(mirror.Tx) error) error { return errors.New("disk full") }

// A login that hangs makes room, and an accepted profile has no limit.
func TestAHangingLoginAndAProvenProfileStopNobody(t *testing.T) {
	g, _ := newGate(t)
	enter := func(ctx context.Context, server string) (func(error), error) { return g.Enter(ctx, campus, server) }
	first, err := enter(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enter(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := enter(ended, "c"); !errors.Is(err, context.Canceled) {
		t.Errorf("a third at once: %v", err)
	}
	waited := make(chan error, 1)
	go func() { _, err := enter(t.Context(), "d"); waited <- err }()
	first(nil)
	if err := <-waited; err != nil {
		t.Error(err)
	}
	for i := range 20 {
		if _, err := enter(ended, fmt.Sprint("e", i)); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("proven: %v", err)
		}
		if _, err := enter(t.Context(), fmt.Sprint("f", i)); err != nil {
			t.Errorf("proven: %v", err)
		}
	}
}
