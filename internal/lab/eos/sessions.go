package eos

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A candidate is a named configuration session: a copy of the configuration,
// taken when it was opened.
type candidate = plant.Candidate[*config]

// A lock keeps everybody else from configuring.
type lock struct {
	user, tty, transaction string
	at                     time.Time
}

// expiryLag is how late a timer fires (fact sheet on transactions: running
// reverts at about 126 s of 120).
const expiryLag = 6 * time.Second

// keeping is how configurations are kept: without merge a commit replaces the
// whole of it, and one session that is over stays listed.
func (d *device) keeping() plant.Keeping[*config] {
	return plant.Keeping[*config]{Clone: (*config).clone, Text: (*config).text, Load: d.load, InForce: d.publish, Saved: d.sw.Saved, Clock: d.sw.Clock(), Lag: expiryLag,
		Expired: func(w *plant.Wait[*config]) {
			d.log("3-CONFIG_SESSION_COMMIT_TIMER_TIMEDOUT", "Commit timer of session %s has expired.The system configuration will be rolled back.", w.Name)
		},
		MaxPending: func() int { return cmdline.Atoi(d.Running.Value("service configuration session max pending"), 5) },
		Merge:      merge, Merges: d.merges, Done: 1}
}

func (d *device) merges() bool { return d.Running.Has("service configuration session commit merge") }

func sessionCommands(g *grammar) {
	g.Add("commit [timer <t:clock>]", unlessHeld(func(c *cli, a *args) reply { return c.commit(c.cand, a) }))
	g.Add("no commit timer", quiet(func(c *cli, _ *args) {
		if c.d.Waits(c.cand) {
			_ = c.d.Confirm(c.user) // it waits
		}
	}))
	g.Add("rollback clean-config", quiet(func(c *cli, _ *args) {
		*c.cand.Work = *newConfig()
		c.cand.Work.Ensure("hostname " + c.d.hostname())
	}))
	g.Add("show session-config [diffs]", shows(func(c *cli, a *args) (string, object) { return c.d.sessionText(c.cand, a), nil }))
}

func configureCommands(g *grammar) {
	g.Add("configure [terminal]", unlessHeld(quiet(func(c *cli, _ *args) { c.leave(); c.mode = modeConfig })))
	g.Add("configure session [<name:word>]", unlessHeld(enterSession))
	named := func(act func(c *cli, s *candidate, a *args) reply) run {
		return func(c *cli, a *args) reply {
			if s := c.d.Candidate(a.Str("name")); s != nil {
				return act(c, s, a)
			}
			return notRecorded("there is no session %s", a.Str("name"))
		}
	}
	g.Add("configure session <name:word> commit [timer <t:clock>]", unlessHeld(named((*cli).commit)))
	g.Add("configure session <name:word> abort", named(func(c *cli, s *candidate, _ *args) reply { return c.abort(s) }))
	g.Add("show session-config named <name:word> [diffs]", named(func(c *cli, s *candidate, a *args) reply { return say(c.d.sessionText(s, a)) }))
	g.Add("configure lock [transaction <tx:word>] [<reason:line>]", unlessHeld(quiet(func(c *cli, a *args) { c.d.lock = &lock{c.user, c.tty, a.Str("tx"), time.Now()} })))
	g.Add("configure unlock [{force | transaction <tx:word>}]", func(c *cli, a *args) reply {
		switch l := c.d.lock; {
		case l == nil:
			return notRecorded("the configuration is not locked")
		case !a.Has("force") && (l.transaction != a.Str("tx") || l.transaction == "" && l.tty != c.tty):
			return notRecorded("the configuration is locked by %s on %s", l.user, l.tty)
		}
		c.d.lock = nil
		return reply{}
	})
}

// unlessHeld refuses whoever does not hold the lock. What a lock keeps off is
// not known in detail; here it is every way into the configuration, and a
// commit.
func unlessHeld(do run) run {
	return func(c *cli, a *args) reply {
		if l := c.d.lock; l != nil && l.tty != c.tty {
			return notRecorded("the configuration is locked by %s on %s", l.user, l.tty)
		}
		return do(c, a)
	}
}

// refused words what a Store refuses. Ansible knows the words of a full one,
// and that "% Cannot commit" begins others.
func refused(s string, err error) reply {
	switch {
	case errors.Is(err, plant.ErrFull):
		return say("% Maximum number of pending sessions has been reached\n")
	case errors.Is(err, plant.ErrWaits), errors.Is(err, plant.ErrConflict):
		return say("% Cannot commit session " + s + ": " + err.Error() + " (simulation: the device's words are not recorded)\n")
	case err != nil: // a name must not be used twice
		return notRecorded("session %s: %v", s, err)
	}
	return reply{}
}

// enterSession opens a session or goes back into one.
func enterSession(c *cli, a *args) reply {
	name := a.Str("name")
	if name == "" {
		c.d.unnamed++
		name = fmt.Sprintf("sess-%d--%d-0", c.pid, c.d.unnamed)
	}
	s, err := c.d.Edit(name, "")
	if err != nil {
		return refused(name, err)
	}
	c.leave()
	c.mode, c.cand, s.Holder = modeConfig, s, c.holder()
	return reply{}
}

// commit puts a session in force, or confirms the one that waits.
func (c *cli) commit(s *candidate, a *args) reply {
	d, window, waited := c.d, clock(a.Str("t")), c.d.Waits(s)
	if c.cand == s {
		c.toConfig() // an access list that is being edited counts
	}
	if err := d.Commit(s, c.user, window); err != nil {
		return refused(s.Name, err)
	}
	if !waited {
		d.log("5-CONFIG_SESSION_COMMIT_SUCCESS", "User %s committed session %s successfully on %s (%s)", c.user, s.Name, c.tty, c.from)
	}
	if window > 0 {
		d.log("5-CONFIG_SESSION_COMMIT_TIMER_STARTED", "User %s committed session %s on %s (%s), with timer %d:%d:%d(hr:min:sec).", c.user, s.Name, c.tty, c.from,
			int(window.Hours()), int(window.Minutes())%60, int(window.Seconds())%60)
	}
	return c.out(s)
}

// out leaves a session that is over.
func (c *cli) out(s *candidate) reply {
	if c.cand == s {
		c.quit()
	}
	return reply{}
}

// abort drops a session; one that waits is taken back with all that anybody
// changed since. From 4.32 on its row stays.
func (c *cli) abort(s *candidate) reply {
	d, waited := c.d, c.d.Waits(s)
	if err := d.Abort(s, ""); err != nil {
		return refused(s.Name, err)
	}
	if waited {
		d.log("5-CONFIG_REPLACE_SUCCESS", "User %s replaced running configuration with file:/tmp/commitTimerCheckPointConfig.txt successfully on %s (%s)", c.user, c.tty, c.from)
		d.log("5-CONFIG_SESSION_COMMIT_TIMER_CANCELED", "Commit timer of session %s was canceled. The system configuration has been rolled back.", s.Name)
	}
	d.log("5-CONFIG_SESSION_ABORTED", "User %s aborted configuration session %s on %s (%s)", c.user, s.Name, c.tty, c.from)
	if !d.model.newSessions {
		d.Forget(s)
	}
	return c.out(s)
}

// sessionText is the would-be configuration of a session, or its difference
// from the one in force.
func (d *device) sessionText(s *candidate, a *args) string {
	if !a.Has("diffs") {
		return s.Work.text()
	}
	return cmdline.Unified("system:/running-config", "session:/"+s.Name+"-session-config", d.Running.text(), s.Work.text())
}

// showConfigurationSessions prints what waits, in the layout of before or of
// from 4.32 (fact sheet on transactions, 1.2).
func showConfigurationSessions(c *cli, _ *args) (string, object) {
	d, rows, most, expires := c.d, object{}, c.d.keeping().MaxPending(), epoch(time.Now().Add(c.d.Left()))
	data := object{"sessions": rows, "maxSavedSessions": 1, "maxOpenSessions": most, "mergeOnCommit": d.merges(), "saveToStartupConfigOnCommit": false}
	text, t := fmt.Sprintf("Maximum number of completed sessions: 1\nMaximum number of pending sessions: %d\n", most), cmdline.Columns{Format: "%-2s%-24s %-24s %-10s %-14s %-9s %-22s"}
	t.WriteString("\n  Name                     State                    User       Terminal       PID       Commit Time Left    Description\n" +
		"  --------------------- ------------------------ ---------- -------------- --------- ---------------------- ---------------------------------------------\n")
	if d.model.newSessions {
		t = cmdline.Columns{Format: "%-2s%-16s %-9s %-5s %-8s %-19s %s"}
		t.WriteString("\n  Name             State     User  Terminal Completed Time      Committed By\n- ---------------- --------- ----- -------- ------------------- ------------\n")
		text += fmt.Sprintf("Merge on commit is %s\nAutosave to startup-config on commit is disabled\n", map[bool]string{true: "enabled", false: "disabled"}[d.merges()])
		if d.Waiting != nil {
			data["commitTimerSessionName"], data["commitTimerExpireTime"] = d.Waiting.Name, expires
			text += fmt.Sprintf("\nSession with pending commit timer: %s\nTime left until commit timer expiry: in %s\n", d.Waiting.Name, strings.TrimPrefix(time.Time{}.Add(d.Left()).Format(time.TimeOnly), "0"))
		}
	}
	for _, s := range d.Candidates() {
		entry, mark, state := object{"commitUser": s.DoneBy, "description": "", "instances": object{}}, map[bool]string{true: "*"}[s == c.cand], string(s.State)
		who := append(strings.Fields(s.Holder), "", "", "")
		if s.Holder != "" {
			entry["instances"] = object{who[2]: object{"user": who[0], "terminal": who[1], "currentTerminal": s == c.cand}}
		}
		done := ""
		if !s.DoneAt.IsZero() {
			entry["completedTime"], done = epoch(s.DoneAt), s.DoneAt.UTC().Format(time.DateTime)
		}
		switch {
		case d.model.newSessions:
			t.Row(mark, s.Name, state, who[0], who[1], done, s.DoneBy)
		case d.Waits(s):
			state, entry["commitBy"] = "pendingCommitTimer", expires
			t.Row(mark, s.Name, state, "", "", "", fmt.Sprintf("%dm%ds", int(d.Left().Minutes()), int(d.Left().Seconds())%60))
		default:
			state = strings.Replace(state, string(plant.Committed), "completed", 1)
			t.Row(mark, s.Name, state, who[0], who[1], who[2], "")
		}
		entry["state"], rows[s.Name] = state, entry
	}
	return text + t.String(), data
}

func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// showConfigurationLock: the text is not recorded, nor what JSON says without
// a lock.
func showConfigurationLock(c *cli, _ *args) (string, object) {
	info := object{}
	if l := c.d.lock; l != nil {
		info = object{"username": l.user, "userTty": l.tty, "transactionName": l.transaction, "lockAcquireTime": epoch(l.at)}
	}
	return "", object{"userInfo": info}
}

// clock reads HH:MM:SS, which the grammar has checked; "" is 0.
func clock(text string) time.Duration {
	var h, m, s int
	fmt.Sscanf(text, "%d:%d:%d", &h, &m, &s)
	return time.Duration(h*3600+m*60+s) * time.Second
}
