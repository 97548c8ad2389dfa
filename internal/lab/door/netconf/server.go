package netconf

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/lab/door/ssh"
	"github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/model/rpc"
)

const (
	base10 = "urn:ietf:params:netconf:base:1.0"
	base11 = "urn:ietf:params:netconf:base:1.1"
)

// A Server is the NETCONF door of one switch.
type Server struct {
	host Host

	mu   sync.Mutex
	live map[uint32]*conn
}

// New is a door; Serve is what it does with a caller.
func New(h Host) *Server { return &Server{host: h, live: map[uint32]*conn{}} }

// A conn is one client.
type conn struct {
	s        *Server
	ctx      context.Context
	caller   ssh.Caller
	device   rpc.Device
	features rpc.Features
	session  rpc.Session
	f        framer
	spoke    bool // something was sent since the last message came
	said     int64

	writing sync.Mutex // of f, among answers and notifications
	told    *subscription
}

// errEnd ends a connection.
var errEnd = errors.New("the session ends")

// Serve speaks to one client until it leaves, is cut off, or ctx ends what it waits for.
func (s *Server) Serve(ctx context.Context, caller ssh.Caller) {
	d := s.host.Device()
	c := &conn{s: s, ctx: ctx, caller: caller, device: d, features: d.Features(caller.User)}
	c.f = framer{r: bufio.NewReader(input{c}), w: caller.Channel}
	c.session = d.Open(caller.User, caller.Privilege, caller.From)
	defer c.session.Close()
	s.enters(c)
	defer s.leaves(c)
	defer c.untold()
	if c.hello() != nil {
		return
	}
	for {
		msg, err := c.f.read()
		if err != nil || c.answer(msg) != nil {
			return
		}
	}
}

func (s *Server) enters(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live[c.session.ID()] = c
}

func (s *Server) leaves(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.live, c.session.ID())
}

// input is what arrives, as far as faults let it.
type input struct{ c *conn }

func (i input) Read(b []byte) (int, error) {
	n, err := i.c.caller.Channel.Read(b)
	if n > 0 && i.c.spoke && i.c.caller.Wire.Delivered.Load() >= i.c.said {
		i.c.caller.Meter.RoundTrips.Add(1)
		i.c.spoke = false
	}
	n, lost := i.c.s.host.Input(n)
	if lost {
		return n, i.c.cut()
	}
	return n, err
}

// cut loses the connection: what was said still arrives.
func (c *conn) cut() error {
	c.caller.Wire.Close()
	return errEnd
}

func (c *conn) say(text string) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	err := c.f.write(text)
	c.spoke, c.said = true, c.caller.Wire.Accepted.Load()
	return err
}

// hello says and hears what both can do (RFC 6241, 8.1).
func (c *conn) hello() error {
	var b strings.Builder
	b.WriteString(c.features.Preamble + `<hello xmlns="` + model.NamespaceNETCONF + `">` + "\n<capabilities>\n")
	for _, v := range c.features.Bases {
		b.WriteString("<capability>urn:ietf:params:netconf:base:" + v + "</capability>\n")
	}
	for _, cap := range c.features.Capabilities {
		b.WriteString("<capability>" + rpc.Escape(cap) + "</capability>\n")
	}
	fmt.Fprintf(&b, "</capabilities>\n<session-id>%d</session-id>\n</hello>", c.session.ID())
	if err := c.say(b.String()); err != nil {
		return err
	}
	msg, err := c.f.read()
	if err != nil {
		return err
	}
	doc, err := model.ParseXML(msg)
	if err != nil || len(doc.Kids) != 1 || doc.Kids[0].Name != "hello" || doc.Kids[0].Kid("session-id") != nil {
		return errEnd // RFC 6241, 8.1
	}
	var theirs []string
	for _, k := range doc.Kids[0].Kids {
		for _, e := range k.Kids {
			theirs = append(theirs, strings.TrimSpace(e.Text))
		}
	}
	switch {
	case slices.Contains(theirs, base11) && slices.Contains(c.features.Bases, "1.1"):
		c.f.chunked = true
	case !slices.Contains(c.features.Bases, "1.0"), !slices.Contains(theirs, base10) && !c.features.BareNames:
		return errEnd
	}
	return nil
}

var between = regexp.MustCompile(`>\s+<`)

// answer carries a message out; an error ends the connection.
func (c *conn) answer(msg []byte) error {
	doc, err := model.ParseXML(msg)
	if err == nil && (len(doc.Kids) != 1 || doc.Kids[0].Name != "rpc" || doc.Kids[0].Space != model.NamespaceNETCONF && !c.features.BareNames) {
		err = errors.New("not an rpc")
	}
	if err != nil {
		wrong := rpc.Errors{{Type: "rpc", Tag: model.TagMalformed, Text: err.Error()}}
		if !c.f.chunked { // base 1.0 has no such tag
			wrong[0].Tag = model.TagFailed
		}
		return errors.Join(c.say(c.reply(nil, wrong.XML())), errEnd)
	}
	call := doc.Kids[0]
	_, named := call.Attr("", "message-id")
	switch {
	case !named && !c.features.BareNames:
		return c.say(c.reply(call, rpc.Errors{{Type: "rpc", Tag: model.TagMissingAttribute, Text: "message-id is missing", Info: [][2]string{{"bad-attribute", "message-id"}, {"bad-element", "rpc"}}}}.XML()))
	case len(call.Kids) != 1:
		return c.say(c.reply(call, rpc.Errors{{Type: "rpc", Tag: model.TagMissingElement, Text: "an rpc is one operation", Info: [][2]string{{"bad-element", "rpc"}}}}.XML()))
	}
	return c.operation(call, call.Kids[0], string(between.ReplaceAll(msg, []byte("><"))))
}

// kinds says what an operation may do.
func (c *conn) kinds(op *model.Element) (edits, commits bool) {
	switch op.Name {
	case "get", "get-config", "close-session", "lock", "unlock", "create-subscription": // a lock changes nothing
		return false, false
	case "edit-config", "copy-config", "delete-config", "validate", "cancel-commit", "discard-changes", "kill-session":
		return true, false
	case "commit":
		return true, true
	}
	return c.session.Kinds(op)
}

// operation carries one out with the switch's faults and thinking time.
func (c *conn) operation(call, op *model.Element, text string) error {
	edits, commits := c.kinds(op)
	c.caller.Meter.Commands.Add(1)
	if edits {
		c.caller.Meter.ConfigLines.Add(1)
	}
	form := op.Name + " " + text
	fate := c.s.host.Arrives(edits, form)
	switch fate {
	case LostBefore:
		return c.cut()
	case HalfClosed, Muted:
		if fate == HalfClosed {
			c.caller.Channel.CloseWrite()
		}
		_, err := io.Copy(io.Discard, c.caller.Channel)
		return errors.Join(err, errEnd)
	case Usurped:
		for _, ds := range c.features.Writable {
			if c.session.Unlock(ds) == nil {
				c.s.host.Usurp(ds)
			}
		}
	}
	pace := c.s.host.Pace()
	if err := c.pause(pace.Authorization + pace.ThinkTime); err != nil {
		return err
	}
	var body string
	var err, end error
	if words, refused := c.s.host.Refusal(form); refused {
		err = &rpc.Error{Type: "application", Tag: model.TagFailed, Text: strings.TrimSuffix(words, "\n")}
	} else if body, end, err = c.carry(op); err == nil || !failed(err) {
		body = c.s.host.Distort(body, form)
	}
	if fate == LostAfter {
		return c.cut()
	}
	if commits {
		if err := c.pause(pace.CommitTime); err != nil {
			return err
		}
	}
	if list := errorsOf(c.device, err); list != nil {
		warned := ""
		if !list.Fails() {
			warned = body
		}
		body = list.XML() + warned
	}
	if body == "" {
		body = "<ok/>"
	}
	return errors.Join(c.say(c.reply(call, body)), end)
}

// failed reports whether an error is more than warnings.
func failed(err error) bool {
	list, is := err.(rpc.Errors)
	return !is || list.Fails()
}

// pause lets time pass.
func (c *conn) pause(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
}

// reply wraps an answer; the attributes of the rpc come back (RFC 6241, 4.2).
func (c *conn) reply(call *model.Element, body string) string {
	var b strings.Builder
	b.WriteString(`<rpc-reply xmlns="` + model.NamespaceNETCONF + `"` + c.features.Attributes)
	if call != nil {
		for i, a := range call.Attrs {
			name := a.Name.Local
			if a.Name.Space != "" {
				fmt.Fprintf(&b, ` xmlns:a%d="%s"`, i, rpc.Escape(a.Name.Space))
				name = fmt.Sprintf("a%d:%s", i, name)
			}
			fmt.Fprintf(&b, ` %s="%s"`, name, strings.ReplaceAll(rpc.Escape(a.Value), `"`, "&quot;"))
		}
	}
	return b.String() + ">\n" + body + "\n</rpc-reply>"
}
