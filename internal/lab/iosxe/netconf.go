package iosxe

import (
	"fmt"
	"slices"
	"strings"

	yang "github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/model/rpc"
)

// announced is what the server says in its hello, as a device did in a public trace (2024):
// only what was set is shown (with-defaults explicit), and the running configuration is
// edited as a whole or not at all. Notifications are those of the stream NETCONF, which a
// session may have beside its operations, as the hello of a Catalyst 9500 with 17.9.1 says (as
// Cisco published it with its models); that a change over the command line is told as soon as
// it is in force, with session 0, is an assumption.
var announced = []string{
	"urn:ietf:params:netconf:capability:rollback-on-error:1.0", "urn:ietf:params:netconf:capability:validate:1.0",
	"urn:ietf:params:netconf:capability:validate:1.1",
	"urn:ietf:params:netconf:capability:notification:1.0", "urn:ietf:params:netconf:capability:interleave:1.0",
	"urn:ietf:params:netconf:capability:with-defaults:1.0?basic-mode=explicit&also-supported=report-all-tagged,report-all",
}

// candidateFeature is the line of the configuration with which there is a candidate; the
// running configuration cannot be edited then. General knowledge (fact sheet 5.1), as is all
// that is assumed of the candidate below. Commits that wait to be confirmed are none here: no
// source has how long they wait and what ends them.
const candidateFeature = "netconf-yang feature candidate-datastore"

const (
	capability    = "urn:ietf:params:netconf:capability:"
	namespaceSave = "http://cisco.com/yang/cisco-ia"
)

// Features are those of its NETCONF server.
func (d *device) Features(string) rpc.Features {
	d.Lock()
	defer d.Unlock()
	f := rpc.Features{Bases: []string{"1.0", "1.1"}, Capabilities: slices.Clone(announced), Datastores: []rpc.Datastore{rpc.Running}, Tests: true, Notifies: true}
	if d.hasCandidate() {
		f.Capabilities = append(f.Capabilities, capability+"candidate:1.0")
		f.Datastores = append(f.Datastores, rpc.Candidate)
		f.Writable = []rpc.Datastore{rpc.Candidate}
	} else {
		f.Capabilities = append(f.Capabilities, capability+"writable-running:1.0")
		f.Writable = []rpc.Datastore{rpc.Running}
	}
	for _, m := range d.schema.Modules() {
		f.Capabilities = append(f.Capabilities, fmt.Sprintf("%s?module=%s&revision=%s", m.Namespace, m.Name, m.Revision))
	}
	return f
}

func (d *device) hasCandidate() bool { return d.Running.lines.Has(candidateFeature) }

// A clerk is what NETCONF sessions share: who holds which lock, and the candidate, which is
// the edits that are not committed. They are made of what runs when they are committed, so
// that nothing goes of what the command line did meanwhile (an assumption).
type clerk struct {
	last  uint32
	locks map[rpc.Datastore]*session
	edits []rpc.Edit
}

// A session is what one NETCONF client does.
type session struct {
	d         *device
	id        uint32
	user      string
	privilege int
	closed    bool
}

// Open begins a session.
func (d *device) Open(user string, privilege int, _ string) rpc.Session {
	d.Lock()
	defer d.Unlock()
	d.clerk.last++
	return &session{d: d, id: d.clerk.last, user: user, privilege: privilege}
}

// ID is that of the hello.
func (s *session) ID() uint32 { return s.id }

// Close ends it: its locks go, and with that of the candidate what was not committed
// (RFC 6241, 7.5 and 8.3).
func (s *session) Close() {
	s.d.Lock()
	defer s.d.Unlock()
	for ds, holder := range s.d.clerk.locks {
		if holder == s {
			s.d.release(ds)
		}
	}
	s.closed = true
}

func (d *device) release(ds rpc.Datastore) {
	delete(d.clerk.locks, ds)
	if ds == rpc.Candidate {
		d.clerk.edits = nil
	}
}

func refuses(tag, format string, args ...any) *rpc.Error {
	return &rpc.Error{Type: "application", Tag: tag, Text: fmt.Sprintf(format, args...)}
}

// permits: a user below privilege 15 may do nothing (general knowledge: users of NETCONF
// have privilege 15).
func (s *session) permits() error {
	if s.privilege < 15 {
		return refuses(rpc.TagAccessDenied, "access denied")
	}
	return nil
}

// free: nobody else has locked a datastore.
func (s *session) free(tag string, ds rpc.Datastore) error {
	if holder := s.d.clerk.locks[ds]; holder != nil && holder != s {
		e := refuses(tag, "the configuration database is locked by session %d", holder.id)
		e.Type, e.Info = "protocol", [][2]string{{"session-id", fmt.Sprint(holder.id)}}
		return e
	}
	return s.permits()
}

// Lock has a datastore for itself: among the sessions of NETCONF, which is assumed.
func (s *session) Lock(ds rpc.Datastore) error {
	s.d.Lock()
	defer s.d.Unlock()
	if err := s.free(rpc.TagLockDenied, ds); err != nil {
		return err
	}
	switch {
	case s.d.clerk.locks[ds] == s:
		e := refuses(rpc.TagLockDenied, "the configuration database is locked by session %d", s.id)
		e.Type, e.Info = "protocol", [][2]string{{"session-id", fmt.Sprint(s.id)}}
		return e
	case ds == rpc.Candidate && len(s.d.clerk.edits) > 0: // RFC 6241, 7.5
		e := refuses(rpc.TagLockDenied, "the candidate was edited and not committed")
		e.Type, e.Info = "protocol", [][2]string{{"session-id", "0"}}
		return e
	case s.closed:
		return refuses(yang.TagFailed, "the session is closed")
	}
	if s.d.clerk.locks == nil {
		s.d.clerk.locks = map[rpc.Datastore]*session{}
	}
	s.d.clerk.locks[ds] = s
	return nil
}

// Unlock gives it back.
func (s *session) Unlock(ds rpc.Datastore) error {
	s.d.Lock()
	defer s.d.Unlock()
	if s.d.clerk.locks[ds] != s {
		return refuses(yang.TagFailed, "the configuration database is not locked by this session")
	}
	s.d.release(ds)
	return nil
}

// Config is what runs, or the candidate.
func (s *session) Config(ds rpc.Datastore) (*yang.Node, error) {
	s.d.Lock()
	defer s.d.Unlock()
	if err := s.permits(); err != nil {
		return nil, err
	}
	if ds == rpc.Candidate {
		return s.d.candidate(s.d.nativeTree())
	}
	return s.d.nativeTree(), nil
}

// candidate is what the edits make of a tree.
func (d *device) candidate(tree *yang.Node) (*yang.Node, error) {
	var err error
	for _, e := range d.clerk.edits {
		if tree, err = d.schema.Edit(tree, e.Config, e.By, nil); err != nil {
			return nil, err
		}
	}
	return tree, nil
}

// State is what runs, and the state of links.
func (s *session) State() *yang.Node {
	if s.permits() != nil {
		return s.d.schema.New()
	}
	return s.d.State()
}

// Edit changes what runs, as a whole or not at all, or the candidate.
func (s *session) Edit(e rpc.Edit) error {
	s.d.Lock()
	defer s.d.Unlock()
	if err := s.free(rpc.TagInUse, e.Target); err != nil {
		return err
	}
	change := func(tree *yang.Node) (*yang.Node, error) { return s.d.schema.Edit(tree, e.Config, e.By, nil) }
	if e.Target == rpc.Running && e.Test != "test-only" {
		return s.puts(change)
	}
	tree, err := s.d.candidate(s.d.nativeTree())
	if err == nil {
		tree, err = change(tree)
	}
	if err != nil {
		return err
	}
	if e.Test != "set" {
		if wrong := s.d.schema.Validate(tree); wrong != nil {
			return wrong
		}
	}
	if e.Test != "test-only" {
		s.d.clerk.edits = append(s.d.clerk.edits, e)
	}
	return nil
}

// puts puts a change in force as one of this session.
func (s *session) puts(change func(*yang.Node) (*yang.Node, error)) error {
	s.d.putting = s.id
	defer func() { s.d.putting = 0 }()
	return s.d.put(s.user, change)
}

// LastChange is who changed what runs last; NETCONF's session is 0 for any other way.
func (d *device) LastChange() (user string, session uint32) {
	d.Lock()
	defer d.Unlock()
	return d.ChangedBy, d.changedOver
}

// Validate checks a datastore, or what is given, by the model: what the command line would
// refuse is refused when it is put in force (an assumption).
func (s *session) Validate(from rpc.Datastore, inline *yang.Element) error {
	s.d.Lock()
	defer s.d.Unlock()
	if err := s.permits(); err != nil {
		return err
	}
	tree := s.d.nativeTree()
	var err error
	switch {
	case inline != nil:
		tree, err = s.d.schema.Edit(s.d.schema.New(), inline, yang.OpMerge, nil)
	case from == rpc.Candidate:
		tree, err = s.d.candidate(tree)
	}
	if err != nil {
		return err
	}
	if wrong := s.d.schema.Validate(tree); wrong != nil {
		return wrong
	}
	return nil
}

// Commit puts the candidate in force.
func (s *session) Commit(rpc.Order) error {
	s.d.Lock()
	defer s.d.Unlock()
	for _, ds := range []rpc.Datastore{rpc.Candidate, rpc.Running} {
		if err := s.free(rpc.TagInUse, ds); err != nil {
			return err
		}
	}
	if !s.d.hasCandidate() {
		return refuses(rpc.TagNotSupported, "there is no candidate")
	}
	if err := s.puts(s.d.candidate); err != nil {
		return err
	}
	s.d.clerk.edits = nil
	return nil
}

// CancelCommit: no commit waits.
func (s *session) CancelCommit(string) error {
	return refuses(yang.TagFailed, "no commit waits to be confirmed")
}

// Discard empties the candidate.
func (s *session) Discard() error {
	s.d.Lock()
	defer s.d.Unlock()
	if err := s.free(rpc.TagInUse, rpc.Candidate); err != nil {
		return err
	}
	s.d.clerk.edits = nil
	return nil
}

// Other carries out save-config of Cisco's own (fact sheet 3, general knowledge), which
// saves what runs.
func (s *session) Other(op *yang.Element) (string, bool, error) {
	if op.Name != "save-config" || op.Space != namespaceSave {
		return "", false, nil
	}
	if err := s.permits(); err != nil {
		return "", true, err
	}
	s.d.Lock()
	defer s.d.Unlock()
	s.d.Save(s.user)
	return `<result xmlns="` + namespaceSave + `">Save running-config successful</result>`, true, nil
}

// Kinds: saving changes nothing of what runs.
func (s *session) Kinds(*yang.Element) (edits, commits bool) { return false, false }

// Where writes a path with the prefix of its module at the top, as public errors of such
// servers do.
func (d *device) Where(p yang.Path) string {
	var b strings.Builder
	for i, e := range p.Bare() {
		b.WriteByte('/')
		if i == 0 {
			b.WriteString("ios:")
		}
		b.WriteString(e.Name)
		for k, v := range e.Keys {
			fmt.Fprintf(&b, "[%s='%s']", k, v)
		}
	}
	return b.String()
}
