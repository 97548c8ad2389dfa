package gnmi

import (
	"context"
	"errors"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"github.com/openconfig/gnmi/proto/gnmi_ext"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netmirror/netmirror/internal/lab/model"
)

// A set is what a SetRequest wants.
type set struct {
	deletes           []model.Path
	replaces, updates []model.Update
	forms             []string
	results           []*gpb.UpdateResult
}

// readSet reads a request in the order in which it is carried out.
func (s *Server) readSet(req *gpb.SetRequest) (w set, err error) {
	if len(req.GetUnionReplace()) > 0 {
		return w, status.Error(codes.Unimplemented, "union_replace is not supported")
	}
	add := func(op gpb.UpdateResult_Operation, verb string, p *gpb.Path, v *gpb.TypedValue) (model.Path, error) {
		at, err := s.pathOf(req.GetPrefix(), p)
		w.forms = append(w.forms, told(verb, at, v))
		w.results = append(w.results, &gpb.UpdateResult{Path: p, Op: op})
		return at, err
	}
	for _, p := range req.GetDelete() {
		at, err := add(gpb.UpdateResult_DELETE, "delete", p, nil)
		if err != nil {
			return w, err
		}
		w.deletes = append(w.deletes, at)
	}
	for _, list := range []struct {
		of   []*gpb.Update
		op   gpb.UpdateResult_Operation
		verb string
		into *[]model.Update
	}{{req.GetReplace(), gpb.UpdateResult_REPLACE, "replace", &w.replaces}, {req.GetUpdate(), gpb.UpdateResult_UPDATE, "update", &w.updates}} {
		for _, u := range list.of {
			at, err := add(list.op, list.verb, u.GetPath(), u.GetVal())
			if err != nil {
				return w, err
			}
			us, err := updates(at, u.GetVal())
			if err != nil {
				return w, err
			}
			*list.into = append(*list.into, us...)
		}
	}
	return w, nil
}

// defaultWindow is that of a trial that does not say (commit-confirmed specification).
const defaultWindow = 10 * time.Minute

// Set changes the configuration as one transaction, or ends a trial.
func (s *Server) Set(ctx context.Context, req *gpb.SetRequest) (*gpb.SetResponse, error) {
	if cmds := s.commandLine(req.GetPrefix(), updated(req)); cmds != nil {
		return s.apply(ctx, cmds, req)
	}
	if err := s.noModel(); err != nil {
		return nil, err
	}
	user, d := userOf(ctx), s.host.Device()
	if !user.Writes {
		return nil, status.Errorf(codes.PermissionDenied, "user '%s' may not change the configuration", user.Name)
	}
	want, err := s.readSet(req)
	if err != nil {
		return nil, err
	}
	fate := Happens
	for _, form := range want.forms {
		s.meter.ConfigLines.Add(1)
		switch f := s.host.EditArrives(); f {
		case LostBefore:
			return nil, s.lose(ctx)
		case LostAfter:
			fate = f
		}
		if text, refused := s.host.Refusal(form); refused {
			return nil, status.Error(codes.Aborted, trimmed(text))
		}
	}
	commit := extension(req)
	if commit == nil || !d.About().Trials { // an extension that a switch does not know is passed over
		commit = &gnmi_ext.Commit{}
	}
	if err := s.commit(d, user.Name, want, commit); err != nil {
		return nil, err
	}
	if fate == LostAfter {
		return nil, s.lose(ctx)
	}
	if t := s.host.Pace().CommitTime; t > 0 && !pause(ctx, t) {
		return nil, status.FromContextError(ctx.Err()).Err()
	}
	return &gpb.SetResponse{Prefix: req.GetPrefix(), Response: want.results, Timestamp: time.Now().UnixNano()}, nil
}

func updated(req *gpb.SetRequest) (paths []*gpb.Path) {
	for _, u := range req.GetUpdate() {
		paths = append(paths, u.GetPath())
	}
	return paths
}

func extension(req *gpb.SetRequest) *gnmi_ext.Commit {
	for _, e := range req.GetExtension() {
		if c := e.GetCommit(); c != nil {
			return c
		}
	}
	return nil
}

func (s *Server) commit(d model.Device, user string, want set, c *gnmi_ext.Commit) error {
	var err error
	switch a := c.GetAction().(type) {
	case nil, *gnmi_ext.Commit_Commit:
		trial := model.Trial{}
		if a != nil {
			trial = model.Trial{ID: c.GetId(), Window: defaultWindow}
			if w := c.GetCommit().GetRollbackDuration(); w != nil {
				trial.Window = w.AsDuration()
			}
			if trial.ID == "" || trial.Window <= 0 {
				return status.Error(codes.InvalidArgument, "a commit that is to be confirmed needs an id and a rollback duration")
			}
		}
		err = d.Put(user, func(n *model.Node) (*model.Node, error) {
			next, err := d.Schema().Set(n, want.deletes, want.replaces, want.updates)
			if err != nil {
				return nil, refusal(err, codes.InvalidArgument)
			}
			return next, nil
		}, trial)
	default:
		if len(want.forms) > 0 {
			return status.Error(codes.InvalidArgument, "what ends a commit takes no changes")
		}
		switch c.GetAction().(type) {
		case *gnmi_ext.Commit_Confirm:
			err = d.Confirm(user, c.GetId())
		case *gnmi_ext.Commit_Cancel:
			err = d.Cancel(user, c.GetId())
		default:
			err = d.Extend(c.GetId(), c.GetSetRollbackDuration().GetRollbackDuration().AsDuration())
		}
	}
	switch {
	case errors.Is(err, model.ErrWaits):
		return status.Error(codes.FailedPrecondition, "a commit is waiting to be confirmed")
	case errors.Is(err, model.ErrNothing):
		return status.Errorf(codes.InvalidArgument, "no commit with id '%s' is waiting to be confirmed", c.GetId())
	case err != nil:
		return refusal(err, codes.Aborted)
	}
	return nil
}
