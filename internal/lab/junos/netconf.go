package junos

import (
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/model/rpc"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// announced is what a device says in its hello, as one did in a public trace; base 1.1 and
// notifications are not among it.
var announced = []string{
	"urn:ietf:params:netconf:capability:candidate:1.0", "urn:ietf:params:netconf:capability:confirmed-commit:1.0",
	"urn:ietf:params:netconf:capability:validate:1.0", "urn:ietf:params:netconf:capability:url:1.0?scheme=http,ftp,file",
	"urn:ietf:params:xml:ns:netconf:base:1.0", "urn:ietf:params:xml:ns:netconf:capability:candidate:1.0",
	"urn:ietf:params:xml:ns:netconf:capability:confirmed-commit:1.0", "urn:ietf:params:xml:ns:netconf:capability:validate:1.0",
	"urn:ietf:params:xml:ns:netconf:capability:url:1.0?protocol=http,ftp,file",
	"http://xml.juniper.net/netconf/junos/1.0", "http://xml.juniper.net/dmi/system/1.0",
}

// Features are those of its NETCONF server. Whether a device names its modules in the
// hello depends on its release and settings; here it does, so that a client sees the
// family.
func (d *device) Features(user string) rpc.Features {
	modules := []string{}
	for _, w := range []string{"root", "forwarding-options"} {
		modules = append(modules, fmt.Sprintf("http://yang.juniper.net/%[1]s/conf/%[2]s?module=%[1]s-conf-%[2]s&revision=%[3]s-01-01", d.model.yangFamily(), w, d.model.year()))
	}
	return rpc.Features{
		Preamble:     "<!-- SIMULATION: a virtual switch of netmirror lab, not a Juniper device -->\n<!-- user " + user + " -->\n",
		Bases:        []string{"1.0"},
		Capabilities: append(slices.Clone(announced), modules...),
		Attributes:   ` xmlns:junos="` + d.model.space("junos") + `"`,
		BareNames:    true,
		Datastores:   []rpc.Datastore{rpc.Running, rpc.Candidate},
		Writable:     []rpc.Datastore{rpc.Candidate},
		Confirms:     true,
	}
}

// year is that of the release.
func (m product) year() string {
	year, _, _ := strings.Cut(m.version, ".")
	return "20" + year
}

// space is the namespace of some output: "http://xml.juniper.net/junos/21.4R0/junos", as in
// public traces.
func (m product) space(what string) string {
	release, _, _ := strings.Cut(m.version, "R")
	return "http://xml.juniper.net/junos/" + release + "R0/" + what
}

// Schema is the part of the configuration that is shown as XML.
func (d *device) Schema() *model.Schema { return d.model.schema() }

// A session is what one NETCONF client does. Like a person it edits the shared candidate,
// locks that, or has a copy.
type session struct {
	*plant.Editor[config]
	d          *device
	user, from string
	privilege  int
	closed     bool
	typed      time.Time
	armed      *plant.Wait[config]
}

// Open begins a session. Its id is that of its process.
func (d *device) Open(user string, privilege int, from string) rpc.Session {
	defer d.locked()()
	d.lines++
	s := &session{d: d, user: user, from: from, privilege: privilege, typed: time.Now()}
	s.Editor = d.NewEditor(func() string { return listed(s.user, "", s.Editor.ID, s.Editor, s.typed, "") })
	s.Editor.ID = 31700 + d.lines
	d.sessions = append(d.sessions, s)
	return s
}

// ID is that of the hello.
func (s *session) ID() uint32 { return uint32(s.Editor.ID) }

// Close ends it: a lock and a copy go, edits of the shared candidate stay, and a commit
// that waits runs on (fact sheet on transactions, table 0) unless a fault says otherwise.
func (s *session) Close() {
	if s.ends() {
		s.d.Lapse()
	}
}

// ends reports whether what it armed goes back with it.
func (s *session) ends() bool {
	defer s.d.locked()()
	if s.closed {
		return false
	}
	s.closed = true
	s.Leave()
	s.d.sessions = slices.DeleteFunc(s.d.sessions, func(o *session) bool { return o == s })
	return s.armed != nil && s.armed == s.d.Waiting && s.d.sw.Faults().TrialsEnd
}

// refused is an error in the device's words; of their XML the type and the tag are
// recorded for a database that is not open.
func refused(text string) *rpc.Error {
	return &rpc.Error{Type: "protocol", Tag: model.TagFailed, Text: text}
}

var denied = &rpc.Error{Type: "protocol", Tag: rpc.TagAccessDenied, Text: "permission denied"}

// barred is why it may not edit, with whose fault that is.
func (s *session) barred(err error, m plant.Mode) error {
	e := refused("\n" + s.d.barred(err, m))
	if holder := s.d.Holder(); errors.Is(err, plant.ErrHeld) && holder != nil {
		e.Tag, e.Info = rpc.TagLockDenied, [][2]string{{"session-id", fmt.Sprint(holder.ID)}}
	} else if m == plant.Alone { // RFC 6241, 7.5
		e.Tag, e.Info = rpc.TagLockDenied, [][2]string{{"session-id", "0"}}
	}
	return e
}

// enter begins to edit in a mode.
func (s *session) enter(m plant.Mode) error {
	switch {
	case s.privilege < 15:
		return denied
	case s.Mode == plant.Alone && m == plant.Alone:
		e := refused("\n" + s.d.barred(plant.ErrHeld, m))
		e.Tag, e.Info = rpc.TagLockDenied, [][2]string{{"session-id", fmt.Sprint(s.Editor.ID)}}
		return e
	case s.Mode != plant.Outside:
		s.Leave()
	}
	if err := s.Enter(m, mostEditors); err != nil {
		return s.barred(err, m)
	}
	s.typed = time.Now()
	return nil
}

// edits makes sure that it may edit now.
func (s *session) edits() error {
	s.typed = time.Now()
	switch {
	case s.privilege < 15:
		return denied
	case s.Mode == plant.Outside:
		return s.enter(plant.Together)
	case s.Held():
		return s.barred(plant.ErrHeld, plant.Together)
	}
	return nil
}

// Lock has the candidate for itself. That the running configuration cannot be locked is an
// assumption: nothing but a commit changes it.
func (s *session) Lock(ds rpc.Datastore) error {
	defer s.d.locked()()
	if ds != rpc.Candidate {
		return refused("lock of the running configuration is not supported" + notRecorded)
	}
	return s.enter(plant.Alone)
}

// Unlock gives it back; what was not committed goes.
func (s *session) Unlock(rpc.Datastore) error {
	defer s.d.locked()()
	if s.Mode != plant.Alone {
		return refused("configuration database is not locked" + notRecorded)
	}
	s.Leave()
	return nil
}

// Config is the candidate that it edits, or what is in force.
func (s *session) Config(ds rpc.Datastore) (*model.Node, error) {
	defer s.d.locked()()
	c := s.d.Running
	if ds == rpc.Candidate {
		c = s.Candidate()
	}
	return treeOf(s.d.Schema(), c), nil
}

// State has no more than the configuration: state comes by operations of their own.
func (s *session) State() *model.Node {
	defer s.d.locked()()
	return treeOf(s.d.Schema(), s.d.Running)
}

// Edit changes the candidate.
func (s *session) Edit(e rpc.Edit) error {
	defer s.d.locked()()
	if err := s.edits(); err != nil {
		return err
	}
	next, err := s.d.edited(s.Candidate(), e.Config, e.By)
	if err != nil {
		return err
	}
	if e.Test != "set" {
		if why := s.d.refuses(next); why != nil {
			return why.errors()
		}
	}
	if e.Test != "test-only" {
		s.Replace(next)
	}
	return nil
}

// edited is what XML makes of a configuration. An operation may stand without its
// namespace; Junos has attributes of its own for it (deactivate and activate too).
func (d *device) edited(c config, x *model.Element, by model.Op) (config, error) {
	plain(x)
	schema := d.Schema()
	tree, err := schema.Edit(treeOf(schema, c), x, by, func(n *model.Node, name, value string) error {
		switch {
		case name == inactive && value == inactive:
			n.Marks = map[string]string{inactive: inactive}
		case name == "active" && value == "active":
			delete(n.Marks, inactive)
		case name == "insert" || name == "name" || name == "changed" || strings.HasPrefix(name, "xmlns"):
		default:
			return &model.Error{Tag: model.TagUnknownAttribute, At: n.Path(), Name: name, Value: value, Text: "syntax error"}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if wrong := schema.Validate(tree); wrong != nil {
		return nil, wrong
	}
	return apply(c, tree)
}

// plain writes attributes as NETCONF has them, and takes those of Junos' own output away.
func plain(x *model.Element) {
	for i := range x.Attrs {
		a := &x.Attrs[i]
		switch {
		case a.Name.Space == "" && a.Name.Local == "operation":
			a.Name.Space = model.NamespaceNETCONF
		case a.Name.Space == "" && (a.Name.Local == "delete" || a.Name.Local == "replace") && a.Value == a.Name.Local:
			a.Name.Space, a.Name.Local = model.NamespaceNETCONF, "operation"
		}
	}
	x.Attrs = slices.DeleteFunc(x.Attrs, func(a xml.Attr) bool { return strings.Contains(a.Name.Space, "xml.juniper.net") })
	for _, k := range x.Kids {
		plain(k)
	}
}

// errors are rpc-errors: one for each complaint, and one for all.
func (l complaints) errors() (out rpc.Errors) {
	for _, c := range l {
		out = append(out, &rpc.Error{Type: "protocol", Tag: model.TagFailed, Path: c.where, Text: "\n" + c.why + "\n", Info: [][2]string{{"bad-element", c.what}}})
	}
	return append(out, refused("\nconfiguration check-out failed\n"))
}

// Where writes a path as Junos does: "[edit forwarding-options analyzer A]".
func (d *device) Where(p model.Path) string {
	var words []string
	for _, e := range p.Bare() {
		if e.Name == "configuration" || singles[lastOf(words)] == e.Name {
			if e.Keys != nil {
				words = append(words, cmdline.Quote(e.Keys["name"]))
			}
			continue
		}
		if words = append(words, e.Name); e.Keys != nil {
			words = append(words, cmdline.Quote(e.Keys["name"]))
		}
	}
	return strings.TrimRight("[edit "+strings.Join(words, " "), " ") + "]"
}

func lastOf(words []string) string { return append([]string{""}, words...)[len(words)] }

// Validate is "commit check": it confirms what waits, too (fact sheet on transactions,
// 2.5, seen on the command line).
func (s *session) Validate(from rpc.Datastore, inline *model.Element) error {
	defer s.d.locked()()
	if inline != nil {
		next, err := s.d.edited(cmdline.NewStatement(s.d.model.form), inline, model.OpMerge)
		if err != nil {
			return err
		}
		if why := s.d.refuses(next); why != nil {
			return why.errors()
		}
		return nil
	}
	if from == rpc.Running {
		return nil // it is in force
	}
	return s.conclude(plant.Entry[config]{}, true)
}

// conclude commits what it edits, or checks it.
func (s *session) conclude(e plant.Entry[config], check bool) error {
	if s.privilege < 15 {
		return denied
	}
	if s.Held() {
		return s.barred(plant.ErrHeld, plant.Together)
	}
	if s.Mode == plant.Apart && e.Window > 0 {
		return refused("commit confirmed not supported for private configuration")
	}
	e.By, e.Via = s.user, "netconf"
	if why := s.d.conclude(s.Editor, e, check); why != nil {
		return why.errors()
	}
	if !check {
		s.armed = s.d.Waiting
	}
	return nil
}

// Commit puts the candidate in force. Its time is in seconds and cut to whole minutes, so
// that less than one goes back at once (fact sheet on transactions, 2.5 and table 5).
func (s *session) Commit(o rpc.Order) error {
	defer s.d.locked()()
	e := plant.Entry[config]{}
	if o.Confirmed {
		e.Window = max(o.Window.Truncate(time.Minute), 1)
	}
	return s.conclude(e, false)
}

// CancelCommit is none of confirmed-commit 1.0.
func (s *session) CancelCommit(string) error { return refused("syntax error") }

// Discard is "rollback 0": of the shared candidate it takes what others edited, too.
func (s *session) Discard() error {
	defer s.d.locked()()
	if err := s.edits(); err != nil {
		return err
	}
	s.Replace(s.Before())
	return nil
}
