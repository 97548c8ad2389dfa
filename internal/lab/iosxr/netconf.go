package iosxr

import (
	"fmt"
	"strings"
	"time"

	yang "github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/model/rpc"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// announced is what a router says in its hello beside base 1.1, as the recorded one of a
// public sandbox does; base 1.0 is not in it.
var announced = []string{
	"urn:ietf:params:netconf:capability:candidate:1.0", "urn:ietf:params:netconf:capability:rollback-on-error:1.0",
	"urn:ietf:params:netconf:capability:validate:1.1", "urn:ietf:params:netconf:capability:confirmed-commit:1.1",
}

// A trial is a commit over NETCONF that waits to be confirmed; what waits in the Store may
// be of a command line, and then it is none of these.
type trial struct {
	wait    *plant.Wait[*config]
	persist string // its name, "" = it is bound to its session
	of      *session
}

// A session is what one NETCONF client does: it types into a target of its own.
type session struct {
	d      *device
	id     uint32
	cli    *cli
	locked bool
	closed bool
}

// Features are those of its NETCONF server.
func (d *device) Features(string) rpc.Features {
	f := rpc.Features{
		Preamble: "<!-- SIMULATION: a virtual router of netmirror lab, not a Cisco device -->\n",
		Bases:    []string{"1.1"}, Capabilities: append([]string{}, announced...),
		Datastores: []rpc.Datastore{rpc.Running, rpc.Candidate}, Writable: []rpc.Datastore{rpc.Candidate},
		Confirms: true, Persist: true,
	}
	for _, m := range d.Schema().Modules() {
		f.Capabilities = append(f.Capabilities, m.Namespace+"?module="+m.Name+"&revision="+m.Revision)
	}
	return f
}

// Open begins a session. How it is listed is not recorded.
func (d *device) Open(user string, privilege int, _ string) rpc.Session {
	defer d.locked()()
	d.lines++
	s := &session{d: d, id: uint32(146959300 + d.lines)}
	s.cli = &cli{d: d, privilege: privilege, stampless: true, who: plant.Session{ID: fmt.Sprintf("00001000-%08x-00000000", 0x5b40+d.lines), User: user, Line: "netconf", Client: "NETCONF"}}
	s.cli.target, _ = d.Store.Open(s.cli.who) // one that does not lock is always let in
	d.clients = append(d.clients, s)
	return s
}

// ID is that of the hello.
func (s *session) ID() uint32 { return s.id }

// Close ends it with what was not committed. A commit of it that waits without a name goes
// back (RFC 6241, 8.4.1).
func (s *session) Close() {
	defer s.d.locked()()
	if s.closed {
		return
	}
	s.closed = true
	if t := s.d.waitingTrial(); t != nil && t.of == s && t.persist == "" {
		_ = s.d.Revoke(s.cli.target)
	}
	s.d.Shut(s.cli.target, 0)
	for i, o := range s.d.clients {
		if o == s {
			s.d.clients = append(s.d.clients[:i], s.d.clients[i+1:]...)
			break
		}
	}
}

// waitingTrial is the commit over NETCONF that waits, nil = none does.
func (d *device) waitingTrial() *trial {
	if d.Waiting == nil || d.trying == nil || d.trying.wait != d.Waiting {
		return nil
	}
	return d.trying
}

var denied = &rpc.Error{Type: "protocol", Tag: rpc.TagAccessDenied}

// failed is a refusal whose words are not recorded.
func failed(tag, format string, a ...any) *rpc.Error {
	return &rpc.Error{Type: "application", Tag: tag, Text: fmt.Sprintf(format, a...) + " (simulation: the router's words are not recorded)"}
}

// holder is the session that has the lock, by its id; "0" is one that is not NETCONF's.
func (d *device) holder() (id string, locked bool) {
	l := d.Locker()
	if l == nil {
		return "", false
	}
	for _, s := range d.clients {
		if s.cli.target == l {
			return fmt.Sprint(s.id), true
		}
	}
	return "0", true
}

// lockDenied is as a public report of a router has it: with the session, and without words.
func lockDenied(holder string) *rpc.Error {
	return &rpc.Error{Type: "application", Tag: rpc.TagLockDenied, Info: [][2]string{{"session-id", holder}}}
}

// Lock has the configuration for itself, as "configure exclusive" has. Nothing but the
// candidate can be locked (public reports). While a commit waits to be confirmed no lock is
// given: on the command line that was seen, here it is an assumption.
func (s *session) Lock(ds rpc.Datastore) error {
	defer s.d.locked()()
	holder, held := s.d.holder()
	switch {
	case s.cli.privilege < 15:
		return denied
	case ds != rpc.Candidate:
		return &rpc.Error{Type: "rpc", Tag: rpc.TagNotSupported}
	case held:
		return lockDenied(holder)
	case s.d.Waiting != nil:
		return lockDenied("0")
	}
	s.cli.target.Locked, s.locked = true, true
	return nil
}

// Unlock gives the lock back.
func (s *session) Unlock(rpc.Datastore) error {
	defer s.d.locked()()
	if !s.cli.target.Locked {
		return failed(yang.TagFailed, "the candidate is not locked by this session")
	}
	s.cli.target.Locked, s.locked = false, false
	return nil
}

// Config is the candidate, or what is in force.
func (s *session) Config(ds rpc.Datastore) (*yang.Node, error) {
	defer s.d.locked()()
	if ds == rpc.Candidate {
		return s.d.tree(s.cli.now()), nil
	}
	return s.d.tree(s.d.Running), nil
}

// busy is why it may not change anything now: another session has the lock.
func (s *session) busy() error {
	if holder, held := s.d.holder(); held && !s.cli.target.Locked {
		e := failed(rpc.TagInUse, "the configuration is locked by another session")
		e.Info = [][2]string{{"session-id", holder}}
		return e
	}
	return nil
}

// Edit changes the candidate.
func (s *session) Edit(e rpc.Edit) error {
	defer s.d.locked()()
	if s.cli.privilege < 15 {
		return denied
	}
	if err := s.busy(); err != nil {
		return err
	}
	was := s.d.tree(s.cli.now())
	next, err := s.d.Schema().Edit(was, e.Config, e.By, nil)
	if err != nil {
		return err
	}
	if wrong := s.d.Schema().Validate(next); e.Test != "set" && len(wrong) > 0 {
		return wrong
	}
	typed, err := s.d.typedFor(was, next)
	if err != nil {
		return err
	}
	if e.Test == "test-only" {
		return s.tries(typed)
	}
	if err := s.tries(typed); err != nil {
		return err
	}
	for _, l := range typed {
		s.cli.dispatch(l)
	}
	s.cli.path = nil
	return nil
}

// tries types lines into a copy of the target: all of them are taken, or none is.
func (s *session) tries(typed []string) error {
	c := &cli{d: s.d, privilege: s.cli.privilege, who: s.cli.who, target: s.cli.target.Copy()}
	for _, l := range typed {
		if r, _ := c.dispatch(l); r.Text != "" || r.Ask != nil {
			return failed(yang.TagInvalidValue, "'%s': %s", l, strings.TrimSpace(strings.Trim(r.Text, "^ \n")))
		}
	}
	return nil
}

// Validate checks what must and when statements say, and what the router would refuse at the
// commit: most of what makes no sense is taken (fact sheet, 1.5).
func (s *session) Validate(from rpc.Datastore, inline *yang.Element) error {
	defer s.d.locked()()
	switch {
	case inline != nil:
		return &rpc.Error{Type: "protocol", Tag: rpc.TagNotSupported}
	case from == rpc.Running:
		return nil
	}
	return s.wrong()
}

// wrong is what is wrong with the candidate, in errors of their own.
func (s *session) wrong() error {
	if wrong := s.d.Schema().Validate(s.d.tree(s.cli.now())); len(wrong) > 0 {
		return wrong
	}
	text := s.d.refused(s.cli.now())
	var out rpc.Errors
	about := ""
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		if why, is := strings.CutPrefix(l, "!!% "); is {
			out = append(out, &rpc.Error{Type: "application", Tag: yang.TagFailed, Text: "'" + about + "': " + why})
		} else if !strings.HasPrefix(l, "!") && l != "" {
			about = l
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// Commit puts the candidate in force, or confirms what waits. What has a name is confirmed
// by that alone, from any session (fact sheet on transactions, 5).
func (s *session) Commit(o rpc.Order) error {
	defer s.d.locked()()
	t := s.d.waitingTrial()
	switch {
	case s.cli.privilege < 15:
		return denied
	case o.PersistID != "" && (t == nil || t.persist != o.PersistID):
		return unknownName(o.PersistID)
	case s.d.Waiting != nil && (t == nil || t.persist != o.PersistID || t.persist == "" && t.of != s):
		return failed(rpc.TagInUse, "%s", strings.TrimSpace(strings.TrimPrefix(fmt.Sprintf(unexpired, s.d.trial()), "% ")))
	case t != nil && o.Confirmed:
		return failed(rpc.TagNotSupported, "a commit that waits cannot be followed by another that waits")
	}
	if err := s.busy(); err != nil {
		return err
	}
	if err := s.wrong(); err != nil {
		return err
	}
	target, window := s.cli.target, time.Duration(0)
	switch {
	case t != nil: // what this session has typed goes along
		for _, edit := range target.Take() {
			t.of.cli.target.Add(edit)
		}
		target = t.of.cli.target
	case !s.d.Changes(target):
		target.Clear()
		return nil // and no trial, as on the command line
	case o.Confirmed:
		window = o.Window
	}
	s.cli.target.Locked = false // a lock is the session's, and stays (RFC 6241, 7.5)
	err := s.d.Put(target, "", "", window)
	s.cli.target.Locked = s.locked
	if err != nil {
		return failed(yang.TagFailed, "%v", err)
	}
	s.d.trying = nil
	if window > 0 {
		s.d.trying = &trial{wait: s.d.Waiting, persist: o.Persist, of: s}
	}
	return nil
}

func unknownName(id string) error {
	e := failed(yang.TagInvalidValue, "no commit waits under the name '%s'", id)
	e.Type, e.Info = "protocol", [][2]string{{"bad-element", "persist-id"}}
	return e
}

// CancelCommit takes back what waits.
func (s *session) CancelCommit(persistID string) error {
	defer s.d.locked()()
	t := s.d.waitingTrial()
	switch {
	case s.cli.privilege < 15:
		return denied
	case t == nil || t.persist != persistID || persistID == "" && t.of != s:
		return unknownName(persistID)
	}
	if err := s.busy(); err != nil {
		return err
	}
	if err := s.d.Revoke(t.of.cli.target); err != nil {
		return failed(yang.TagFailed, "%v", err)
	}
	s.d.trying = nil
	return nil
}

// Discard forgets what was typed.
func (s *session) Discard() error {
	defer s.d.locked()()
	s.cli.target.Clear()
	return nil
}

// Other has none of its own.
func (s *session) Other(*yang.Element) (reply string, ok bool, err error) { return "", false, nil }

// Kinds of none.
func (s *session) Kinds(*yang.Element) (edits, commits bool) { return false, false }
