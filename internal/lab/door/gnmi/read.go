package gnmi

import (
	"context"
	"slices"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netmirror/netmirror/internal/lab/model"
)

// speaks reports whether a switch has an encoding.
func (s *Server) speaks(enc gpb.Encoding) error {
	if (enc == gpb.Encoding_JSON || enc == gpb.Encoding_JSON_IETF || enc == gpb.Encoding_PROTO) && slices.Contains(s.about().Encodings, enc.String()) {
		return nil
	}
	return status.Errorf(codes.Unimplemented, "encoding %s is not supported", enc)
}

// Get reads. CONFIG is the configuration as it was configured; the other types are of the
// state, which has the configuration with its defaults, too. What is known and not there
// is no error: its notification has no update.
func (s *Server) Get(ctx context.Context, req *gpb.GetRequest) (*gpb.GetResponse, error) {
	if cmds := s.commandLine(req.GetPrefix(), req.GetPath()); cmds != nil {
		return s.show(ctx, cmds, req)
	}
	if err := s.noModel(); err != nil {
		return nil, err
	}
	if err := s.speaks(req.GetEncoding()); err != nil {
		return nil, err
	}
	d := s.host.Device()
	tree := d.State
	if req.GetType() == gpb.GetRequest_CONFIG {
		tree = d.Config
	}
	root := tree()
	out := &gpb.GetResponse{}
	for _, p := range append(req.GetPath(), onlyPrefix(req)...) {
		at, err := s.pathOf(req.GetPrefix(), p)
		if err != nil {
			return nil, err
		}
		form := "get " + at.String()
		if text, refused := s.host.Refusal(form); refused {
			return nil, status.Error(codes.Internal, trimmed(text))
		}
		found, err := d.Schema().Find(root, at)
		if err != nil {
			return nil, refusal(err, codes.InvalidArgument)
		}
		out.Notification = append(out.Notification, s.notification(found, req.GetEncoding(), form))
	}
	return out, nil
}

// onlyPrefix: a request may have no path but its prefix.
func onlyPrefix(req *gpb.GetRequest) []*gpb.Path {
	if len(req.GetPath()) == 0 {
		return []*gpb.Path{{}}
	}
	return nil
}

func (s *Server) notification(found []*model.Node, enc gpb.Encoding, form string) *gpb.Notification {
	n := &gpb.Notification{Timestamp: time.Now().UnixNano()}
	if enc == gpb.Encoding_PROTO { // which has values alone
		var all []*model.Node
		for _, f := range found {
			all = append(all, leaves(f)...)
		}
		found = all
	}
	for _, r := range together(found) {
		v := r.value(enc, func(text string) string { return trimmed(s.host.Distort(text, form)) })
		n.Update = append(n.Update, &gpb.Update{Path: wirePath(r.path), Val: v})
	}
	return n
}

// trimmed is a text of the faults, which ends a line.
func trimmed(text string) string {
	for len(text) > 0 && text[len(text)-1] == '\n' {
		text = text[:len(text)-1]
	}
	return text
}
