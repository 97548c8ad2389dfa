package gnmi

import (
	"bytes"
	"errors"
	"io"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netmirror/netmirror/internal/lab/model"
)

// shortest is how often a switch samples at most; 0 in a subscription stands for it.
// Once is also how often what no event tells (a far end that goes down) is looked at.
const shortest = time.Second

// A watch is one subscription of a list and what it was told.
type watch struct {
	path      model.Path
	onChange  bool
	every     time.Duration // between samples, or heartbeats of what is on change; 0 = none
	redundant bool          // samples tell what has not changed, too
	due       time.Time
	told      map[string][]byte
}

// A telling is one call of Subscribe.
type telling struct {
	s       *Server
	to      gpb.GNMI_SubscribeServer
	list    *gpb.SubscriptionList
	watches []*watch
}

// Subscribe tells values once, when asked, or as they are sampled and change, each leaf
// by itself.
func (s *Server) Subscribe(ss gpb.GNMI_SubscribeServer) error {
	req, err := ss.Recv()
	if err != nil {
		return err
	}
	t := &telling{s: s, to: ss, list: req.GetSubscribe()}
	if t.list == nil {
		return status.Error(codes.InvalidArgument, "the first request has no subscription list")
	}
	if s.telling() == nil {
		return s.noModel()
	}
	if err := s.speaks(t.list.GetEncoding()); err != nil {
		return err
	}
	if err := t.read(); err != nil {
		return err
	}
	changed := s.telling().Changed() // before what is told first: nothing gets lost between
	if err := t.tellAll(t.list.GetUpdatesOnly()); err != nil {
		return err
	}
	if err := t.synced(); err != nil {
		return err
	}
	switch t.list.GetMode() {
	case gpb.SubscriptionList_ONCE:
		return nil
	case gpb.SubscriptionList_POLL:
		return t.polled()
	}
	return t.stream(changed)
}

// telling is what the switch tells by itself: its data model, or what a switch tells that
// is configured by its command line alone; nil for nothing.
func (s *Server) telling() model.Telling {
	if d := s.host.Device(); d != nil {
		return d
	}
	if c, tells := s.host.CommandLine().(interface{ Telling() model.Telling }); tells {
		return c.Telling()
	}
	return nil
}

func (t *telling) read() error {
	for _, sub := range t.list.GetSubscription() {
		at, err := t.s.pathOf(t.list.GetPrefix(), sub.GetPath())
		if err != nil {
			return err
		}
		if _, err := t.s.telling().Schema().Find(t.s.telling().Schema().New(), at); err != nil {
			return refusal(err, codes.InvalidArgument)
		}
		w := &watch{path: at, onChange: sub.GetMode() != gpb.SubscriptionMode_SAMPLE, redundant: !sub.GetSuppressRedundant()}
		w.every = time.Duration(sub.GetHeartbeatInterval())
		if !w.onChange {
			w.every = max(time.Duration(sub.GetSampleInterval()), shortest)
		}
		w.due = time.Now().Add(w.every)
		t.watches = append(t.watches, w)
	}
	return nil
}

func (t *telling) synced() error {
	return t.to.Send(&gpb.SubscribeResponse{Response: &gpb.SubscribeResponse_SyncResponse{SyncResponse: true}})
}

// tellAll tells all values; with quiet they are only noted.
func (t *telling) tellAll(quiet bool) error {
	root := t.s.telling().State()
	for _, w := range t.watches {
		n := w.look(t.s, root, t.list.GetEncoding(), true)
		if quiet || n == nil {
			continue
		}
		if err := t.tell(n); err != nil {
			return err
		}
	}
	return nil
}

func (t *telling) tell(n *gpb.Notification) error {
	n.Prefix = &gpb.Path{Target: t.list.GetPrefix().GetTarget(), Origin: t.list.GetPrefix().GetOrigin()}
	return t.to.Send(&gpb.SubscribeResponse{Response: &gpb.SubscribeResponse_Update{Update: n}})
}

// polled tells all values whenever it is asked.
func (t *telling) polled() error {
	for {
		req, err := t.to.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if req.GetPoll() == nil {
			return status.Error(codes.InvalidArgument, "a poll is expected")
		}
		if err := errors.Join(t.tellAll(false), t.synced()); err != nil {
			return err
		}
	}
}

// stream tells samples when they are due, and changes.
func (t *telling) stream(changed <-chan struct{}) error {
	timer := time.NewTimer(shortest)
	defer timer.Stop()
	for {
		select {
		case <-t.to.Context().Done():
			return status.FromContextError(t.to.Context().Err()).Err()
		case <-changed:
			changed = t.s.telling().Changed()
		case <-timer.C:
		}
		root, now := t.s.telling().State(), time.Now()
		next := now.Add(shortest)
		for _, w := range t.watches {
			due := w.every > 0 && !now.Before(w.due)
			if due {
				w.due = now.Add(w.every)
			}
			if w.onChange || due {
				if n := w.look(t.s, root, t.list.GetEncoding(), due && (w.onChange || w.redundant)); n != nil {
					if err := t.tell(n); err != nil {
						return err
					}
				}
			}
			if w.every > 0 && w.due.Before(next) {
				next = w.due
			}
		}
		timer.Reset(time.Until(next))
	}
}

// look reads what is watched and returns what is new of it, or all; nil: nothing is. What
// is gone is deleted: the topmost of what is.
func (w *watch) look(s *Server, root *model.Node, enc gpb.Encoding, all bool) *gpb.Notification {
	found, err := s.telling().Schema().Find(root, w.path)
	if err != nil { // read has seen that the path is known
		return nil
	}
	n := &gpb.Notification{Timestamp: time.Now().UnixNano()}
	now := map[string][]byte{}
	for _, f := range found {
		for _, r := range together(leaves(f)) {
			key, value := r.path.String(), r.json()
			now[key] = value
			if was, had := w.told[key]; all || !had || !bytes.Equal(was, value) {
				n.Update = append(n.Update, &gpb.Update{Path: wirePath(r.path), Val: r.value(enc, func(text string) string { return text })})
			}
		}
	}
	gone := map[string]bool{}
	for key := range w.told {
		if _, there := now[key]; there {
			continue
		}
		p, err := model.ParsePath(key)
		if err != nil {
			continue // String wrote it
		}
		top := topmost(root, s.telling().Schema(), p)
		if name := top.String(); !gone[name] {
			gone[name] = true
			n.Delete = append(n.Delete, wirePath(top))
		}
	}
	if w.told = now; len(n.Update)+len(n.Delete) == 0 {
		return nil
	}
	return n
}

// topmost is the shortest beginning of a path that leads to nothing any more.
func topmost(root *model.Node, schema *model.Schema, p model.Path) model.Path {
	for i := 1; i < len(p); i++ {
		if found, err := schema.Find(root, p[:i]); err == nil && len(found) == 0 {
			return p[:i]
		}
	}
	return p
}
