package store

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/netmirror/netmirror/internal/mirror"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if job := os.Getenv(childJob); job != "" {
		os.Exit(runChild(job, os.Getenv(childPath)))
	}
	syscall.Umask(0o022) // a folder that the group may write is refused
	goleak.VerifyTestMain(m)
}

func dbPath(t testing.TB) string { return filepath.Join(t.TempDir(), "netmirror.db") }

// openAt opens a store for the length of the test; closing it twice is fine.
func openAt(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeStore(t, s) })
	return s
}

func closeStore(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func update(t testing.TB, s *Store, fn func(mirror.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func view(t testing.TB, s *Store, fn func(mirror.Tx) error) {
	t.Helper()
	if err := s.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// at is an instant in whole microseconds and more, to show that documents keep
// nanoseconds.
func at(seconds int) time.Time {
	return time.Date(2030, 1, 2, 3, 4, seconds, 123456789, time.UTC)
}

func session(name string) mirror.SessionRecord {
	return mirror.SessionRecord{
		Session: mirror.Session{
			Name: name, Description: "jitter & <noise> \u2028 \"quoted\"",
			Sources:      []mirror.Source{{Device: "acc-1", Interface: "Gi1/0/14", Direction: mirror.RX, Priority: 50, Essential: true}},
			Destinations: []mirror.Destination{{Tool: "ids-1"}}, Kind: mirror.KindERSPAN, Enabled: true,
			ERSPAN: &mirror.ERSPAN{ID: 7, MTU: 1500}, Admission: &mirror.Admission{MaxUtilization: 0.8},
			Lease: &mirror.Lease{Duration: 4 * time.Hour, Until: at(9)}, Labels: map[string]string{"team": "voice"},
		},
		Generation: 3, Phase: mirror.Active, Created: at(1), Updated: at(2),
		Conditions: []mirror.Condition{{Type: mirror.CondAdmitted, Status: mirror.True, Reason: "Fits", Since: at(3)}},
	}
}

func placement(session, device string, role mirror.Role) mirror.Placement {
	return mirror.Placement{
		Session: session, Device: device, Role: role, GoalRev: 2, AppliedRev: 1, Mark: "nm-abcdefghij", NativeID: "66",
		Goal: &mirror.Fragment{Session: session, Device: device, Spec: mirror.NativeSpec{
			Role: role, Sources: []mirror.NativeSource{{Port: "GigabitEthernet1/0/14", Direction: mirror.Both}},
			Destinations: []mirror.PortName{"GigabitEthernet1/0/24"},
		}},
		Configured: mirror.Check{State: mirror.True},
	}
}

func native(device, mark, id string) mirror.Native {
	return mirror.Native{Device: device, Mark: mark, ID: id, Created: at(4),
		Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Options: mirror.Options{FilterVLANs: []int{110}}}}
}

func operation(id, session string, state mirror.OperationState, created time.Time) mirror.Operation {
	return mirror.Operation{ID: id, Session: session, State: state, Created: created, Type: "apply",
		Steps:      []mirror.Step{{Device: "acc-1", Role: mirror.RoleLocal, Action: "apply", State: "done", Rev: 2, At: at(5)}},
		Transcript: []mirror.Exchange{{Device: "acc-1", Sent: "monitor session 66", Answer: "% Invalid input\n", At: at(6)}}}
}

// kinds are the error kinds that the store gives.
var kinds = []error{mirror.ErrNotFound, mirror.ErrConflict, mirror.ErrInvalid, mirror.ErrUnsupported}

func kindOf(err error) error {
	for _, k := range kinds {
		if errors.Is(err, k) {
			return k
		}
	}
	return err
}

// Each case runs its writes, all in one transaction, and compares what a later
// view reads.
func TestReadsGiveWhatWasWritten(t *testing.T) {
	dev := func(name string) mirror.Device {
		return mirror.Device{Name: name, Platform: "cisco_iosxe", Mode: mirror.ModeFull, ManagedBy: mirror.ManagedByAPI,
			Transports: mirror.Transports{Config: mirror.Transport{Protocol: "cli", Address: "192.0.2.1",
				Credentials: "campus", JumpHost: mirror.JumpHost{Address: "j:22", Credentials: "jump"}}},
			Labels: map[string]string{"floor": "3"}, NativeIDs: &mirror.IDRange{From: 1, To: 66}}
	}
	tool := func(name string) mirror.Tool {
		return mirror.Tool{Name: name, IP: "192.0.2.9", Capacity: 10e9, Accepts: []string{"erspan2"}}
	}
	devVersion := func(d mirror.Device) func(mirror.Tx) error {
		return func(tx mirror.Tx) error { _, err := tx.PutDevice(d); return err }
	}
	toolVersion := func(tl mirror.Tool) func(mirror.Tx) error {
		return func(tx mirror.Tx) error { _, err := tx.PutTool(tl); return err }
	}
	putSession := func(r mirror.SessionRecord) func(mirror.Tx) error {
		return func(tx mirror.Tx) error { return tx.PutSession(r) }
	}
	putPlacement := func(p mirror.Placement) func(mirror.Tx) error {
		return func(tx mirror.Tx) error { return tx.PutPlacement(p) }
	}
	putNative := func(n mirror.Native) func(mirror.Tx) error {
		return func(tx mirror.Tx) error { return tx.PutNative(n) }
	}
	putOp := func(o mirror.Operation) func(mirror.Tx) error {
		return func(tx mirror.Tx) error { return tx.PutOperation(o) }
	}
	type versionedDevice struct {
		Device  mirror.Device
		Version int64
	}
	filter := func(name string) mirror.Filter {
		return mirror.Filter{Name: name, Rules: []mirror.FilterRule{{Action: "deny", Protocol: "tcp", Source: "10.0.0.0/8", DestinationPort: "443"}, {Action: "permit"}}}
	}
	filterVersion := func(f mirror.Filter) func(mirror.Tx) error {
		return func(tx mirror.Tx) error { _, err := tx.PutFilter(f); return err }
	}
	type versionedFilter struct {
		Filter  mirror.Filter
		Version int64
	}
	type versionedTool struct {
		Tool    mirror.Tool
		Version int64
	}
	state := mirror.DeviceState{Device: "a", Reachable: mirror.Check{State: mirror.False, Reason: "Timeout"},
		Facts:       mirror.Facts{Hostname: "acc", Uptime: time.Hour, Extra: map[string]string{"k": "v"}, LearnedAt: at(7)},
		Observation: mirror.Observation{At: at(8), VLANs: []mirror.VLAN{{ID: 7, Remote: true}}, Natives: []mirror.NativeSession{{ID: "1", Text: "x\ty\x00"}}}}
	ops := []mirror.Operation{
		operation("z", "s", mirror.OpSucceeded, at(1)), operation("b", "s", mirror.OpRunning, at(2)),
		operation("a", "s", mirror.OpRollingBack, at(2)), // equal times: insertion decides
		operation("c", "other", mirror.OpRunning, at(0)), operation("y", "s", mirror.OpFailed, at(3)),
	}
	event := func(seq int64, msg string) mirror.Event {
		return mirror.Event{Seq: seq, At: at(1), Type: "SessionAccepted", Actor: "ann", Session: "s", Message: msg}
	}
	token := func(id, hash string) mirror.Token {
		return mirror.Token{ID: id, Name: "n-" + id, Access: mirror.Operator, Hash: hash, Created: at(1)}
	}
	putAll := func(fns ...func(mirror.Tx) error) []func(mirror.Tx) error { return fns }

	for _, c := range []struct {
		name   string
		writes []func(mirror.Tx) error
		read   func(mirror.Tx) (any, error)
		want   any
		kind   error
		says   string // part of the error's text
	}{
		{"device", putAll(devVersion(dev("a"))),
			func(tx mirror.Tx) (any, error) { d, v, err := tx.Device("a"); return versionedDevice{d, v}, err }, versionedDevice{dev("a"), 1}, nil, ""},
		{"device missing", nil,
			func(tx mirror.Tx) (any, error) { d, v, err := tx.Device("x"); return versionedDevice{d, v}, err }, versionedDevice{}, mirror.ErrNotFound, `device "x": not found`},
		{"device replaced", putAll(devVersion(mirror.Device{Name: "a"}), devVersion(dev("a"))),
			func(tx mirror.Tx) (any, error) { d, v, err := tx.Device("a"); return versionedDevice{d, v}, err }, versionedDevice{dev("a"), 2}, nil, ""},
		{"device version is not given twice", putAll(devVersion(dev("a")), func(tx mirror.Tx) error { return tx.DeleteDevice("a") }, devVersion(dev("a"))),
			func(tx mirror.Tx) (any, error) { _, v, err := tx.Device("a"); return v, err }, int64(2), nil, ""},
		{"device deleted", putAll(devVersion(dev("a")), func(tx mirror.Tx) error { return tx.DeleteDevice("a") }),
			func(tx mirror.Tx) (any, error) { _, _, err := tx.Device("a"); return nil, err }, nil, mirror.ErrNotFound, `device "a"`},
		{"devices sorted bytewise", putAll(devVersion(dev("b-1")), devVersion(dev("b")), devVersion(dev("a")), devVersion(dev("b0"))),
			func(tx mirror.Tx) (any, error) { return tx.Devices(mirror.Page{}) }, []mirror.Device{dev("a"), dev("b"), dev("b-1"), dev("b0")}, nil, ""},
		{"devices page", putAll(devVersion(dev("a")), devVersion(dev("b")), devVersion(dev("c")), devVersion(dev("d"))),
			func(tx mirror.Tx) (any, error) { return tx.Devices(mirror.Page{After: "a", Limit: 2}) }, []mirror.Device{dev("b"), dev("c")}, nil, ""},
		{"devices after a name that is gone", putAll(devVersion(dev("a")), devVersion(dev("c"))),
			func(tx mirror.Tx) (any, error) { return tx.Devices(mirror.Page{After: "b"}) }, []mirror.Device{dev("c")}, nil, ""},
		{"devices none", nil, func(tx mirror.Tx) (any, error) { return tx.Devices(mirror.Page{}) }, []mirror.Device(nil), nil, ""},

		{"state", putAll(devVersion(dev("a")), func(tx mirror.Tx) error { return tx.PutDeviceState(mirror.DeviceState{Device: "a"}) },
			func(tx mirror.Tx) error { return tx.PutDeviceState(state) }),
			func(tx mirror.Tx) (any, error) { return tx.DeviceState("a") }, state, nil, ""},
		{"state missing", putAll(devVersion(dev("a"))), func(tx mirror.Tx) (any, error) { return tx.DeviceState("a") },
			mirror.DeviceState{}, mirror.ErrNotFound, `state of device "a"`},
		{"state goes with the device", putAll(devVersion(dev("a")), func(tx mirror.Tx) error { return tx.PutDeviceState(state) },
			func(tx mirror.Tx) error { return tx.DeleteDevice("a") }, devVersion(dev("a"))),
			func(tx mirror.Tx) (any, error) { return tx.DeviceState("a") }, mirror.DeviceState{}, mirror.ErrNotFound, ""},
		{"state stays when the entry changes", putAll(devVersion(dev("a")), func(tx mirror.Tx) error { return tx.PutDeviceState(state) }, devVersion(dev("a"))),
			func(tx mirror.Tx) (any, error) { return tx.DeviceState("a") }, state, nil, ""},

		{"tool", putAll(toolVersion(mirror.Tool{Name: "i"}), toolVersion(tool("i"))),
			func(tx mirror.Tx) (any, error) { d, v, err := tx.Tool("i"); return versionedTool{d, v}, err }, versionedTool{tool("i"), 2}, nil, ""},
		{"tool and device of one name have versions of their own", putAll(devVersion(dev("i")), devVersion(dev("i")), toolVersion(tool("i"))),
			func(tx mirror.Tx) (any, error) { _, v, err := tx.Tool("i"); return v, err }, int64(1), nil, ""},
		{"tool missing", nil, func(tx mirror.Tx) (any, error) { _, _, err := tx.Tool("i"); return nil, err }, nil, mirror.ErrNotFound, `tool "i": not found`},
		{"tools page", putAll(toolVersion(tool("c")), toolVersion(tool("b")), toolVersion(tool("a")), func(tx mirror.Tx) error { return tx.DeleteTool("b") }),
			func(tx mirror.Tx) (any, error) { return tx.Tools(mirror.Page{Limit: 5}) }, []mirror.Tool{tool("a"), tool("c")}, nil, ""},

		{"filter", putAll(filterVersion(mirror.Filter{Name: "i"}), filterVersion(filter("i"))),
			func(tx mirror.Tx) (any, error) { d, v, err := tx.Filter("i"); return versionedFilter{d, v}, err }, versionedFilter{filter("i"), 2}, nil, ""},
		{"filter missing", nil, func(tx mirror.Tx) (any, error) { _, _, err := tx.Filter("i"); return nil, err }, nil, mirror.ErrNotFound, `filter "i": not found`},
		{"filters page", putAll(filterVersion(filter("c")), filterVersion(filter("b")), filterVersion(filter("a")), func(tx mirror.Tx) error { return tx.DeleteFilter("b") }),
			func(tx mirror.Tx) (any, error) { return tx.Filters(mirror.Page{Limit: 5}) }, []mirror.Filter{filter("a"), filter("c")}, nil, ""},

		{"session", putAll(putSession(mirror.SessionRecord{Session: mirror.Session{Name: "s"}}), putSession(session("s"))),
			func(tx mirror.Tx) (any, error) { return tx.Session("s") }, session("s"), nil, ""},
		{"session missing", nil, func(tx mirror.Tx) (any, error) { return tx.Session("x") }, mirror.SessionRecord{}, mirror.ErrNotFound, `session "x": not found`},
		{"sessions page", putAll(putSession(session("b")), putSession(session("a")), putSession(session("c"))),
			func(tx mirror.Tx) (any, error) { return tx.Sessions(mirror.Page{Limit: 2}) }, []mirror.SessionRecord{session("a"), session("b")}, nil, ""},
		{"session deleted with its placements", putAll(putSession(session("s")), putPlacement(placement("s", "d", mirror.RoleLocal)),
			func(tx mirror.Tx) error { return tx.DeleteSession("s") }, putSession(session("s"))),
			func(tx mirror.Tx) (any, error) { return tx.Placements("s") }, []mirror.Placement(nil), nil, ""},
		{"placements stay when the session changes", putAll(putSession(session("s")), putPlacement(placement("s", "d", mirror.RoleLocal)), putSession(session("s"))),
			func(tx mirror.Tx) (any, error) { return tx.Placements("s") }, []mirror.Placement{placement("s", "d", mirror.RoleLocal)}, nil, ""},
		{"placements by session", putAll(putSession(session("s")), putSession(session("t")),
			putPlacement(placement("s", "e", "b")), putPlacement(placement("s", "e", "a")), putPlacement(placement("t", "d", "a")), putPlacement(placement("s", "d", "z"))),
			func(tx mirror.Tx) (any, error) { return tx.Placements("s") },
			[]mirror.Placement{placement("s", "d", "z"), placement("s", "e", "a"), placement("s", "e", "b")}, nil, ""},
		{"placements by device", putAll(putSession(session("s")), putSession(session("t")),
			putPlacement(placement("t", "d", "a")), putPlacement(placement("s", "d", "b")), putPlacement(placement("s", "d", "a")), putPlacement(placement("s", "e", "a"))),
			func(tx mirror.Tx) (any, error) { return tx.PlacementsByDevice("d") },
			[]mirror.Placement{placement("s", "d", "a"), placement("s", "d", "b"), placement("t", "d", "a")}, nil, ""},
		{"placement replaced and deleted", putAll(putSession(session("s")), putPlacement(mirror.Placement{Session: "s", Device: "d", Role: "a"}),
			putPlacement(placement("s", "d", "a")), putPlacement(placement("s", "d", "b")), func(tx mirror.Tx) error { return tx.DeletePlacement(placement("s", "d", "b").Key()) }),
			func(tx mirror.Tx) (any, error) { return tx.Placements("s") }, []mirror.Placement{placement("s", "d", "a")}, nil, ""},

		{"natives", putAll(putNative(native("d", "nm-b", "65")), putNative(native("d", "nm-a", "66")), putNative(native("e", "nm-c", "66"))),
			func(tx mirror.Tx) (any, error) { return tx.Natives("d") }, []mirror.Native{native("d", "nm-a", "66"), native("d", "nm-b", "65")}, nil, ""},
		{"native id is free after its line is gone", putAll(putNative(native("d", "nm-a", "66")), func(tx mirror.Tx) error { return tx.DeleteNative("d", "nm-a") }, putNative(native("d", "nm-b", "66"))),
			func(tx mirror.Tx) (any, error) { return tx.Natives("d") }, []mirror.Native{native("d", "nm-b", "66")}, nil, ""},
		{"native keeps and changes its id", putAll(putNative(native("d", "nm-a", "66")), putNative(native("d", "nm-a", "66")), putNative(native("d", "nm-a", "65")), putNative(native("d", "nm-b", "66"))),
			func(tx mirror.Tx) (any, error) { return tx.Natives("d") }, []mirror.Native{native("d", "nm-a", "65"), native("d", "nm-b", "66")}, nil, ""},

		{"operation", putAll(putOp(ops[0])), func(tx mirror.Tx) (any, error) { return tx.Operation("z") }, ops[0], nil, ""},
		{"operation missing", nil, func(tx mirror.Tx) (any, error) { return tx.Operation("q") }, mirror.Operation{}, mirror.ErrNotFound, `operation "q": not found`},
		{"operations newest first", putAll(putOp(ops[0]), putOp(ops[1]), putOp(ops[2]), putOp(ops[3]), putOp(ops[4])),
			func(tx mirror.Tx) (any, error) { return tx.Operations("s", 0) }, []mirror.Operation{ops[4], ops[2], ops[1], ops[0]}, nil, ""},
		{"operations limited", putAll(putOp(ops[0]), putOp(ops[1]), putOp(ops[2])),
			func(tx mirror.Tx) (any, error) { return tx.Operations("s", 2) }, []mirror.Operation{ops[2], ops[1]}, nil, ""},
		{"open operations oldest first, place kept", putAll(putOp(ops[0]), putOp(ops[1]), putOp(ops[2]), putOp(ops[3]), putOp(ops[4]), putOp(ops[1])),
			func(tx mirror.Tx) (any, error) { return tx.OpenOperations() }, []mirror.Operation{ops[3], ops[1], ops[2]}, nil, ""},
		{"operation closed", putAll(putOp(ops[1]), putOp(operation("b", "s", mirror.OpSucceeded, at(2)))),
			func(tx mirror.Tx) (any, error) { return tx.OpenOperations() }, []mirror.Operation(nil), nil, ""},

		{"events", putAll(func(tx mirror.Tx) error { return tx.AppendEvent(event(99, "one")) }, func(tx mirror.Tx) error { return tx.AppendEvent(event(0, "two")) }),
			func(tx mirror.Tx) (any, error) { return tx.Events(0, 0) }, []mirror.Event{event(1, "one"), event(2, "two")}, nil, ""},
		{"events page", putAll(func(tx mirror.Tx) error { return tx.AppendEvent(event(0, "1")) }, func(tx mirror.Tx) error { return tx.AppendEvent(event(0, "2")) }, func(tx mirror.Tx) error { return tx.AppendEvent(event(0, "3")) }),
			func(tx mirror.Tx) (any, error) { return tx.Events(1, 1) }, []mirror.Event{event(2, "2")}, nil, ""},

		{"journal", putAll(
			func(tx mirror.Tx) error {
				return tx.PutJournal(mirror.JournalEntry{Device: "d", Tx: "2", Epoch: 1, At: at(2)})
			},
			func(tx mirror.Tx) error { return tx.PutJournal(mirror.JournalEntry{Device: "d", Tx: "1"}) },
			func(tx mirror.Tx) error {
				return tx.PutJournal(mirror.JournalEntry{Device: "d", Tx: "1", Changes: []mirror.Change{{Mark: "nm-a", After: &mirror.NativeSession{ID: "66"}}}})
			},
			func(tx mirror.Tx) error { return tx.PutJournal(mirror.JournalEntry{Device: "e", Tx: "3"}) },
			func(tx mirror.Tx) error { return tx.PutJournal(mirror.JournalEntry{Device: "d", Tx: "3"}) },
			func(tx mirror.Tx) error { return tx.CloseJournal("d", "3") }),
			func(tx mirror.Tx) (any, error) { return tx.Journal("d") },
			[]mirror.JournalEntry{{Device: "d", Tx: "1", Changes: []mirror.Change{{Mark: "nm-a", After: &mirror.NativeSession{ID: "66"}}}}, {Device: "d", Tx: "2", Epoch: 1, At: at(2)}}, nil, ""},

		{"host keys", putAll(func(tx mirror.Tx) error { return tx.PutHostKey(mirror.HostKey{Host: "b:22", Key: "k"}) },
			func(tx mirror.Tx) error { return tx.PutHostKey(mirror.HostKey{Host: "a:22", Key: "k"}) },
			func(tx mirror.Tx) error { return tx.PutHostKey(mirror.HostKey{Host: "c:22", Key: "k"}) },
			func(tx mirror.Tx) error { return tx.DeleteHostKey("c:22") }),
			func(tx mirror.Tx) (any, error) { return tx.HostKeys() }, []mirror.HostKey{{Host: "a:22", Key: "k"}, {Host: "b:22", Key: "k"}}, nil, ""},

		{"tokens", putAll(func(tx mirror.Tx) error { return tx.PutToken(token("b", "h1")) }, func(tx mirror.Tx) error { return tx.PutToken(token("a", "h2")) },
			func(tx mirror.Tx) error { return tx.PutToken(token("c", "h3")) }, func(tx mirror.Tx) error { return tx.DeleteToken("c") }),
			func(tx mirror.Tx) (any, error) { return tx.Tokens() }, []mirror.Token{token("a", "h2"), token("b", "h1")}, nil, ""},
		{"token by hash", putAll(func(tx mirror.Tx) error { return tx.PutToken(token("b", "h1")) }, func(tx mirror.Tx) error { return tx.PutToken(token("a", "h2")) }),
			func(tx mirror.Tx) (any, error) { return tx.TokenByHash("h1") }, token("b", "h1"), nil, ""},
		{"token of a former hash", putAll(func(tx mirror.Tx) error { return tx.PutToken(token("a", "h1")) }, func(tx mirror.Tx) error { return tx.PutToken(token("a", "h2")) }),
			func(tx mirror.Tx) (any, error) { return tx.TokenByHash("h1") }, mirror.Token{}, mirror.ErrNotFound, "token of this hash: not found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openAt(t, dbPath(t))
			update(t, s, func(tx mirror.Tx) error {
				for i, w := range c.writes {
					if err := w(tx); err != nil {
						t.Errorf("write %d: %v", i, err)
					}
				}
				return nil
			})
			view(t, s, func(tx mirror.Tx) error {
				got, err := c.read(tx)
				if !errors.Is(err, c.kind) || err != nil && !strings.Contains(err.Error(), c.says) {
					t.Errorf("error %v, want %v saying %q", err, c.kind, c.says)
				}
				same(t, "read", got, c.want)
				return nil
			})
		})
	}
}

func TestRefusedWrites(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func(mirror.Tx) error
		kind  error
		says  string
	}{
		{"native id of another mark", func(tx mirror.Tx) error { return tx.PutNative(native("d", "nm-b", "66")) }, mirror.ErrConflict, `native id "66" belongs to "nm-a"`},
		{"native moves to the id of another mark", func(tx mirror.Tx) error {
			if err := tx.PutNative(native("d", "nm-b", "65")); err != nil {
				return err
			}
			return tx.PutNative(native("d", "nm-b", "66"))
		}, mirror.ErrConflict, `"nm-a"`},
		{"placement of no session", func(tx mirror.Tx) error { return tx.PutPlacement(placement("x", "d", "local")) }, mirror.ErrNotFound, `session "x": not found`},
		{"state of no device", func(tx mirror.Tx) error { return tx.PutDeviceState(mirror.DeviceState{Device: "x"}) }, mirror.ErrNotFound, `device "x": not found`},
		{"hash of another token", func(tx mirror.Tx) error { return tx.PutToken(mirror.Token{ID: "b", Hash: "h"}) }, mirror.ErrConflict, `token "a"`},
		{"a changed host key", func(tx mirror.Tx) error {
			if err := tx.PutHostKey(mirror.HostKey{Host: "a:22", Key: "k"}); err != nil {
				return err
			}
			return tx.PutHostKey(mirror.HostKey{Host: "a:22", Key: "l"})
		}, mirror.ErrConflict, "another key is pinned"},
		{"generation of no name", func(tx mirror.Tx) error { _, err := tx.NextGeneration(""); return err }, mirror.ErrInvalid, "key"},
		{"claim never made", func(tx mirror.Tx) error { return tx.CheckClaim(mirror.Claim{Device: "x", Epoch: 1}) }, mirror.ErrConflict, `claim of device "x"`},
		{"device without name", func(tx mirror.Tx) error { _, err := tx.PutDevice(mirror.Device{}); return err }, mirror.ErrInvalid, "key"},
		{"tool without name", func(tx mirror.Tx) error { _, err := tx.PutTool(mirror.Tool{}); return err }, mirror.ErrInvalid, "key"},
		{"filter without name", func(tx mirror.Tx) error { _, err := tx.PutFilter(mirror.Filter{}); return err }, mirror.ErrInvalid, "key"},
		{"session without name", func(tx mirror.Tx) error { return tx.PutSession(mirror.SessionRecord{}) }, mirror.ErrInvalid, "key"},
		{"placement without role", func(tx mirror.Tx) error { return tx.PutPlacement(mirror.Placement{Session: "s", Device: "d"}) }, mirror.ErrInvalid, "key"},
		{"native without id", func(tx mirror.Tx) error { return tx.PutNative(native("d", "nm-c", "")) }, mirror.ErrInvalid, "key"},
		{"operation without session", func(tx mirror.Tx) error { return tx.PutOperation(mirror.Operation{ID: "o"}) }, mirror.ErrInvalid, "key"},
		{"journal without tx", func(tx mirror.Tx) error { return tx.PutJournal(mirror.JournalEntry{Device: "d"}) }, mirror.ErrInvalid, "key"},
		{"claim without owner", func(tx mirror.Tx) error { _, err := tx.Claim("d", "", at(0)); return err }, mirror.ErrInvalid, "key"},
		{"token without hash", func(tx mirror.Tx) error { return tx.PutToken(mirror.Token{ID: "t"}) }, mirror.ErrInvalid, "key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openAt(t, dbPath(t))
			update(t, s, func(tx mirror.Tx) error {
				return errors.Join(tx.PutNative(native("d", "nm-a", "66")), tx.PutToken(mirror.Token{ID: "a", Hash: "h"}), tx.PutSession(session("s")))
			})
			// A refusal is an answer, not a broken transaction: what follows
			// in the same transaction is stored.
			update(t, s, func(tx mirror.Tx) error {
				err := c.write(tx)
				if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("error %v, want %v saying %q", err, c.kind, c.says)
				}
				return tx.AppendEvent(mirror.Event{Message: "after"})
			})
			view(t, s, func(tx mirror.Tx) error {
				events, err := tx.Events(0, 0)
				same(t, "events", events, []mirror.Event{{Seq: 1, Message: "after"}})
				return err
			})
		})
	}
}

func TestDeletesOfMissingEntriesAreNoErrors(t *testing.T) {
	s := openAt(t, dbPath(t))
	update(t, s, func(tx mirror.Tx) error {
		return errors.Join(tx.DeleteDevice("x"), tx.DeleteTool("x"), tx.DeleteFilter("x"), tx.DeleteSession("x"), tx.DeletePlacement(mirror.PlacementKey{Session: "x", Device: "y", Role: "z"}),
			tx.DeleteNative("x", "y"), tx.CloseJournal("x", "y"), tx.DeleteToken("x"))
	})
}

func TestEpochGrowsWithTheOwner(t *testing.T) {
	s := openAt(t, dbPath(t))
	claim := func(owner string) (c mirror.Claim) {
		update(t, s, func(tx mirror.Tx) error { var err error; c, err = tx.Claim("d", owner, at(30)); return err })
		return c
	}
	check := func(c mirror.Claim) (err error) {
		view(t, s, func(tx mirror.Tx) error { err = tx.CheckClaim(c); return nil })
		return err
	}
	a := claim("ann")
	same(t, "first claim", a, mirror.Claim{Device: "d", Owner: "ann", Epoch: 1, Deadline: at(30)})
	same(t, "renewed claim", claim("ann"), a)
	if err := check(a); err != nil {
		t.Error(err)
	}
	b := claim("bob")
	if b.Epoch != 2 {
		t.Errorf("epoch %d after another owner, want 2", b.Epoch)
	}
	if err := check(a); !errors.Is(err, mirror.ErrConflict) || !strings.Contains(err.Error(), `epoch 1 of "ann" is over, now epoch 2 of "bob"`) {
		t.Errorf("check of an old claim: %v", err)
	}
	// A device that is deleted and made again does not start over.
	update(t, s, func(tx mirror.Tx) error { return tx.DeleteDevice("d") })
	if again := claim("ann"); again.Epoch != 3 {
		t.Errorf("epoch %d, want 3", again.Epoch)
	}
	if err := check(mirror.Claim{Device: "d", Owner: "bob", Epoch: 3}); !errors.Is(err, mirror.ErrConflict) {
		t.Errorf("the epoch of another owner: %v", err)
	}
}

// Every write method fails in a view, and leaves nothing. The methods are
// found by their results: a test that lists them would miss a new one.
func TestViewCannotWrite(t *testing.T) {
	s := openAt(t, dbPath(t))
	update(t, s, func(tx mirror.Tx) error {
		_, err := tx.PutDevice(mirror.Device{Name: "d"})
		return errors.Join(err, tx.PutSession(session("s")))
	})
	writes := map[string]func(mirror.Tx) error{
		"PutDevice":       func(tx mirror.Tx) error { _, err := tx.PutDevice(mirror.Device{Name: "e"}); return err },
		"DeleteDevice":    func(tx mirror.Tx) error { return tx.DeleteDevice("d") },
		"PutDeviceRead":   func(tx mirror.Tx) error { return tx.PutDeviceRead("d", at(1)) },
		"PutDeviceState":  func(tx mirror.Tx) error { return tx.PutDeviceState(mirror.DeviceState{Device: "d"}) },
		"PutTool":         func(tx mirror.Tx) error { _, err := tx.PutTool(mirror.Tool{Name: "e"}); return err },
		"DeleteTool":      func(tx mirror.Tx) error { return tx.DeleteTool("d") },
		"PutFilter":       func(tx mirror.Tx) error { _, err := tx.PutFilter(mirror.Filter{Name: "e"}); return err },
		"DeleteFilter":    func(tx mirror.Tx) error { return tx.DeleteFilter("d") },
		"PutSession":      func(tx mirror.Tx) error { return tx.PutSession(session("x")) },
		"DeleteSession":   func(tx mirror.Tx) error { return tx.DeleteSession("s") },
		"PutPlacement":    func(tx mirror.Tx) error { return tx.PutPlacement(placement("s", "d", "local")) },
		"DeletePlacement": func(tx mirror.Tx) error { return tx.DeletePlacement(placement("s", "d", "local").Key()) },
		"PutNative":       func(tx mirror.Tx) error { return tx.PutNative(native("d", "nm-a", "1")) },
		"DeleteNative":    func(tx mirror.Tx) error { return tx.DeleteNative("d", "nm-a") },
		"PutOperation":    func(tx mirror.Tx) error { return tx.PutOperation(operation("o", "s", mirror.OpRunning, at(1))) },
		"PutPlan":         func(tx mirror.Tx) error { return tx.PutPlan(plan("p", at(1), "x")) },
		"DeleteOperation": func(tx mirror.Tx) error { return tx.DeleteOperation("o") },
		"DropEvents":      func(tx mirror.Tx) error { _, err := tx.DropEvents(at(9), 0, 9); return err },
		"DropCopies":      func(tx mirror.Tx) error { _, err := tx.DropCopies(at(9), 9); return err },
		"PutCopy": func(tx mirror.Tx) error {
			return tx.PutCopy(mirror.Copy{Session: "s", Source: mirror.Source{Device: "d"}})
		},
		"AppendEvent":  func(tx mirror.Tx) error { return tx.AppendEvent(mirror.Event{}) },
		"Claim":        func(tx mirror.Tx) error { _, err := tx.Claim("d", "o", at(1)); return err },
		"PutJournal":   func(tx mirror.Tx) error { return tx.PutJournal(mirror.JournalEntry{Device: "d", Tx: "1"}) },
		"CloseJournal": func(tx mirror.Tx) error { return tx.CloseJournal("d", "1") },
		"PutAuthorship": func(tx mirror.Tx) error {
			return tx.PutAuthorship(mirror.ResourceDevice, "d", mirror.Authorship{CreatedBy: "ann"})
		},
		"PutToken":            func(tx mirror.Tx) error { return tx.PutToken(mirror.Token{ID: "t", Hash: "h"}) },
		"NextGeneration":      func(tx mirror.Tx) error { _, err := tx.NextGeneration("s"); return err },
		"PutHostKey":          func(tx mirror.Tx) error { return tx.PutHostKey(mirror.HostKey{Host: "h:22", Key: "k"}) },
		"DeleteHostKey":       func(tx mirror.Tx) error { return tx.DeleteHostKey("h:22") },
		"PutProfile":          func(tx mirror.Tx) error { return tx.PutProfile(mirror.Profile{Name: "p"}) },
		"DeleteProfile":       func(tx mirror.Tx) error { return tx.DeleteProfile("p") },
		"PutLoginRefusal":     func(tx mirror.Tx) error { return tx.PutLoginRefusal(mirror.LoginRefusal{Profile: "p"}) },
		"DeleteLoginRefusal":  func(tx mirror.Tx) error { return tx.DeleteLoginRefusal("p", "h:22") },
		"DeleteLoginRefusals": func(tx mirror.Tx) error { return tx.DeleteLoginRefusals("p") },
		"PutHold":             func(tx mirror.Tx) error { return tx.PutHold(mirror.Hold{Reason: "r"}) },
		"DeleteHold":          func(tx mirror.Tx) error { return tx.DeleteHold() },
		"PutLoadMinute":       func(tx mirror.Tx) error { return tx.PutLoadMinute(mirror.LoadMinute{Place: "d"}) },
		"DeleteLoadMinutes":   func(tx mirror.Tx) error { return tx.DeleteLoadMinutes(at(1)) },
		"PutWebhook":          func(tx mirror.Tx) error { _, err := tx.PutWebhook(mirror.Webhook{Name: "e"}); return err },
		"DeleteWebhook":       func(tx mirror.Tx) error { return tx.DeleteWebhook("e") },
		"PutTrigger":          func(tx mirror.Tx) error { _, err := tx.PutTrigger(mirror.Trigger{Name: "e"}); return err },
		"DeleteTrigger":       func(tx mirror.Tx) error { return tx.DeleteTrigger("e") },
		"PutTriggerState":     func(tx mirror.Tx) error { return tx.PutTriggerState(mirror.TriggerState{Name: "e"}) },
		"PutOutlet":           func(tx mirror.Tx) error { return tx.PutOutlet(mirror.Outlet{Name: "e"}) },
		"PutDeadLetter":       func(tx mirror.Tx) error { return tx.PutDeadLetter(mirror.DeadLetter{Outlet: "e"}) },
		"DeleteDeadLetter":    func(tx mirror.Tx) error { return tx.DeleteDeadLetter("e", 1) },
		"DeleteToken":         func(tx mirror.Tx) error { return tx.DeleteToken("t") },
	}
	typ := reflect.TypeFor[mirror.Tx]()
	for i := range typ.NumMethod() {
		name := typ.Method(i).Name
		changes := name == "Claim"
		for _, verb := range []string{"Put", "Delete", "Drop", "Append", "Close", "Next"} {
			changes = changes || strings.HasPrefix(name, verb)
		}
		if _, listed := writes[name]; listed != changes {
			t.Errorf("method %s: listed as a write %v, want %v", name, listed, changes)
		}
	}
	before := snapshot(t, s)
	for name, write := range writes {
		view(t, s, func(tx mirror.Tx) error {
			if err := write(tx); err == nil || !strings.Contains(err.Error(), "a view cannot write") {
				t.Errorf("%s in a view: %v", name, err)
			}
			return nil
		})
	}
	same(t, "after the views", snapshot(t, s), before)

	// The connections of views are read-only themselves.
	if _, err := s.reads.ExecContext(t.Context(), `DELETE FROM sessions`); err == nil || !strings.Contains(err.Error(), "readonly") {
		t.Errorf("write on a connection for reading: %v", err)
	}
}
