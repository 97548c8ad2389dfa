package gnmi

import (
	"context"
	"fmt"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"github.com/openconfig/gnmi/proto/gnmi_ext"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A SetRequest changes a device in one transaction: first what is deleted, then what is
// replaced, then what is updated, each in the order given.
type SetRequest struct {
	Deletes  []Path
	Replaces []Update // what stands there and is not in the value goes
	Updates  []Update // merged into what stands there
	// Commit makes the change one that must be confirmed, or ends one that is. A Confirm,
	// Cancel or Extend goes alone.
	Commit *Commit
}

// A CommitAction is what is done with a confirmed commit.
type CommitAction int

// Actions of the commit-confirmed extension (gnmi_ext.Commit). There is one confirmed
// commit at a time on a server, and any connection that knows its id may end it.
const (
	CommitBegin   CommitAction = iota + 1 // the request's changes go back unless they are confirmed within Window
	CommitConfirm                         // they stay
	CommitCancel                          // they go back now
	CommitExtend                          // Window begins anew
)

// A Commit is about one confirmed commit.
type Commit struct {
	ID     string // chosen by whoever begins it
	Action CommitAction
	Window time.Duration // of CommitBegin and CommitExtend; 0 = the server's
}

// A SetResult is what a server says of a Set that it took.
type SetResult struct {
	At time.Time // the server's; zero = not told
}

// Set changes the device in one transaction, all or nothing. A refusal by the server is
// a mirror.DeviceError in its words, of the kind ErrRejected unless it is about the
// login, the right to do it, or a request that it does not know: nothing was changed
// then. Any other error leaves it unknown whether the change was made, except ErrInvalid
// (it cannot be sent) and ErrNotSent. Timeouts.Push bounds it.
func (c *Conn) Set(ctx context.Context, s SetRequest) (SetResult, error) {
	var out SetResult
	message, err := s.wire()
	if err != nil {
		return out, fmt.Errorf("gNMI Set: %w", err)
	}
	r := &request{verb: "Set", sent: s.String(), change: true}
	err = c.ask(ctx, r, c.push, func(ctx context.Context) error {
		answer, err := c.client.Set(ctx, message)
		if err != nil {
			return err
		}
		// Servers of the first versions answer with errors inside of an answer.
		if e := answer.GetMessage(); e.GetCode() != 0 { //nolint:staticcheck // as said
			return oldError(e, r)
		}
		for _, one := range answer.GetResponse() {
			if e := one.GetMessage(); e.GetCode() != 0 { //nolint:staticcheck // as said
				return oldError(e, r)
			}
		}
		if answer.GetTimestamp() != 0 {
			out.At = time.Unix(0, answer.GetTimestamp()).UTC()
		}
		return nil
	})
	return out, err
}

// oldError is an error inside of an answer as if it were that of the request.
func oldError(e *gpb.Error, r *request) error { //nolint:staticcheck // old servers send it
	r.answered.Store(true)
	return status.Error(codes.Code(e.GetCode()), e.GetMessage()) //nolint:staticcheck // as above
}

func (s SetRequest) wire() (*gpb.SetRequest, error) {
	out := &gpb.SetRequest{}
	var err error
	if out.Delete, err = wirePaths(s.Deletes); err != nil {
		return nil, err
	}
	if out.Replace, err = wireUpdates(s.Replaces); err != nil {
		return nil, err
	}
	if out.Update, err = wireUpdates(s.Updates); err != nil {
		return nil, err
	}
	changes := len(s.Deletes) + len(s.Replaces) + len(s.Updates)
	if s.Commit == nil {
		if changes == 0 {
			return nil, fmt.Errorf("there is nothing to set: %w", mirror.ErrInvalid)
		}
		return out, nil
	}
	x, err := s.Commit.wire(changes)
	if err != nil {
		return nil, err
	}
	out.Extension = []*gnmi_ext.Extension{{Ext: &gnmi_ext.Extension_Commit{Commit: x}}}
	return out, nil
}

func wireUpdates(updates []Update) ([]*gpb.Update, error) {
	out := make([]*gpb.Update, len(updates))
	for i, u := range updates {
		if err := u.Path.check(); err != nil {
			return nil, err
		}
		value, err := wireValue(u.Value)
		if err != nil {
			return nil, fmt.Errorf("the value of %s: %w", u.Path, err)
		}
		out[i] = &gpb.Update{Path: u.Path.wire(), Val: value}
	}
	return out, nil
}

func (x Commit) wire(changes int) (*gnmi_ext.Commit, error) {
	out := &gnmi_ext.Commit{Id: x.ID}
	var window *durationpb.Duration
	if x.Window > 0 {
		window = durationpb.New(x.Window)
	}
	begins := x.Action == CommitBegin
	switch {
	case x.ID == "":
		return nil, fmt.Errorf("a confirmed commit needs an id: %w", mirror.ErrInvalid)
	case x.Window < 0 || x.Action == CommitExtend && x.Window == 0:
		return nil, fmt.Errorf("a window of %v is none: %w", x.Window, mirror.ErrInvalid)
	case begins && changes == 0, !begins && changes > 0:
		return nil, fmt.Errorf("a confirmed commit begins with changes and ends without: %w", mirror.ErrInvalid)
	}
	switch x.Action {
	case CommitBegin:
		out.Action = &gnmi_ext.Commit_Commit{Commit: &gnmi_ext.CommitRequest{RollbackDuration: window}}
	case CommitConfirm:
		out.Action = &gnmi_ext.Commit_Confirm{Confirm: &gnmi_ext.CommitConfirm{}}
	case CommitCancel:
		out.Action = &gnmi_ext.Commit_Cancel{Cancel: &gnmi_ext.CommitCancel{}}
	case CommitExtend:
		out.Action = &gnmi_ext.Commit_SetRollbackDuration{SetRollbackDuration: &gnmi_ext.CommitSetRollbackDuration{RollbackDuration: window}}
	default:
		return nil, fmt.Errorf("action %d of a confirmed commit is none: %w", x.Action, mirror.ErrInvalid)
	}
	return out, nil
}

var actions = map[CommitAction]string{CommitBegin: "commit", CommitConfirm: "confirm", CommitCancel: "cancel", CommitExtend: "extend"}

// String names the operations for people: those with lines of a command line by the
// lines.
func (s SetRequest) String() string {
	var texts []string
	for _, p := range s.Deletes {
		texts = append(texts, "delete "+p.String())
	}
	name := func(what string, updates []Update) {
		for _, u := range updates {
			text := what + " " + u.Path.String()
			if line, ok := u.Value.(ASCII); ok && u.Path.Origin == "cli" {
				text = cut(string(line))
			}
			texts = append(texts, text)
		}
	}
	name("replace", s.Replaces)
	name("update", s.Updates)
	if x := s.Commit; x != nil {
		texts = append(texts, actions[x.Action]+" "+x.ID)
	}
	return few(texts)
}
