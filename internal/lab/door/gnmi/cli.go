package gnmi

import (
	"context"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netmirror/netmirror/internal/lab/model"
)

// originCLI is the origin of commands and of lines.
const originCLI = "cli"

// A CommandLine is a switch whose command line is to be had as the origin "cli". Errors
// hold the device's words.
type CommandLine interface {
	// About is what it tells of itself.
	About() model.About
	// Show is what a command shows to a user, as text or in JSON.
	Show(user string, privilege int, command string, json bool) (string, error)
	// Apply puts lines in force as one transaction, all or none.
	Apply(user string, privilege int, lines []string) error
}

// commandLine is that of the switch where the first of paths is of its origin.
func (s *Server) commandLine(prefix *gpb.Path, paths []*gpb.Path) CommandLine {
	if prefix.GetOrigin() == originCLI || len(paths) > 0 && paths[0].GetOrigin() == originCLI {
		return s.host.CommandLine()
	}
	return nil
}

// about is what the switch tells of itself.
func (s *Server) about() model.About {
	if d := s.host.Device(); d != nil {
		return d.About()
	}
	return s.host.CommandLine().About()
}

// noModel refuses what is about data where a switch has none.
func (s *Server) noModel() error {
	if s.host.Device() == nil {
		return status.Error(codes.Unimplemented, "only origin 'cli' is served")
	}
	return nil
}

// show answers a Get of commands. Which codes a device refuses with is not recorded:
// InvalidArgument stands for every refusal.
func (s *Server) show(ctx context.Context, cmds CommandLine, req *gpb.GetRequest) (*gpb.GetResponse, error) {
	enc, user := req.GetEncoding(), userOf(ctx)
	if enc != gpb.Encoding_ASCII && enc != gpb.Encoding_JSON {
		return nil, status.Errorf(codes.Unimplemented, "encoding %s is not supported for origin cli", enc)
	}
	out := &gpb.GetResponse{}
	for _, p := range req.GetPath() {
		if len(p.GetElem()) != 1 || len(p.Elem[0].Key) > 0 {
			return nil, status.Error(codes.InvalidArgument, "a path of origin cli is one command")
		}
		command := p.Elem[0].Name
		forms := []string{command}
		if enc == gpb.Encoding_JSON {
			forms = append(forms, command+" | json") // as it is typed
		}
		if text, refused := s.host.Refusal(forms...); refused {
			return nil, status.Error(codes.InvalidArgument, trimmed(text))
		}
		text, err := cmds.Show(user.Name, user.Privilege, command, enc == gpb.Encoding_JSON)
		if err != nil {
			return nil, status.Error(codes.InvalidArgument, err.Error())
		}
		text = s.host.Distort(text, forms...)
		v := &gpb.TypedValue{Value: &gpb.TypedValue_AsciiVal{AsciiVal: text}}
		if enc == gpb.Encoding_JSON {
			v.Value = &gpb.TypedValue_JsonVal{JsonVal: []byte(text)}
		}
		out.Notification = append(out.Notification, &gpb.Notification{Timestamp: time.Now().UnixNano(), Update: []*gpb.Update{{Path: p, Val: v}}})
	}
	return out, nil
}

// apply carries out a Set of lines. Aborted stands for a refusal of the transaction, as the
// specification wants it (3.4.3).
func (s *Server) apply(ctx context.Context, cmds CommandLine, req *gpb.SetRequest) (*gpb.SetResponse, error) {
	if len(req.GetDelete())+len(req.GetReplace()) > 0 {
		return nil, status.Error(codes.InvalidArgument, "origin cli takes updates alone")
	}
	out, user, fate := &gpb.SetResponse{Prefix: req.GetPrefix()}, userOf(ctx), Happens
	var lines []string
	for _, u := range req.GetUpdate() {
		v, ascii := u.GetVal().GetValue().(*gpb.TypedValue_AsciiVal)
		if u.GetPath().GetOrigin() != originCLI && req.GetPrefix().GetOrigin() != originCLI || len(u.GetPath().GetElem()) > 0 || !ascii {
			return nil, status.Error(codes.InvalidArgument, "an update of origin cli has an empty path and an ASCII value")
		}
		lines = append(lines, v.AsciiVal)
		out.Response = append(out.Response, &gpb.UpdateResult{Path: u.GetPath(), Op: gpb.UpdateResult_UPDATE})
	}
	for _, line := range lines {
		s.meter.ConfigLines.Add(1)
		switch f := s.host.EditArrives(); f {
		case LostBefore:
			return nil, s.lose(ctx)
		case LostAfter:
			fate = f
		}
		if text, refused := s.host.Refusal(line); refused {
			return nil, status.Error(codes.Aborted, trimmed(text))
		}
	}
	if err := cmds.Apply(user.Name, user.Privilege, lines); err != nil {
		return nil, status.Error(codes.Aborted, err.Error())
	}
	if fate == LostAfter {
		return nil, s.lose(ctx)
	}
	if t := s.host.Pace().CommitTime; t > 0 && !pause(ctx, t) {
		return nil, status.FromContextError(ctx.Err()).Err()
	}
	out.Timestamp = time.Now().UnixNano()
	return out, nil
}
