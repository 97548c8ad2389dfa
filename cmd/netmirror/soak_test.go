package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
)

// soaker adds what goes wrong to a fleet. Each act is drawn from the fleet's
// seed; what depends on timing (which line a crash hits) is not replayed.
type soaker struct {
	*fleet
	acts     int
	stranger *lab.Switch // has a session 40 of another hand, which may have been adopted or not
	stays    bool        // that session was let go of, if the request was taken, and must be there
	gone     map[*lab.Switch]bool
}

func (s *soaker) sw() *lab.Switch { return s.switches[s.rnd.IntN(len(s.switches))] }

// any is a switch of any platform; those with fewer switches are drawn more often.
func (s *soaker) any() *lab.Switch {
	if s.rnd.IntN(4) == 0 {
		return s.leaf()
	}
	return s.sw()
}

// intents writes sessions, through refusals and faults.
func (s *soaker) intents() {
	for range 1 + s.rnd.IntN(3) {
		s.write(fmt.Sprintf("s%d", s.rnd.IntN(10)))
	}
}

// toggle disables and enables a session; nothing is known of it in between.
func (s *soaker) toggle() {
	name := fmt.Sprintf("s%d", s.rnd.IntN(10))
	w := s.wanted[name]
	if len(w.possible) != 1 || w.possible[0] == "" {
		return
	}
	for _, verb := range []string{"disable", "enable"} {
		a, err := s.try("POST", "/sessions/"+name+":"+verb, "")
		s.note("%s %s: %v %v", verb, name, a.status, err)
	}
}

func (s *soaker) fault() {
	sw := s.any()
	faults := leafFaults(s.rnd)
	if slices.Contains(s.switches, sw) {
		faults = catalystFaults(s.rnd)
	}
	f := faults[s.rnd.IntN(len(faults))]
	if err := sw.SetFaults(f); err != nil {
		s.t.Fatal(err)
	}
	sw.SetTiming(lab.Timing{Latency: lab.Duration(time.Duration(s.rnd.IntN(5)) * time.Millisecond), ThinkTime: lab.Duration(time.Duration(s.rnd.IntN(5)) * time.Millisecond)})
	s.note("fault on %s: %+v", sw.Name(), f)
}

func catalystFaults(rnd *rand.Rand) []lab.Faults {
	return append(commonFaults(rnd), []lab.Faults{
		{Refuse: []lab.Refusal{{Line: "destination interface", Answer: "% Not today", Times: 1 + rnd.IntN(2)}}},
		{Refuse: []lab.Refusal{{Line: "allowed vlan", Answer: "% Not today", Times: 1}}},
		{Refuse: []lab.Refusal{{Line: "^vlan|remote-span", Answer: "% Not today", Times: 1}}},
		{Replace: []lab.Replacement{{Command: "show monitor session", Output: "Sitzung 66: lokal"}}},
	}...)
}

// commonFaults are those of a switch of any platform.
func commonFaults(rnd *rand.Rand) []lab.Faults {
	return []lab.Faults{
		{DropAtConfigLine: 1 + rnd.IntN(6)}, {DropAfterConfigLine: 1 + rnd.IntN(6)},
		{DropAfterBytes: 40 + rnd.IntN(300)}, {WrongPassword: true}, {ConsoleLog: true}, {NotProgrammed: true},
		{Noise: []lab.Noise{{Command: "show monitor", Line: "rack 12#", After: rnd.IntN(4)}}},
	}
}

func (s *soaker) drop() {
	sw := s.any()
	s.note("connections of %s drop", sw.Name())
	sw.DropConnections()
}

// leave restarts some switches that are not back before the round ends, and
// writes meanwhile.
func (s *soaker) leave() {
	for range 1 + s.rnd.IntN(5) {
		sw := s.any()
		s.note("%s is away", sw.Name())
		leave(sw)
		s.gone[sw] = true
	}
	s.intents()
}

func (s *soaker) reload() {
	sw := s.any()
	s.note("%s reloads", sw.Name())
	sw.Reload()
}

// manual is another engineer: at our sessions, at our footings, and at their own.
func (s *soaker) manual() {
	sw := s.sw()
	acts := [][]string{
		{"no monitor session 66"}, {"no monitor session 65"},
		{"no monitor session 66 source interface Gi1/0/2"}, {typed},
		{"no vlan 903"}, {"vlan 905", "no remote-span"},
	}
	if sw.Name() == "acc-0" {
		acts = append(acts, []string{"interface GigabitEthernet1/0/23", "switchport trunk allowed vlan remove 901-905"})
	}
	// A session at a number of ours makes it somebody else's or adds to it; only
	// what is there already is damaged.
	act := acts[s.rnd.IntN(len(acts))]
	if strings.HasPrefix(act[0], "monitor session 66") && !strings.Contains(sw.RunningConfig(), "monitor session 66 destination interface") ||
		strings.HasPrefix(act[0], "vlan 905") && !strings.Contains(sw.RunningConfig(), "vlan 905\n") {
		return
	}
	s.note("by hand on %s: %q", sw.Name(), act)
	sw.Exec(append(append([]string{"configure terminal"}, act...), "end")...)
}

func (s *soaker) manualOVS() {
	names := slices.DeleteFunc(s.ovs.mirrors(), func(n string) bool { return n == "theirs" })
	if len(names) == 0 {
		return
	}
	acts := [][]string{{"clear", "Mirror", names[0], "select_src_port"}, {"set", "Mirror", names[0], "snaplen=64"},
		{"--", "--id=@m", "get", "Mirror", names[0], "--", "remove", "Bridge", s.ovs.bridge, "mirrors", "@m"}}
	act := acts[s.rnd.IntN(len(acts))]
	s.note("by hand on ovs: %q", act)
	_, _ = s.ovs.lab.Vsctl(s.t.Context(), act...) // it may be gone meanwhile
}

func (s *soaker) crash() {
	s.note("kill -9")
	s.kill()
	s.startWith()
}

func (s *soaker) restart() {
	s.note("stop and start")
	s.stop()
	s.startWith()
}

// adopt has another engineer's session taken over, or gives the last one up.
func (s *soaker) adopt() {
	const name = "a0"
	if w := s.wanted[name]; len(w.possible) > 1 || len(w.possible) == 1 && w.possible[0] != "" {
		possible, query := append(slices.Clone(w.possible), ""), ""
		if s.rnd.IntN(2) == 0 && len(w.possible) == 1 {
			query = "?deletePolicy=orphan" // it stays on the switch, and is nobody's
			s.stranger = s.switches[slices.IndexFunc(s.switches, func(sw *lab.Switch) bool { return strings.Contains(w.possible[0], strconv.Quote(sw.Name())) })]
			s.stays = true
		}
		a, err := s.try("DELETE", "/sessions/"+name+query, "")
		s.note("DELETE %s%s: %v %v", name, query, a.status, err)
		if err == nil && (a.status < 300 || a.status == 404) {
			possible = []string{""}
		}
		s.wanted[name] = wish{possible}
		return
	}
	sw := s.sw()
	if s.stranger != nil || strings.Contains(sw.RunningConfig(), "monitor session 40 ") {
		return
	}
	s.stranger = sw
	sw.Exec("configure terminal", "monitor session 40 source interface Gi1/0/9 rx", "monitor session 40 destination interface Gi1/0/46", "end", "write memory")
	a, err := s.try("POST", "/sessions/"+name+":adopt", fmt.Sprintf(`{"device":%q,"nativeId":"40"}`, sw.Name()))
	s.note("adopt session 40 of %s: %v %v", sw.Name(), a.status, err)
	body := fmt.Sprintf(`{"kind":"span","tags":"strip","sources":[{"device":%[1]q,"interface":"GigabitEthernet1/0/9","direction":"rx"}],"destinations":[{"device":%[1]q,"interface":"GigabitEthernet1/0/46"}]}`, sw.Name())
	switch {
	case err != nil:
		s.wanted[name] = wish{[]string{"", body}}
	case a.status < 300:
		s.wanted[name], s.stranger = wish{[]string{body}}, nil
	}
}

// typed is what a hand adds to a session of ours. When that session goes at the
// same moment, the line stays: it is the hand's own, and never in an intent.
const typed = "monitor session 66 source interface Gi1/0/9 rx"

// strange takes away what was not adopted after all, and what a hand typed at a
// number that came free meanwhile, so that everything at our numbers is ours
// again. An adopted session must still be the one that it was.
func (s *soaker) strange(what string) {
	adopted := ""
	if w := s.wanted["a0"]; len(w.possible) == 1 {
		adopted = w.possible[0]
	}
	if s.stays && adopted == "" && !strings.Contains(s.stranger.RunningConfig(), "monitor session 40 source interface Gi1/0/9 rx") {
		s.fail("%s: session 40, which was let go of, is gone from %s:\n%s", what, s.stranger.Name(), s.stranger.RunningConfig())
	}
	s.stays = false
	if s.stranger != nil && adopted == "" {
		s.stranger.Exec("configure terminal", "no monitor session 40", "end", "write memory")
	}
	s.stranger = nil
	s.strangeOnLeaves()
	for _, sw := range s.switches {
		if config := sw.RunningConfig(); strings.Contains(config, typed) && strings.Count(config, "\nmonitor session 66 ") == 1 {
			s.note("the hand takes its line on %s away: %q", sw.Name(), typed)
			sw.Exec("configure terminal", "no "+typed, "end", "write memory")
		}
		if strings.Contains(adopted, strconv.Quote(sw.Name())) && !strings.Contains(sw.RunningConfig(), "monitor session 40 source interface Gi1/0/9 rx") {
			s.fail("%s: the adopted session 40 of %s is not what it was:\n%s", what, sw.Name(), sw.RunningConfig())
		}
	}
}

// quiet takes the faults away and waits until everything is as it was asked for.
func (s *soaker) quiet(what string) {
	s.leavesQuiet()
	for _, sw := range s.all() {
		if err := sw.SetFaults(lab.Faults{}); err != nil {
			s.t.Fatal(err)
		}
		sw.SetTiming(lab.Timing{})
		if s.gone[sw] {
			comeBack(sw)
		}
	}
	clear(s.gone)
	// Wrong passwords may have paused the profile. When they have not there is nothing
	// to release, and that is no fault.
	if out, err := s.cli("", "credentials", "release", "campus", "--data", s.data); err != nil {
		s.note("release: %v %s", err, out)
	}
	s.sync()
	// A rollout that was refused for good is asked for again, as its user would.
	for name, w := range s.wanted {
		for _, body := range w.possible {
			// So is one that was disabled and could not be enabled again, whose rollout may
			// still be under way.
			v := s.session(name)
			off := v.Spec.Enabled != nil && !*v.Spec.Enabled
			if body == "" || !off && !slices.Contains([]string{"Failed", "Degraded", "Suspended", "Unknown"}, v.Status.Phase) {
				continue
			}
			a, err := s.try("PUT", "/sessions/"+name, body)
			if err == nil && a.status < 300 {
				s.wanted[name] = wish{[]string{body}}
				break
			}
			// What was queued is refused when its switch is back, when it does not fit
			// beside what was made before it: it is taken back.
			if err != nil || a.status != 409 && a.status != 422 || !strings.Contains(body, `"queue"`) {
				continue
			}
			s.note("%s was queued and does not fit: %s", name, a)
			if a, err := s.try("DELETE", "/sessions/"+name, "", "Prefer", "wait=30"); err == nil && (a.status < 300 || a.status == 404) {
				s.wanted[name] = wish{[]string{""}}
				break
			}
		}
	}
	s.sync()
	s.settles(what)
	s.sync()
	s.settles(what)
	s.strange(what)
	s.sync()
	s.invariants(what)
}

// TestSoak drives intents, faults, changes by hand, reloads and crashes at random
// over ten simulated Catalysts, two simulated Arista switches, pushed to by lines that
// stand and by commits that are confirmed, and a real Open vSwitch, and checks after each
// quiet period that every acknowledged intent holds, that nothing is doubled or
// left over, and that everything foreign is as it was. `make soak` takes
// MINUTES and SEED.
func TestSoak(t *testing.T) {
	seconds, seed := envInt("SOAK_SECONDS", 20), uint64(envInt("SOAK_SEED", 1))
	defer func() {
		if t.Failed() {
			fmt.Fprintf(os.Stdout, "again: make soak SEED=%d MINUTES=%d\n", seed, (seconds+59)/60)
		}
	}()
	s := &soaker{fleet: newWideFleet(t, 10, []string{byLines, byCommits}, true, seed, "--resync", "2s"), gone: map[*lab.Switch]bool{}}
	s.queues = true
	acts := []struct {
		weight int
		do     func()
	}{{10, s.intents}, {3, s.fault}, {2, s.drop}, {1, s.reload}, {1, s.leave}, {3, s.manual}, {1, s.manualOVS}, {1, s.manualLeaf}, {1, s.occupy}, {1, s.toggle}, {1, s.adopt}, {1, s.crash}, {1, s.restart}}
	total := 0
	for _, a := range acts {
		total += a.weight
	}
	rounds, crashes := 0, 0
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end); rounds++ {
		for range 4 + s.rnd.IntN(8) {
			n := s.rnd.IntN(total)
			for i, a := range acts {
				if n -= a.weight; n < 0 {
					a.do()
					s.acts++
					if i >= len(acts)-2 {
						crashes++
					}
					break
				}
			}
		}
		s.quiet(fmt.Sprintf("seed %d, round %d", seed, rounds+1))
	}
	s.empty()
	s.hear()
	fmt.Printf("soaked for %d s: %d acts in %d rounds, %d crashes and restarts, %d intents queued for a switch that was away, %d pushes taken back; seed %d\n",
		seconds, s.acts, rounds, crashes, s.waited, s.backs, seed)
}
