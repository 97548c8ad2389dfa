package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/transport/gnmi"
)

// ProtocolGNMI is the catalogue key of gNMI, and the format of payloads.
const ProtocolGNMI = "gnmi"

// GNMI is a driver of a platform over gNMI.
func GNMI(p Platform) *Driver { return &Driver{p: p, format: ProtocolGNMI, encode: encodeOps} }

// ConnectGNMI opens a connection and reads who the device is. Errors are those of
// gnmi.Dial and of Platform.Facts.
func (d *Driver) ConnectGNMI(ctx context.Context, t mirror.Target, o gnmi.Options) (*Conn, error) {
	conn, err := gnmi.Dial(ctx, t, o)
	if err != nil {
		return nil, err
	}
	w := &gnmiWire{conn: conn, origin: d.p.Origin, alone: map[string]bool{}}
	w.encoding = encodingOf(conn.Capabilities())
	return d.Open(ctx, t, w, t.Device.Window(false))
}

// encodingOf is that of what is asked for and sent: JSON where the server has none of
// RFC 7951.
func encodingOf(can gnmi.Capabilities) gnmi.Encoding {
	if !can.Has(gnmi.EncodingJSONIETF) && can.Has(gnmi.EncodingJSON) {
		return gnmi.EncodingJSON
	}
	return gnmi.EncodingJSONIETF
}

// A gnmiWire speaks gNMI.
type gnmiWire struct {
	conn     *gnmi.Conn
	origin   string
	encoding gnmi.Encoding
	alone    map[string]bool // paths that the device did not have: one that is missing fails all that is asked with it
	waits    *mirror.Pending // the push of ours over this connection that is not settled
}

func (w *gnmiWire) Server() Server {
	can := w.conn.Capabilities()
	s := Server{Protocol: ProtocolGNMI, Features: map[string]string{"version": can.Version}}
	var encodings []string
	for _, e := range can.Encodings {
		encodings = append(encodings, string(e))
	}
	s.Features["encodings"] = strings.Join(encodings, " ")
	for _, m := range can.Models {
		// Some servers name a module with its namespace in front.
		name, space := m.Name, ""
		if i := strings.LastIndex(name, ":"); i >= 0 {
			name, space = name[i+1:], name[:i]
		}
		s.Models = append(s.Models, Model{Name: name, Namespace: space, Version: m.Version})
	}
	slices.SortFunc(s.Models, func(a, b Model) int { return strings.Compare(a.Name, b.Name) })
	return s
}

// Read asks in as many requests at once as it takes: one for configuration and one for
// state, and one for each path that the device did not have before.
func (w *gnmiWire) Read(ctx context.Context, reads []Read) (Answers, error) {
	answers := Answers{Config: &data.Node{}, State: &data.Node{}}
	groups := map[string][]Read{}
	for _, r := range reads {
		key := fmt.Sprint(r.State)
		if w.alone[r.Path.String()] {
			key += r.Path.String()
		}
		groups[key] = append(groups[key], r)
	}
	missing, err := w.readGroups(ctx, groups, answers)
	if err != nil || len(missing) == 0 {
		return answers, err
	}
	again := map[string][]Read{}
	for _, r := range missing {
		again[fmt.Sprint(r.State)+r.Path.String()] = []Read{r}
	}
	_, err = w.readGroups(ctx, again, answers)
	return answers, err
}

// readGroups asks for all groups at once. missing are the reads of those of which the
// device lacks something; a single one of which it does is simply not there, and is asked
// for alone from then on.
func (w *gnmiWire) readGroups(ctx context.Context, groups map[string][]Read, into Answers) (missing []Read, err error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	var errs []error
	for _, group := range groups {
		all.Go(func() {
			found, err := w.get(ctx, group)
			mu.Lock()
			defer mu.Unlock()
			optional := slices.ContainsFunc(group, func(r Read) bool { return r.Optional })
			switch lacks := errors.Is(err, mirror.ErrNotFound) || optional && errors.Is(err, mirror.ErrRejected); {
			case lacks && len(group) > 1:
				missing = append(missing, group...)
			case lacks:
				w.alone[group[0].Path.String()] = true
			case err != nil:
				errs = append(errs, err)
			default:
				errs = append(errs, put(group[0].State, found, into))
			}
		})
	}
	all.Wait()
	return missing, errors.Join(errs...)
}

func (w *gnmiWire) get(ctx context.Context, group []Read) ([]gnmi.Notification, error) {
	req := gnmi.GetRequest{Type: gnmi.Config, Encoding: w.encoding}
	if group[0].State {
		req.Type = gnmi.State
	}
	for _, r := range group {
		req.Paths = append(req.Paths, w.path(r.Path))
	}
	return w.conn.Get(ctx, req)
}

func (w *gnmiWire) path(p data.Path) gnmi.Path {
	out := gnmi.Path{Origin: w.origin}
	for _, s := range p {
		e := gnmi.Elem{Name: s.Name}
		for _, k := range s.Keys {
			if e.Keys == nil {
				e.Keys = map[string]string{}
			}
			e.Keys[k.Name] = k.Value
		}
		out.Elems = append(out.Elems, e)
	}
	return out
}

// put adds what was read to the tree that it belongs in.
func put(state bool, found []gnmi.Notification, into Answers) error {
	root := into.Config
	if state {
		root = into.State
	}
	for _, n := range found {
		for _, u := range n.Updates {
			nodes, err := decoded(u)
			if err != nil {
				return err
			}
			var p data.Path
			for _, e := range u.Path.Elems {
				s := data.Step{Name: e.Name}
				for _, name := range sortedKeys(e.Keys) {
					s.Keys = append(s.Keys, data.Key{Name: name, Value: e.Keys[name]})
				}
				p = append(p, s)
			}
			data.Put(root, p, nodes)
		}
	}
	return nil
}

func sortedKeys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// decoded is a value as nodes named as the end of its path.
func decoded(u gnmi.Update) ([]*data.Node, error) {
	name := ""
	if n := len(u.Path.Elems); n > 0 {
		name = u.Path.Elems[n-1].Name
	}
	switch v := u.Value.(type) {
	case nil:
		return nil, nil
	case gnmi.JSONIETF:
		return data.FromJSON(name, v)
	case gnmi.JSON:
		return data.FromJSON(name, v)
	case []gnmi.Value:
		var out []*data.Node
		for _, e := range v {
			out = append(out, data.V(name, fmt.Sprint(e)))
		}
		return out, nil
	case gnmi.Proto, []byte:
		return nil, fmt.Errorf("%s came in an encoding that was not asked for: %w", u.Path, mirror.ErrParse)
	default:
		return []*data.Node{data.V(name, fmt.Sprint(v))}, nil
	}
}

// Push is one Set.
func (w *gnmiWire) Push(ctx context.Context, tx string, texts []string, window time.Duration) (until time.Time, refused *Refusal, err error) {
	var req gnmi.SetRequest
	for _, t := range texts {
		ops, err := decodeOps(t)
		if err != nil {
			return until, nil, fmt.Errorf("%w: %w", mirror.ErrNotSent, err)
		}
		if err := w.add(&req, ops); err != nil {
			return until, nil, fmt.Errorf("%w: %w", mirror.ErrNotSent, err)
		}
	}
	if len(req.Deletes)+len(req.Replaces)+len(req.Updates) == 0 {
		return until, nil, nil // a change of nothing that the device holds
	}
	if window > 0 {
		req.Commit = &gnmi.Commit{ID: tx, Action: gnmi.CommitBegin, Window: window}
	}
	began := time.Now() // the device's time begins later
	if _, err = w.conn.Set(ctx, req); err != nil {
		if r := setRefusal(err, texts); r != nil {
			return until, r, nil
		}
		return until, nil, err
	}
	if window > 0 {
		until = began.Add(window)
		w.waits = &mirror.Pending{Kind: mirror.WaitTimer, Tx: tx, Ours: true, Until: until}
	}
	return until, nil, nil
}

func (w *gnmiWire) add(req *gnmi.SetRequest, ops []op) error {
	for _, o := range ops {
		path, err := gnmi.ParsePath(o.path())
		if err != nil {
			return err
		}
		path.Origin = w.origin
		var value gnmi.Value = gnmi.JSONIETF(o.Value)
		if w.encoding == gnmi.EncodingJSON {
			value = gnmi.JSON(o.Value)
		}
		switch {
		case o.Delete != "":
			req.Deletes = append(req.Deletes, path)
		case o.Replace != "":
			req.Replaces = append(req.Replaces, gnmi.Update{Path: path, Value: value})
		default:
			req.Updates = append(req.Updates, gnmi.Update{Path: path, Value: value})
		}
	}
	return nil
}

// setRefusal is the device's verdict on a Set, nil where the error is of the connection. It
// is about one of the texts where the device names a path of that one alone.
func setRefusal(err error, texts []string) *Refusal {
	var words *mirror.DeviceError
	if !errors.As(err, &words) || errors.Is(err, mirror.ErrUnreachable) || errors.Is(err, mirror.ErrTimeout) || errors.Is(err, mirror.ErrLoginRefused) {
		return nil
	}
	out := &Refusal{Text: -1, Err: err}
	if len(texts) == 1 {
		out.Text = 0
		return out
	}
	for i, t := range texts {
		paths, _ := touchedByOps(t)
		if !slices.ContainsFunc(paths, func(p string) bool { return strings.Contains(words.Answer, strings.TrimPrefix(p, "/")) }) {
			continue
		}
		if out.Text >= 0 {
			out.Text = -1
			return out
		}
		out.Text = i
	}
	return out
}

func (w *gnmiWire) Encode(edits []data.Edit) string { return encodeOps(edits) }

func (w *gnmiWire) Touched(text string) ([]string, error) { return touchedByOps(text) }

// Pending is what this connection itself began: gNMI lists no commit that waits.
func (w *gnmiWire) Pending(context.Context) ([]mirror.Pending, error) {
	if w.waits == nil || time.Now().After(w.waits.Until) {
		return nil, nil
	}
	return []mirror.Pending{*w.waits}, nil
}

// Confirm makes a push last, over whatever connection it was made.
func (w *gnmiWire) Confirm(ctx context.Context, tx string) error {
	return w.settle(ctx, tx, gnmi.CommitConfirm)
}

// Abort takes a push back.
func (w *gnmiWire) Abort(ctx context.Context, tx string) error {
	return w.settle(ctx, tx, gnmi.CommitCancel)
}

// settle ends a commit that waits. A server that knows no such commit says so by one of
// several codes: of one that this connection began, and whose time is not over, only those
// of the protocol count.
func (w *gnmiWire) settle(ctx context.Context, tx string, action gnmi.CommitAction) error {
	_, err := w.conn.Set(ctx, gnmi.SetRequest{Commit: &gnmi.Commit{ID: tx, Action: action}})
	ours := w.waits != nil && w.waits.Tx == tx && time.Now().Before(w.waits.Until)
	if errors.Is(err, mirror.ErrRejected) && (!ours || notWaiting(err)) {
		err = fmt.Errorf("%w: %w", mirror.ErrNotFound, err)
	}
	if w.waits != nil && w.waits.Tx == tx && (err == nil || errors.Is(err, mirror.ErrNotFound)) {
		w.waits = nil
	}
	return err
}

// notWaiting: no commit waits, or one of another name (gnmi-commit-confirmed 3.2.2, 3.2.3).
func notWaiting(err error) bool {
	var code gnmi.Status
	return errors.As(err, &code) && slices.Contains([]gnmi.Status{gnmi.Status(codes.FailedPrecondition), gnmi.Status(codes.InvalidArgument), gnmi.Status(codes.NotFound)}, code)
}

func (w *gnmiWire) Close() error { return w.conn.Close() }
