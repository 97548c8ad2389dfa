package main

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// steps are the names that the engine gives to its failpoints, in the order in
// which a write passes them.
var steps = []string{"accepted", "goal-moved", "claimed", "pushed", "verified", "recorded"}

// TestKilledBetweenAnyTwoSteps kills the program by SIGKILL at each step of a
// create, a change and a delete, starts it again, and finds the intent held,
// nothing doubled, nothing foreign touched.
func TestKilledBetweenAnyTwoSteps(t *testing.T) {
	t.Parallel()
	s := newSite(t, "--resync", "1h")
	s.foreignMirror("theirs")
	before := s.dump()
	s.start()
	s.addDevice()
	s.kill()
	rounds := 0
	for _, step := range steps {
		for _, act := range []struct {
			name, method, body, sources string
		}{
			{"create", "PUT", body(s.tool, s.a.Port+" both"), "both"},
			{"change", "PUT", body(s.tool, s.a.Port+" rx"), "rx"},
			{"delete", "DELETE", "", ""},
		} {
			rounds++
			s.start("NETMIRROR_FAILPOINT=" + step)
			a, err := s.try(act.method, "/sessions/watch", act.body, "Prefer", "wait=30")
			s.died()
			s.start()
			what := fmt.Sprintf("%s killed after %q (answered %v %v)", act.name, step, a, err)
			s.converge(t, what, act.method, act.sources)
			s.kill()
		}
	}
	if after := s.dump(); after != before {
		t.Errorf("the database changed:\n%s", lineDiff(before, after))
	}
	t.Logf("%d crashes", rounds)
}

// converge: what was stored holds without anybody asking again.
func (s *site) converge(t testing.TB, what, method, direction string) {
	t.Helper()
	want := []string{"theirs"}
	if method == "DELETE" {
		testkit.Eventually(t, patience, what+": the session is gone", func() bool {
			a, err := s.try("GET", "/sessions/watch", "")
			return err == nil && a.status == 404
		})
	} else {
		s.reach("watch", "Active")
		want = append(want, "nm-")
	}
	got := s.mirrors()
	slices.SortFunc(got, func(a, b string) int { return strings.Compare(b, a) })
	if len(got) != len(want) || got[0] != "theirs" {
		t.Fatalf("%s: mirrors %v", what, got)
	}
	if method == "DELETE" {
		return
	}
	mark := got[1]
	rx := s.vsctl("get", "Mirror", mark, "select_src_port")
	tx := s.vsctl("get", "Mirror", mark, "select_dst_port")
	if rx == "[]" || (tx == "[]") != (direction == "rx") {
		t.Errorf("%s: rx %s tx %s", what, rx, tx)
	}
}

// TestKilledAtRandomMoments kills the program while sessions are made, changed
// and deleted, without choosing the moment.
func TestKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	s := newSite(t, "--resync", "1h")
	s.foreignMirror("theirs")
	before := s.dump()
	s.start()
	s.addDevice()
	names := []string{"one", "two", "three"}
	acknowledged := map[string]string{} // session -> direction, "" = deleted
	for round := range 12 {
		var acks atomic.Int64
		stop := make(chan struct{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				name := names[(i+round)%len(names)]
				dir := []string{"rx", "tx", "both"}[(i/len(names)+round)%3]
				if i%5 == 4 {
					if a, err := s.try("DELETE", "/sessions/"+name, ""); err == nil && a.status < 300 {
						acknowledged[name] = ""
						acks.Add(1)
					} else if err != nil {
						acknowledged[name] = "unknown"
					}
					continue
				}
				if a, err := s.try("PUT", "/sessions/"+name, body(s.tool, s.a.Port+" "+dir)); err == nil && a.status < 300 {
					acknowledged[name] = dir
					acks.Add(1)
				} else if err != nil {
					acknowledged[name] = "unknown" // killed before the answer
				}
			}
		}()
		writes := int64(2 + round%5)
		testkit.Eventually(t, patience, "writes are acknowledged", func() bool { return acks.Load() >= writes })
		s.kill()
		close(stop)
		<-done
		s.start()
		for _, name := range names {
			s.holds(t, fmt.Sprintf("round %d after %d writes", round, writes), name, acknowledged[name])
		}
	}
	for _, name := range names {
		if a, err := s.try("DELETE", "/sessions/"+name, "", "Prefer", "wait=30"); err != nil || a.status != 204 && a.status != 404 {
			t.Errorf("delete %s: %s %v", name, a, err)
		}
	}
	if after := s.dump(); after != before {
		t.Errorf("the database changed:\n%s", lineDiff(before, after))
	}
}

// holds: an acknowledged intent is there and reaches its devices; a deleted one
// is gone.
func (s *site) holds(t *testing.T, when, name, direction string) {
	t.Helper()
	testkit.Eventually(t, patience, when+": "+name+" settles as "+direction, func() bool {
		a, err := s.try("GET", "/sessions/"+name, "")
		if err != nil {
			return false
		}
		if a.status == 404 {
			return direction == "" || direction == "unknown"
		}
		var got struct {
			Spec struct {
				Sources []struct{ Direction string }
			}
			Status struct{ Phase string }
		}
		a.into(t, &got)
		right := direction == "unknown" || len(got.Spec.Sources) == 1 && got.Spec.Sources[0].Direction == direction
		return got.Status.Phase == "Active" && right
	})
	if n := len(s.mirrors()); n > 2 {
		t.Errorf("%s: mirrors %v", when, s.mirrors())
	}
}
