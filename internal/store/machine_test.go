package store

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/netmirror/netmirror/internal/mirror"
	"pgregory.net/rapid"
)

// A call is one write with drawn arguments; it answers what the method did.
type call struct {
	name string
	do   func(mirror.Tx) (any, error)
}

// allCalls are the kinds of drawCall; some are drawn more often.
var allCalls = []string{
	"PutDevice", "DeleteDevice", "PutDeviceState", "PutDeviceRead", "PutTool", "DeleteTool", "PutFilter", "DeleteFilter", "PutSession", "PutSession", "DeleteSession",
	"PutPlacement", "PutPlacement", "DeletePlacement", "PutNative", "PutNative", "DeleteNative", "PutOperation", "PutOperation", "DeleteOperation", "PutPlan", "PutPlan",
	"AppendEvent", "AppendEvent", "DropEvents", "Claim", "CheckClaim", "PutJournal", "CloseJournal", "PutToken", "DeleteToken",
	"PutHostKey", "DeleteHostKey", "NextGeneration",
	"PutProfile", "DeleteProfile", "PutLoginRefusal", "DeleteLoginRefusal", "DeleteLoginRefusals", "PutHold", "DeleteHold",
	"PutLoadMinute", "PutLoadMinute", "DeleteLoadMinutes", "PutAuthorship",
	"PutWebhook", "DeleteWebhook", "PutOutlet", "PutDeadLetter", "PutDeadLetter", "DeleteDeadLetter",
	"PutTrigger", "DeleteTrigger", "PutTriggerState",
	"PutCopy", "PutCopy", "EndCopies", "DropCopies",
}

func drawTime(t *rapid.T) time.Time {
	// Few values, so that some are equal; nanoseconds, to be kept.
	return time.Unix(rapid.Int64Range(-2, 3).Draw(t, "time"), 123456789).UTC()
}

func drawLabels(t *rapid.T) map[string]string {
	return rapid.MapOfN(rapid.SampledFrom([]string{"k", "l"}), rapid.SampledFrom(someNames), 0, 2).Draw(t, "labels")
}

func drawCall(t *rapid.T) call { return drawCallOf(t, allCalls) }

func drawCallOf(t *rapid.T, kinds []string) call {
	name := rapid.SampledFrom(someNames)
	a, b, c := name.Draw(t, "a"), name.Draw(t, "b"), name.Draw(t, "c")
	text := rapid.String().Draw(t, "text") // any runes, control characters and NUL included
	n := rapid.Int64Range(0, 3).Draw(t, "n")
	ends := rapid.SampledFrom([]string{"", "p1", "p1,p2"}).Draw(t, "ends")
	err := func(f func(mirror.Tx) error) func(mirror.Tx) (any, error) {
		return func(tx mirror.Tx) (any, error) { return nil, f(tx) }
	}
	spec := mirror.NativeSpec{Role: mirror.Role(b), Trunks: []mirror.PortName{mirror.PortName(text)}}
	kind := rapid.SampledFrom(kinds).Draw(t, "kind")
	switch kind {
	case "PutDevice":
		d := mirror.Device{Name: a, Platform: text, Retired: n == 0, Labels: drawLabels(t)}
		return call{kind, func(tx mirror.Tx) (any, error) { return tx.PutDevice(d) }}
	case "DeleteDevice":
		return call{kind, err(func(tx mirror.Tx) error { return tx.DeleteDevice(a) })}
	case "PutAuthorship":
		kind := rapid.SampledFrom([]mirror.Resource{mirror.ResourceDevice, mirror.ResourceTool, mirror.ResourceFilter, mirror.ResourceWebhook, mirror.ResourceTrigger}).Draw(t, "resource")
		author := mirror.Authorship{Created: drawTime(t), CreatedBy: text, Updated: drawTime(t), UpdatedBy: b}
		return call{"PutAuthorship", err(func(tx mirror.Tx) error { return tx.PutAuthorship(kind, a, author) })}
	case "PutWebhook":
		hook := mirror.Webhook{Name: a, Description: text, Labels: drawLabels(t), MaxAttempts: int(n)}
		return call{kind, func(tx mirror.Tx) (any, error) { return tx.PutWebhook(hook) }}
	case "DeleteWebhook":
		return call{kind, err(func(tx mirror.Tx) error { return tx.DeleteWebhook(a) })}
	case "PutTrigger":
		x := mirror.Trigger{Name: a, Description: text, Labels: drawLabels(t), Rate: int(n)}
		return call{kind, func(tx mirror.Tx) (any, error) { return tx.PutTrigger(x) }}
	case "DeleteTrigger":
		return call{kind, err(func(tx mirror.Tx) error { return tx.DeleteTrigger(a) })}
	case "PutTriggerState":
		x := mirror.TriggerState{Name: a, Posts: n, LastBy: text}
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutTriggerState(x) })}
	case "PutOutlet":
		o := mirror.Outlet{Name: mirror.WebhookOutlet(a), Made: drawTime(t), Cursor: n, Error: text}
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutOutlet(o) })}
	case "PutDeadLetter":
		l := mirror.DeadLetter{Outlet: mirror.WebhookOutlet(a), Event: mirror.Event{Seq: n, Message: text}, Again: n == 1}
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutDeadLetter(l) })}
	case "DeleteDeadLetter":
		return call{kind, err(func(tx mirror.Tx) error { return tx.DeleteDeadLetter(mirror.WebhookOutlet(a), n) })}
	case "PutDeviceState":
		s := mirror.DeviceState{Device: a, Changed: drawTime(t), Facts: mirror.Facts{Hostname: text}}
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutDeviceState(s) })}
	case "PutDeviceRead":
		at := drawTime(t)
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutDeviceRead(a, at) })}
	case "PutTool":
		tool := mirror.Tool{Name: a, Description: text, Capacity: mirror.BitsPerSecond(n), Labels: drawLabels(t)}
		return call{kind, func(tx mirror.Tx) (any, error) { return tx.PutTool(tool) }}
	case "DeleteTool":
		return call{kind, err(func(tx mirror.Tx) error { return tx.DeleteTool(a) })}
	case "PutFilter":
		filter := mirror.Filter{Name: a, Description: text, Labels: drawLabels(t), Rules: []mirror.FilterRule{{Action: b, VLAN: int(n)}}}
		return call{kind, func(tx mirror.Tx) (any, error) { return tx.PutFilter(filter) }}
	case "DeleteFilter":
		return call{kind, err(func(tx mirror.Tx) error { return tx.DeleteFilter(a) })}
	case "PutSession":
		s := session(a)
		s.Session.Description, s.Generation, s.Updated = text, n, drawTime(t)
		s.Operation = rapid.SampledFrom(append([]string{""}, someOpIDs...)).Draw(t, "op")
		s.Session.Labels = drawLabels(t)
		s.Session.Sources = []mirror.Source{{Device: b}, {Device: c}}
		s.Session.Destinations = []mirror.Destination{{Tool: b}, {Tool: b}, {Device: c}}
		if n == 0 {
			s.Session.Filter = c
		} else {
			s.Triggered = &mirror.Triggered{Trigger: c}
		}
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutSession(s) })}
	case "DeleteSession":
		return call{kind, err(func(tx mirror.Tx) error { return tx.DeleteSession(a) })}
	case "PutPlacement":
		p := mirror.Placement{Session: a, Device: b, Role: mirror.Role(c), Ends: ends, GoalRev: n, Failure: text, Goal: &mirror.Fragment{Spec: spec}}
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutPlacement(p) })}
	case "DeletePlacement":
		return call{kind, err(func(tx mirror.Tx) error {
			return tx.DeletePlacement(mirror.PlacementKey{Session: a, Device: b, Role: mirror.Role(c), Ends: ends})
		})}
	case "PutNative":
		nat := mirror.Native{Device: a, Mark: b, ID: c, Spec: spec, Created: drawTime(t)}
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutNative(nat) })}
	case "DeleteNative":
		return call{kind, err(func(tx mirror.Tx) error { return tx.DeleteNative(a, b) })}
	case "PutOperation":
		state := rapid.SampledFrom([]mirror.OperationState{mirror.OpRunning, mirror.OpRollingBack, mirror.OpSucceeded, mirror.OpFailed}).Draw(t, "state")
		o := operation(rapid.SampledFrom(someOpIDs).Draw(t, "op"), a, state, drawTime(t))
		o.Message = text
		o.Transcript = []mirror.Exchange{{Device: b, Sent: text}}
		o.Type = rapid.SampledFrom([]string{"apply", "delete", mirror.OpRepair, mirror.OpSave}).Draw(t, "type")
		if o.Steps = nil; o.Kind() != mirror.OpRollout {
			o.Device = b
		} else {
			o.Steps = []mirror.Step{{Device: b}, {Device: c}}
		}
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutOperation(o) })}
	case "DeleteOperation":
		id := rapid.SampledFrom(someOpIDs).Draw(t, "op")
		return call{kind, err(func(tx mirror.Tx) error { return tx.DeleteOperation(id) })}
	case "PutPlan":
		p := plan(rapid.SampledFrom(someOpIDs).Draw(t, "plan"), drawTime(t), text)
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutPlan(p) })}
	case "AppendEvent":
		e := mirror.Event{Seq: n, At: drawTime(t), Type: c, Actor: b, Session: a, Message: text}
		switch rapid.IntRange(0, 2).Draw(t, "about") {
		case 1:
			e.Session, e.Device = "", a
		case 2:
			e.Session, e.Object = "", mirror.Object{Kind: b, Name: a}
		}
		return call{kind, err(func(tx mirror.Tx) error { return tx.AppendEvent(e) })}
	case "PutCopy":
		copied := mirror.Copy{Session: a, Actor: c, Source: mirror.Source{Device: b, Interface: rapid.SampledFrom([]string{"p1", "p2", ""}).Draw(t, "interface")}, Began: drawTime(t), Generation: n}
		if copied.Source.Interface == "" {
			copied.Source.VLAN = 7
		}
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutCopy(copied) })}
	case "EndCopies":
		at := drawTime(t)
		return call{kind, err(func(tx mirror.Tx) error {
			open, err := tx.OpenCopies(a)
			for _, o := range open {
				if o.Ended, o.Ending = at, text; err == nil {
					err = tx.PutCopy(o)
				}
			}
			return err
		})}
	case "DropCopies":
		before, most := drawTime(t), rapid.IntRange(1, 5).Draw(t, "most")
		return call{kind, func(tx mirror.Tx) (any, error) { return tx.DropCopies(before, most) }}
	case "DropEvents":
		before, keep, most := drawTime(t), rapid.Int64Range(0, 9).Draw(t, "keep"), rapid.IntRange(1, 5).Draw(t, "most")
		return call{kind, func(tx mirror.Tx) (any, error) { return tx.DropEvents(before, keep, most) }}
	case "Claim":
		at := drawTime(t)
		return call{kind, func(tx mirror.Tx) (any, error) { return tx.Claim(a, b, at) }}
	case "CheckClaim":
		return call{kind, err(func(tx mirror.Tx) error { return tx.CheckClaim(mirror.Claim{Device: a, Owner: b, Epoch: n}) })}
	case "PutJournal":
		j := mirror.JournalEntry{Device: a, Tx: b, Epoch: n, Changes: []mirror.Change{{Mark: text}}, At: drawTime(t)}
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutJournal(j) })}
	case "CloseJournal":
		return call{kind, err(func(tx mirror.Tx) error { return tx.CloseJournal(a, b) })}
	case "NextGeneration":
		return call{kind, func(tx mirror.Tx) (any, error) { return tx.NextGeneration(a) }}
	case "PutHostKey":
		k := mirror.HostKey{Host: a, Key: rapid.SampledFrom([]string{"ssh-ed25519 A", "ssh-ed25519 B"}).Draw(t, "key"), Pinned: drawTime(t)}
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutHostKey(k) })}
	case "DeleteHostKey":
		return call{kind, err(func(tx mirror.Tx) error { return tx.DeleteHostKey(a) })}
	case "PutProfile":
		p := mirror.Profile{Name: a, For: mirror.Bindings{text}, Stamp: b}
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutProfile(p) })}
	case "DeleteProfile":
		return call{kind, err(func(tx mirror.Tx) error { return tx.DeleteProfile(a) })}
	case "PutLoginRefusal":
		r := mirror.LoginRefusal{Profile: a, Server: b, Count: int(n), Last: drawTime(t), Message: text}
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutLoginRefusal(r) })}
	case "DeleteLoginRefusal":
		return call{kind, err(func(tx mirror.Tx) error { return tx.DeleteLoginRefusal(a, b) })}
	case "DeleteLoginRefusals":
		return call{kind, err(func(tx mirror.Tx) error { return tx.DeleteLoginRefusals(a) })}
	case "PutHold":
		h := mirror.Hold{Since: drawTime(t), Reason: text}
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutHold(h) })}
	case "DeleteHold":
		return call{kind, err(func(tx mirror.Tx) error { return tx.DeleteHold() })}
	case "PutLoadMinute":
		l := mirror.LoadMinute{Place: a, At: time.Unix(60*n+7, 0)}
		if b != c {
			l.Ports = []mirror.PortMinute{{Port: mirror.PortName(b), InOctets: 1e12, InFrames: 0.5, OutOctets: float64(n), OutFrames: 7, Drops: 0.1}}
			l.Ends = []mirror.EndMinute{{Port: mirror.PortName(c), Offered: 10e9, Peak: 11e9, Capacity: mirror.BitsPerSecond(n)}, {Offered: 1}}
		}
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutLoadMinute(l) })}
	case "DeleteLoadMinutes":
		return call{kind, err(func(tx mirror.Tx) error { return tx.DeleteLoadMinutes(time.Unix(60*n+30, 0)) })}
	case "PutToken":
		tok := mirror.Token{ID: a, Name: text, Access: mirror.Viewer, Hash: rapid.SampledFrom(someHashes).Draw(t, "hash"), Created: drawTime(t)}
		return call{kind, err(func(tx mirror.Tx) error { return tx.PutToken(tok) })}
	case "DeleteToken":
		return call{kind, err(func(tx mirror.Tx) error { return tx.DeleteToken(a) })}
	}
	panic("no call for " + kind)
}

// diff compares records by value; no list and an empty list are one.
func diff(want, got any) string { return cmp.Diff(want, got, cmpopts.EquateEmpty()) }

func snapshot(t testing.TB, s *Store) (all map[string]any) {
	t.Helper()
	view(t, s, func(tx mirror.Tx) error { all = contents(tx); return nil })
	return all
}

var errGivenUp = errors.New("given up")

// fewer sets the number of runs of a property: rapid's 100 would take minutes under the
// race detector. The flag, when given, still says how many.
func fewer(t *testing.T, n string) {
	t.Helper()
	if runs := flag.Lookup("rapid.checks"); runs.Value.String() == runs.DefValue {
		if err := runs.Value.Set(n); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = runs.Value.Set(runs.DefValue) })
	}
}

// TestStoreBehavesAsMaps runs random transactions against the store and
// against maps: every answer, every kind of error and all contents agree,
// inside the transaction, after it, after one that was given up, and after
// the file was opened again.
func TestStoreBehavesAsMaps(t *testing.T) {
	fewer(t, "20")
	dir := t.TempDir()
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		ctx := context.Background()
		path := filepath.Join(dir, fmt.Sprintf("%d.db", round))
		s, err := Open(ctx, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		var instance string
		if err := s.View(ctx, func(tx mirror.Tx) error { instance, err = tx.Instance(); return err }); err != nil {
			t.Fatal(err)
		}
		m := newModel(instance)
		look := func(t *rapid.T) {
			if err := s.View(ctx, func(tx mirror.Tx) error {
				if d := diff(contents(m), contents(tx)); d != "" {
					t.Fatalf("contents (-want +got):\n%s", d)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}

		t.Repeat(map[string]func(*rapid.T){
			"update": func(t *rapid.T) {
				giveUp := rapid.IntRange(0, 4).Draw(t, "give up") == 0
				lookInside := rapid.IntRange(0, 3).Draw(t, "look inside") == 0
				calls := rapid.SliceOfN(rapid.Custom(drawCall), 1, 8).Draw(t, "calls")
				var next *model
				err := s.Update(ctx, func(tx mirror.Tx) error {
					next = m.clone()
					for _, c := range calls {
						want, wantErr := c.do(next)
						got, gotErr := c.do(tx)
						if d := diff(want, got); d != "" || !errors.Is(gotErr, wantErr) {
							t.Fatalf("%s: error %v, want %v; answer (-want +got):\n%s", c.name, gotErr, wantErr, d)
						}
					}
					if lookInside {
						if d := diff(contents(next), contents(tx)); d != "" {
							t.Fatalf("inside the transaction (-want +got):\n%s", d)
						}
					}
					if giveUp {
						return errGivenUp
					}
					return nil
				})
				switch {
				case giveUp && !errors.Is(err, errGivenUp), !giveUp && err != nil:
					t.Fatalf("update: %v", err)
				case !giveUp:
					m = next
				}
			},
			"reopen": func(t *rapid.T) {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if s, err = Open(ctx, path, nil); err != nil {
					t.Fatal(err)
				}
			},
			"look": func(t *rapid.T) { look(t) },
		})
		look(t)
	})
}
