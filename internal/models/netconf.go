package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/transport/netconf"
)

// NETCONFFormat is that of payloads over NETCONF: the elements inside <config>.
const NETCONFFormat = "netconf"

// A NETCONF is what a platform's servers differ in that no capability tells.
type NETCONF struct {
	// Keys are the names of the keys of lists by the path of names that leads there:
	// "/native/monitor/session": {"id"}. XML does not tell a key from another leaf, and
	// what a text touches is judged by it. What is not named is no list. {"."} is a
	// leaf-list, or a leaf of which it matters which value is written or deleted.
	Keys map[string][]string
	// Attributes are further ones that Platform.Write gives to nodes, as "name=value".
	Attributes []string
	// Running has pushes go to the running configuration even where there is a candidate.
	Running bool
	// Unchecked: nothing is validated before the commit, which does so itself.
	Unchecked bool
	// ReadConfig asks for the running configuration; nil = get-config. "" is no filter.
	ReadConfig func(filter string) netconf.Operation
	// Own is the vendor's own operation for a read, whose answer is at the root of the
	// tree by its own element; nil, or false, = get or ReadConfig.
	Own func(Read) (netconf.Operation, bool)
	// Told reads the answer to an operation of Own, or its refusal: what comes to the root of
	// the tree, nil = nothing. Nil: every element of an answer, and a refusal is an error.
	Told func(r Read, body []byte, refused *netconf.ErrorReply) (*data.Node, error)
	// Saves makes the running configuration the startup configuration; nil: nothing does,
	// or needs to.
	Saves *netconf.Operation
	// Redact replaces a platform's secrets in what a device says. May be nil.
	Redact func(string) string
	// Waits asks what waits, and Waiting reads the answer; nil: the device tells nothing
	// of it, and what is known is what this connection did.
	Waits   *netconf.Operation
	Waiting func(body []byte) ([]mirror.Pending, error)
	// Frees gives the lock back while a push waits that has a name: for a device that lets
	// nobody else commit then, so that whoever knows the name can end it.
	Frees bool
	// AsksByLock finds out what others hold or have waiting by asking for the lock: for a
	// device that tells nothing of it, and gives no lock then.
	AsksByLock bool
	// Shared is set where commits are not those of RFC 6241; Waits is needed then.
	Shared *SharedCommit
}

// Driver is a platform over NETCONF.
func (n NETCONF) Driver(p Platform) *Driver {
	return &Driver{p: p, format: NETCONFFormat, encode: func(edits []data.Edit) string { return data.XML(edits, p.Namespaces) }}
}

// Dial connects to a device and gives its wire, a Settler. Errors are those of
// netconf.Dial; mirror.ErrUnsupported where the server has neither a candidate nor a
// running configuration that is written as a whole or not at all.
func (n NETCONF) Dial(ctx context.Context, t mirror.Target, p Platform, o netconf.Options) (Wire, error) {
	o.Redact = n.Redact
	conn, err := netconf.Dial(ctx, t, o)
	if err != nil {
		return nil, err
	}
	w := &netconfWire{n: n, p: p, conn: conn, device: cmp.Or(t.Device.Name, t.Transport.Address)}
	can := conn.Capabilities()
	w.candidate = can.Has(netconf.CandidateConfig) && !n.Running
	w.persists = w.candidate && can.Has(netconf.ConfirmedCommit11)
	w.confirms = w.persists || w.candidate && can.Has(netconf.ConfirmedCommit10)
	w.validates = !n.Unchecked && (can.Has(netconf.Validate10) || can.Has(netconf.Validate11))
	if !w.candidate && !(can.Has(netconf.WritableRunning) && can.Has(netconf.RollbackOnError)) {
		return nil, errors.Join(fmt.Errorf("%s announces neither a candidate nor a running configuration with rollback on error: %w", w.device, mirror.ErrUnsupported), conn.Close())
	}
	return w, nil
}

// A netconfWire is a Wire and a Settler over NETCONF.
type netconfWire struct {
	n      NETCONF
	p      Platform
	conn   *netconf.Conn
	device string

	candidate, validates bool
	confirms             bool // commits can be taken back
	persists             bool // and confirmed from another session, by name

	saveSaid []mirror.Exchange

	tx    string         // that this connection pushed and that waits, "" = none
	until time.Time      // when it ends
	held  bool           // what is edited is locked by us
	freed *netconf.Call  // that gives a lock back, and whose answer nobody has seen
	asked netconf.Result // what waits, seen under the lock that was taken for a look
}

// Server is what the device's hello said.
func (w *netconfWire) Server() Server {
	s := Server{Protocol: "netconf", Features: map[string]string{}}
	for _, c := range w.conn.Capabilities() {
		if name := c.Params.Get("module"); name != "" {
			s.Models = append(s.Models, Model{Name: name, Namespace: c.URI, Version: c.Params.Get("revision")})
			continue
		}
		s.Features[c.URI] = c.Params.Encode()
	}
	slices.SortFunc(s.Models, func(a, b Model) int { return cmp.Compare(a.Name, b.Name) })
	return s
}

// Read reads configuration and state at once: one round trip.
func (w *netconfWire) Read(ctx context.Context, reads []Read) (Answers, error) {
	w.expire(ctx)
	a := w.asking(reads)
	return w.answers(a, w.do(ctx, a.ops...))
}

// An asking are the operations of reads.
type asking struct {
	ops   []netconf.Operation
	state []bool // of each operation
	told  []Read // of those of Own, the first ones
}

func (w *netconfWire) asking(reads []Read) asking {
	var ops []netconf.Operation
	var state []bool
	var told []Read
	var paths [2][]data.Path
	for _, r := range reads {
		if w.n.Own != nil {
			if op, own := w.n.Own(r); own {
				ops, state, told = append(ops, op), append(state, r.State), append(told, r)
				continue
			}
		}
		kind := 0
		if r.State {
			kind = 1
		}
		paths[kind] = append(paths[kind], r.Path)
	}
	if len(paths[0]) > 0 {
		filter := filters(paths[0], w.p.Namespaces)
		op := netconf.GetConfig(netconf.Running, some(filter)...)
		if w.n.ReadConfig != nil {
			op = w.n.ReadConfig(filter)
		}
		ops, state = append(ops, op), append(state, false)
	}
	if len(paths[1]) > 0 {
		ops, state = append(ops, netconf.Get(some(filters(paths[1], w.p.Namespaces))...)), append(state, true)
	}
	return asking{ops, state, told}
}

// answers reads what was replied.
func (w *netconfWire) answers(a asking, replies []netconf.Result) (Answers, error) {
	out := Answers{Config: &data.Node{}, State: &data.Node{}}
	for i, r := range replies {
		into := out.Config
		if a.state[i] {
			into = out.State
		}
		if w.n.Told != nil && i < len(a.told) {
			if err := w.told(into, a.told[i], r); err != nil {
				return Answers{}, err
			}
			continue
		}
		if r.Err != nil {
			return Answers{}, r.Err
		}
		if err := answer(into, r.Reply.Body); err != nil {
			return Answers{}, fmt.Errorf("%s: %s: %w", w.device, a.ops[i].Name, err)
		}
	}
	return out, nil
}

// told adds the answer to an operation of the vendor's own.
func (w *netconfWire) told(root *data.Node, read Read, r netconf.Result) error {
	var refused *netconf.ErrorReply
	if r.Err != nil && !errors.As(r.Err, &refused) {
		return r.Err
	}
	n, err := w.n.Told(read, r.Reply.Body, refused)
	if err != nil {
		return fmt.Errorf("%s: %w", w.device, err)
	}
	if n != nil {
		root.Children = append(root.Children, n)
	}
	return nil
}

// answer adds what a reply holds to a tree: what is in <data>, and any other element itself.
func answer(root *data.Node, body []byte) error {
	all, err := data.FromXML(slices.Concat([]byte("<reply>"), body, []byte("</reply>")))
	if err != nil {
		return err
	}
	for _, n := range all.Children {
		if n.Name == "data" && n.Module == netconf.BaseNamespace {
			root.Children = append(root.Children, n.Children...)
		} else {
			root.Children = append(root.Children, n)
		}
	}
	return nil
}

func some(filter string) []string {
	if filter == "" {
		return nil
	}
	return []string{filter}
}

// filters is one subtree filter for several paths, "" for everything. A key of "*" selects
// every entry, as none does.
func filters(paths []data.Path, namespaces map[string]string) string {
	var edits []data.Edit
	for i, p := range paths {
		if len(p) == 0 {
			return ""
		}
		if !narrows(paths, i) {
			edits = append(edits, data.Upd(unstarred(p)))
		}
	}
	return data.XML(edits, namespaces)
}

// narrows reports whether another path asks for all that this one does: in one filter it
// would be narrowed by it.
func narrows(paths []data.Path, i int) bool {
	for j, q := range paths {
		if i != j && covers(q, paths[i]) && (j < i || !covers(paths[i], q)) {
			return true
		}
	}
	return false
}

// covers reports whether everything at q is at p too.
func covers(p, q data.Path) bool {
	if len(p) > len(q) {
		return false
	}
	p, q = unstarred(p), unstarred(q)
	for i, s := range p {
		if s.Name != q[i].Name || len(s.Keys) > 0 && !slices.Equal(s.Keys, q[i].Keys) {
			return false
		}
	}
	return true
}

func unstarred(p data.Path) data.Path {
	out := slices.Clone(p)
	for i := range out {
		out[i].Keys = slices.DeleteFunc(slices.Clone(out[i].Keys), func(k data.Key) bool { return k.Value == "*" })
	}
	return out
}

// Encode writes the elements inside <config>.
func (w *netconfWire) Encode(edits []data.Edit) string { return data.XML(edits, w.p.Namespaces) }

// Touched lists the paths that a text touches: of what it deletes or replaces, of every leaf
// that it sets, and of entries and containers that it makes.
func (w *netconfWire) Touched(text string) ([]string, error) {
	return touched(text, w.n.Keys, w.n.Attributes...)
}

// Close ends the session. What waits and is bound to it goes back.
func (w *netconfWire) Close() error { return w.conn.Close() }

// refusal is nil for an error of the connection.
func refusal(err error) error {
	var reply *netconf.ErrorReply
	if errors.As(err, &reply) || errors.Is(err, mirror.ErrInvalid) {
		return err
	}
	return nil
}

// unsent marks the loss of a connection before anything was committed.
func unsent(err error) error {
	if errors.Is(err, mirror.ErrNotSent) {
		return err
	}
	return fmt.Errorf("before the commit: %w: %w", mirror.ErrNotSent, err)
}

// target is what is locked and edited.
func (w *netconfWire) target() netconf.Datastore {
	if w.candidate {
		return netconf.Candidate
	}
	return netconf.Running
}

// lock takes the lock, and waits for it for half of the time that is left: the rest is for
// what comes behind it.
func (w *netconfWire) lock(ctx context.Context) error {
	var until time.Time
	if deadline, ok := ctx.Deadline(); ok {
		until = time.Now().Add(time.Until(deadline) / 2)
	}
	return w.conn.AcquireLock(ctx, w.target(), until)
}
