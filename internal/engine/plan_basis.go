package engine

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A PlanBasis is one thing that a plan rests on, as it was: the configuration of a device
// as far as mirroring goes, by its digest; a stored object by its version, 0 for none.
type PlanBasis struct {
	Kind  string `json:"kind"` // configuration, device, tool, filter or session
	Name  string `json:"name"`
	State string `json:"state"`
}

const basisConfiguration = "configuration"

// basis gathers what a manifest rests on.
func (e *Engine) basis(tx mirror.Tx, m mirror.Manifest) ([]PlanBasis, error) {
	b := basisOf{tx: tx, seen: map[string]bool{}}
	for _, d := range m.Devices {
		b.object(mirror.ObjectDevice, d.Name)
	}
	for _, t := range m.Tools {
		b.object(mirror.ObjectTool, t.Name)
	}
	for _, f := range m.Filters {
		b.object(mirror.ObjectFilter, f.Name)
	}
	for _, l := range deletionLists(m.Delete) {
		for _, name := range l.names {
			b.object(l.kind, name)
		}
	}
	sessions, err := affected(tx, m)
	if err != nil {
		return nil, err
	}
	for _, s := range sessions {
		b.session(s)
	}
	looks, err := e.planLooks(tx, m)
	if err != nil {
		return nil, err
	}
	for name := range looks {
		b.object(mirror.ObjectDevice, name)
		st, err := e.states.Of(tx, name)
		if err != nil {
			return nil, err
		}
		b.add(basisConfiguration, name, configurationDigest(st))
	}
	if b.err != nil {
		return nil, b.err
	}
	slices.SortFunc(b.list, func(a, b PlanBasis) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return b.list, nil
}

type basisOf struct {
	tx   mirror.Tx
	list []PlanBasis
	seen map[string]bool
	err  error
}

func (b *basisOf) add(kind, name, state string) {
	if key := kind + " " + name; !b.seen[key] {
		b.seen[key] = true
		b.list = append(b.list, PlanBasis{kind, name, state})
	}
}

func (b *basisOf) object(kind, name string) {
	if name == "" || b.seen[kind+" "+name] {
		return
	}
	var version int64
	var err error
	switch kind {
	case mirror.ObjectDevice:
		_, version, err = b.tx.Device(name)
	case mirror.ObjectTool:
		_, version, err = b.tx.Tool(name)
	case mirror.ObjectFilter:
		_, version, err = b.tx.Filter(name)
	default:
		var rec mirror.SessionRecord
		rec, err = b.tx.Session(name)
		version = rec.Generation
	}
	if err != nil && !errors.Is(err, mirror.ErrNotFound) {
		b.err = err
	}
	b.add(kind, name, strconv.FormatInt(version, 10))
}

// session is what a session names beside itself.
func (b *basisOf) session(s mirror.Session) {
	b.object(mirror.ObjectSession, s.Name)
	b.object(mirror.ObjectFilter, s.Filter)
	for _, d := range s.Destinations {
		b.object(mirror.ObjectTool, d.Tool)
	}
}

// configurationDigest is of what mirrors on a device, foreign sessions included, and of
// what decides how it is told: no operational state, and no counters.
func configurationDigest(st mirror.DeviceState) string {
	f := st.Facts
	f.LearnedAt, f.Uptime = time.Time{}, 0
	natives := slices.Clone(st.Observation.Natives)
	for i, n := range natives {
		n.Programmed, n.ProgrammedReason, n.Waits, n.Copies = "", "", "", mirror.Copies{}
		n.Spec = n.Spec.Normalize()
		natives[i] = n
	}
	slices.SortFunc(natives, func(a, b mirror.NativeSession) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Handle, b.Handle))
	})
	footings := slices.Clone(st.Observation.Footings)
	slices.SortFunc(footings, func(a, b mirror.Footing) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return sum(struct {
		Facts    mirror.Facts
		Natives  []mirror.NativeSession
		Footings []mirror.Footing
	}{f, natives, footings})
}

func sum(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // plain structs always marshal
		panic(err)
	}
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:16])
}

// digest is of everything that a plan rests on, the version that writes the texts
// included.
func digest(basis []PlanBasis, version string) string { return sum([]any{basis, version}) }

// differences tells what is not as it was when a plan was made.
func differences(was, is []PlanBasis, madeBy, version string) (out []mirror.Reason) {
	stale := func(format string, args ...any) {
		out = append(out, mirror.Reason{Code: mirror.CodePlanStale, Message: fmt.Sprintf(format, args...)})
	}
	if madeBy != version {
		stale("the plan was made by netmirror %s, and this is %s", madeBy, version)
	}
	find := func(list []PlanBasis, b PlanBasis) (string, bool) {
		i := slices.IndexFunc(list, func(o PlanBasis) bool { return o.Kind == b.Kind && o.Name == b.Name })
		if i < 0 {
			return "", false
		}
		return list[i].State, true
	}
	for _, b := range was {
		now, there := find(is, b)
		switch {
		case there && now == b.State:
		case b.Kind == basisConfiguration:
			stale("the mirror configuration of device %q, or the device, is not what it was", b.Name)
		case b.State == "0":
			stale("%s %q was made meanwhile", b.Kind, b.Name)
		case now == "0" || !there:
			stale("%s %q is gone", b.Kind, b.Name)
		default:
			stale("%s %q was at version %s and is at %s", b.Kind, b.Name, b.State, now)
		}
	}
	for _, b := range is {
		if _, there := find(was, b); !there {
			stale("%s %q has come to what the plan touches", b.Kind, b.Name)
		}
	}
	return out
}
