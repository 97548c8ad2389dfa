package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Bounds of what is tried with credentials that servers refuse. Accounts are
// commonly locked after three to five refusals.
const (
	// maxRefused refused logins pause a server.
	maxRefused = 2
	// Two servers that refuse within refusalWindow pause the profile. It takes
	// three where somebody accepted it a short time before: two devices with
	// passwords of their own are no stale password.
	maxRefusing       = 2
	maxRefusingProven = 3
	refusalWindow     = 10 * time.Minute
	// maxUnproven logins are under way at one time with a profile that nobody
	// accepted lately, and one once it was refused: when the controller starts
	// with a stale password, it must not be refused by all devices at once. A
	// server that takes longer than unprovenTime makes room for another.
	maxUnproven  = 2
	unprovenTime = 5 * time.Second
)

// reasonPaused is the reason of an ErrCredentials while a pause lasts.
const reasonPaused = "CredentialsPaused"

// Logins is the gate that all logins pass. What servers refused is in the store,
// where it outlives a restart and where `netmirror credentials release` deletes
// it; whether a profile is good is known in memory.
type Logins struct {
	store mirror.Store
	log   *slog.Logger

	mu       sync.Mutex
	profiles map[string]*standing
}

// standing is how a profile does.
type standing struct {
	stamp    string
	accepted time.Time     // the last time
	doubted  bool          // refused since then
	unproven int           // logins under way that may be refused
	unstored time.Time     // when a refusal could not be stored: it must count all the same
	moved    chan struct{} // closed and replaced when one has ended
}

var _ mirror.LoginGate = (*Logins)(nil)

// NewLogins lets everybody in whom the store does not tell of.
func NewLogins(store mirror.Store, log *slog.Logger) *Logins {
	return &Logins{store: store, log: log, profiles: map[string]*standing{}}
}

// of finds the standing of a profile; g.mu is held. A changed profile begins anew.
func (g *Logins) of(l mirror.Login) *standing {
	st := g.profiles[l.Profile]
	if st == nil || st.stamp != l.Stamp {
		st = &standing{stamp: l.Stamp, moved: make(chan struct{})}
		g.profiles[l.Profile] = st
	}
	return st
}

// Enter waits until a login may be tried, or says why it may not.
func (g *Logins) Enter(ctx context.Context, l mirror.Login, server string) (func(error), error) {
	for {
		st, free, moved := g.begin(l)
		if free == nil {
			select {
			case <-moved:
				continue
			case <-ctx.Done():
				return nil, fmt.Errorf("other logins with credentials profile %q are not over: %w", l.Profile, ctx.Err())
			}
		}
		// Only now: whoever was before us has stored its refusal before it made
		// room.
		err := g.Paused(ctx, l, server)
		if err == nil {
			err = g.uncounted(l, st)
		}
		if err != nil {
			free()
			return nil, err
		}
		var once sync.Once
		return func(outcome error) {
			once.Do(func() { g.ended(context.WithoutCancel(ctx), l, server, st, outcome); free() })
		}, nil
	}
}

// begin takes a place among the logins under way. free gives it back; it is nil
// when there is none, and moved tells when to ask again.
func (g *Logins) begin(l mirror.Login) (st *standing, free func(), moved <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	st = g.of(l)
	most := maxUnproven
	if st.doubted {
		most = 1
	}
	switch {
	case !st.doubted && time.Since(st.accepted) < refusalWindow:
		return st, func() {}, nil
	case st.unproven >= most:
		return st, nil, st.moved
	}
	st.unproven++
	var once sync.Once
	give := func() {
		once.Do(func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			st.unproven--
			close(st.moved)
			st.moved = make(chan struct{})
		})
	}
	late := time.AfterFunc(unprovenTime, give)
	return st, func() { late.Stop(); give() }, nil
}

// Paused is an ErrCredentials when nothing may log in to a server with a
// profile as it is now. With the server "" only the profile as a whole counts.
func (g *Logins) Paused(ctx context.Context, l mirror.Login, server string) error {
	if l.Profile == "" {
		return nil
	}
	var rows []mirror.LoginRefusal
	err := g.store.View(ctx, func(tx mirror.Tx) (err error) {
		rows, err = tx.LoginRefusals(l.Profile)
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.Stamp == l.Stamp && !r.Paused.IsZero() && (r.Server == "" || r.Server == server) {
			return &mirror.CredentialsError{Profile: r.Profile, Reason: reasonPaused, Server: r.Server, Why: pauseText(r)}
		}
	}
	return nil
}

// closed is an ErrCredentials when nothing may log in to a target as its profiles
// are now, nor for a while after a refusal that could not be stored. server is
// where a login was held before, "" when it never was.
func (g *Logins) closed(ctx context.Context, t mirror.Target, server string) error {
	for _, l := range []mirror.Login{t.Jump, t.Login} {
		if err := g.Paused(ctx, l, server); err != nil {
			return err
		}
		if l.Profile == "" {
			continue
		}
		g.mu.Lock()
		st := g.of(l)
		g.mu.Unlock()
		if err := g.uncounted(l, st); err != nil {
			return err
		}
	}
	return nil
}

// noteShut notes whether a run ended because of a pause.
func (w *Worker) noteShut(err error) {
	var shut *string
	if own := (*mirror.CredentialsError)(nil); errors.As(err, &own) && own.Reason == reasonPaused {
		shut = &own.Server
	}
	w.mu.Lock()
	w.shut = shut
	w.mu.Unlock()
}

// stillPaused is the error of a run that would end as the last one did, because
// of a pause. Whoever asks again and again has his answer without a run.
func (w *Worker) stillPaused(ctx context.Context) error {
	w.mu.Lock()
	shut := w.shut
	w.mu.Unlock()
	if shut == nil {
		return nil
	}
	device, err := w.load(ctx)
	if err != nil {
		return err
	}
	target, err := w.s.Desk.Target(device)
	if err == nil {
		err = w.s.Logins.closed(ctx, target, *shut)
	}
	if own := (*mirror.CredentialsError)(nil); errors.As(err, &own) && own.Reason == reasonPaused {
		return fmt.Errorf("device %s: %w", w.name, err)
	}
	return nil // what else is wrong is found by a run
}

func pauseText(r mirror.LoginRefusal) string {
	where := ""
	if r.Server != "" {
		where = " to " + r.Server
	}
	return fmt.Sprintf("nothing logs in%s with it since %s: %s. Change it, or on the controller's host: netmirror credentials release %s",
		where, r.Paused.Format(time.RFC3339), r.Message, r.Profile)
}

// uncounted is an ErrCredentials for a while after a refusal that could not be
// stored: with a full disk, nobody would count.
func (g *Logins) uncounted(l mirror.Login, st *standing) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Since(st.unstored) > refusalWindow {
		return nil
	}
	return &mirror.CredentialsError{Profile: l.Profile, Reason: reasonPaused,
		Why: fmt.Sprintf("a refused login could not be stored; nothing logs in with it before %s", st.unstored.Add(refusalWindow).UTC().Format(time.RFC3339))}
}

// ended takes the outcome of a login.
func (g *Logins) ended(ctx context.Context, l mirror.Login, server string, st *standing, outcome error) {
	refused := errors.Is(outcome, mirror.ErrLoginRefused)
	if outcome != nil && !refused {
		return // no verdict
	}
	var err error
	if refused {
		err = g.refused(ctx, l, server, g.acceptedAt(st), outcome)
	} else {
		err = g.forgive(ctx, l.Profile, server)
	}
	if err != nil {
		g.log.Error("store", "profile", l.Profile, "err", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch st.doubted = refused; {
	case !refused:
		st.accepted = time.Now()
	case err != nil:
		st.unstored = time.Now()
	}
}

func (g *Logins) acceptedAt(st *standing) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return st.accepted
}

// forgive forgets what a server refused before it accepted.
func (g *Logins) forgive(ctx context.Context, profile, server string) error {
	var rows []mirror.LoginRefusal
	err := g.store.View(ctx, func(tx mirror.Tx) (err error) {
		rows, err = tx.LoginRefusals(profile)
		return err
	})
	if err != nil || !slices.ContainsFunc(rows, func(r mirror.LoginRefusal) bool { return r.Server == server }) {
		return err
	}
	return g.store.Update(ctx, func(tx mirror.Tx) error { return tx.DeleteLoginRefusal(profile, server) })
}

// refused counts a refusal and pauses what has to be paused.
func (g *Logins) refused(ctx context.Context, l mirror.Login, server string, accepted time.Time, outcome error) error {
	now := time.Now().UTC()
	return g.store.Update(ctx, func(tx mirror.Tx) error {
		rows, err := tx.LoginRefusals(l.Profile)
		if err != nil {
			return err
		}
		known := map[string]mirror.LoginRefusal{}
		for _, r := range rows {
			if r.Stamp == l.Stamp {
				known[r.Server] = r
			}
		}
		own := known[server]
		own.Profile, own.Server, own.Stamp, own.Last = l.Profile, server, l.Stamp, now
		own.Message = outcome.Error()
		if own.Count++; own.Count >= maxRefused && own.Paused.IsZero() {
			own.Paused = now
			own.Message = fmt.Sprintf("%d logins were refused (%s)", own.Count, own.Message)
			if err := mirror.TellOf(tx, "CredentialsPaused", mirror.ActorSystem, mirror.Object{Kind: mirror.ObjectCredentials, Name: l.Profile}, nil, "credentials profile %q: %s", l.Profile, pauseText(own)); err != nil {
				return err
			}
		}
		known[server] = own
		if err := tx.PutLoginRefusal(own); err != nil {
			return err
		}
		if _, already := known[""]; already {
			return nil
		}
		return pauseProfile(tx, l, known, accepted, now)
	})
}

// pauseProfile pauses a profile that several servers refuse and none accepts.
func pauseProfile(tx mirror.Tx, l mirror.Login, known map[string]mirror.LoginRefusal, accepted, now time.Time) error {
	maps.DeleteFunc(known, func(_ string, r mirror.LoginRefusal) bool {
		return now.Sub(r.Last) > refusalWindow || r.Last.Before(accepted)
	})
	need := maxRefusing
	if now.Sub(accepted) < refusalWindow {
		need = maxRefusingProven
	}
	if len(known) < need {
		return nil
	}
	all := mirror.LoginRefusal{Profile: l.Profile, Stamp: l.Stamp, Count: len(known), Last: now, Paused: now,
		Message: fmt.Sprintf("%s refused it within %v, and nobody accepted it", strings.Join(slices.Sorted(maps.Keys(known)), " and "), refusalWindow)}
	if err := mirror.TellOf(tx, "CredentialsPaused", mirror.ActorSystem, mirror.Object{Kind: mirror.ObjectCredentials, Name: l.Profile}, nil, "credentials profile %q: %s", l.Profile, pauseText(all)); err != nil {
		return err
	}
	return tx.PutLoginRefusal(all)
}
