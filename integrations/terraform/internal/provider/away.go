package provider

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/netmirror/netmirror/client"
)

// longestAway is how long the controller may be away while something is written or waited for:
// one that is begun anew, to be updated say, is back within that.
const longestAway = 30 * time.Second

// away reports whether an error says that there was no answer of the controller's, which may
// be there in a moment.
func away(ctx context.Context, err error) bool {
	var p *client.Problem
	switch {
	case err == nil || ctx.Err() != nil || errors.As(err, new(*tls.CertificateVerificationError)):
		return false
	case errors.As(err, &p): // of a proxy before it, or of one that begins
		return p.Code == "not-ready" || p.Code == "" && p.Status >= http.StatusBadGateway && p.Status <= http.StatusGatewayTimeout
	}
	return !errors.Is(err, errNoObject) && !errors.As(err, new(*json.SyntaxError))
}

// How long the controller is waited for before anything was asked: one that is just being
// started listens within justBegun, and one that takes longest for an answer is none.
const (
	justBegun     = 3 * time.Second
	longestAnswer = 15 * time.Second
)

// meet asks the controller who we are. What it refuses is left to those who ask for it, but that
// it does not know the token; and so is one that is there and not ready yet.
func (s *shared) meet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, longestAnswer)
	defer cancel()
	err := patientFor(ctx, justBegun, func() error { _, err := s.client.Whoami(ctx); return err })
	if p := (*client.Problem)(nil); errors.As(err, &p) && p.Status != http.StatusUnauthorized && (p.Code != "" || away(ctx, err)) {
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) && !errors.As(err, new(*client.Unreachable)) {
		return fmt.Errorf("no answer within %s: %s", longestAnswer, err)
	}
	return err
}

// patient does something again while the controller is away.
func patient(ctx context.Context, do func() error) error { return patientFor(ctx, longestAway, do) }

func patientFor(ctx context.Context, longest time.Duration, do func() error) error {
	ending := time.Time{}
	for pause := firstLook; ; pause = min(pause*3/2, lastLook) {
		err := do()
		if !away(ctx, err) {
			return err
		}
		switch now := time.Now(); {
		case ending.IsZero():
			ending = now.Add(longest)
		case now.After(ending):
			return err
		}
		if rest(ctx, pause) != nil {
			return err
		}
	}
}

// rest waits, and gives the cause of the end of ctx where that comes first.
func rest(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// look is get for one who waits.
func (d door) look(ctx context.Context, name string) (s stored, err error) {
	err = patient(ctx, func() error { s, err = d.get(ctx, name); return err })
	return s, err
}

// lastLooks is how long it is looked what became of a write when its time is over.
const lastLooks = 5 * time.Second

// put writes an object. Where the answer does not arrive it is looked whether the write did.
func (d door) put(ctx context.Context, name string, spec tree, when condition) (s stored, err error) {
	r := client.Request{Method: http.MethodPut, Path: d.path(name), Body: spec, Header: when.header()}
	err = patient(ctx, func() error {
		r.Wait = waitOf(ctx)
		if s, err = d.do(ctx, r); !away(ctx, err) || errors.As(err, new(*client.Unreachable)) {
			return err // nothing was asked where there is no connection
		}
		if now, ok := d.arrived(ctx, name, spec, when); ok {
			s, err = now, nil
		}
		return err
	})
	if err != nil && ctx.Err() != nil {
		// Terraform is interrupted, or the time is over. What is stored all the same belongs into
		// its state: it would be somebody else's for the next apply.
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLooks)
		defer cancel()
		if now, ok := d.arrived(last, name, spec, when); ok {
			return now, nil
		}
	}
	return s, err
}

// arrived reports whether a write has arrived whose answer did not, and what is stored then.
func (d door) arrived(ctx context.Context, name string, spec tree, when condition) (stored, bool) {
	now, err := d.look(ctx, name)
	return now, err == nil && now.ETag != when.ifMatch && differing(spec, now.spec) == ""
}

// delete takes an object away. Where the answer does not arrive it is asked again, which does
// no harm: the condition holds of one version alone.
func (d door) delete(ctx context.Context, name string, when condition) (s stored, err error) {
	r := client.Request{Method: http.MethodDelete, Path: d.path(name), Header: when.header()}
	err = patient(ctx, func() error {
		r.Wait = waitOf(ctx)
		s, err = d.do(ctx, r)
		return err
	})
	return s, err
}
