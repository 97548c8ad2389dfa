package netconf

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Reply is what a device answered to an RPC.
type Reply struct {
	// Body is what the reply holds beside <ok/> and errors: <data>, or the elements of a
	// vendor's own RPC. Each element declares the namespaces that it had from around it.
	Body     []byte
	OK       bool // it has an <ok/>
	Warnings []RPCError
}

// An RPCError is an <rpc-error> (RFC 6241 section 4.3), in the device's words; what it
// does not say is "".
type RPCError struct {
	Type     string // transport, rpc, protocol or application
	Tag      string // of appendix A: lock-denied, data-missing, ...
	Severity string // error or warning; a device that says none means error
	AppTag   string
	Path     string // an XPath with the device's prefixes
	Message  string // blanks and line ends are one blank each
	Info     []Detail
}

// A Detail is an element without elements in it, from anywhere inside <error-info>.
type Detail struct{ Name, Text string }

// Detail is the text of the first detail of a name: "bad-element", "session-id".
func (e RPCError) Detail(name string) string {
	for _, d := range e.Info {
		if d.Name == name {
			return d.Text
		}
	}
	return ""
}

// String is the message, or the tag of an error without one, and what it is about.
func (e RPCError) String() string {
	text := e.Message
	if text == "" {
		text = strings.TrimSpace(e.Tag + " " + e.AppTag)
	}
	var about []string
	if e.Path != "" {
		about = append(about, e.Path)
	}
	for _, d := range e.Info {
		if d.Text != "" && !strings.Contains(text, d.Text) && !strings.Contains(e.Path, d.Text) {
			about = append(about, d.Name+" "+d.Text)
		}
	}
	if len(about) > 0 {
		text += " (" + strings.Join(about, ", ") + ")"
	}
	return text
}

// kind is what an error-tag means to us.
func (e RPCError) kind() error {
	switch e.Tag {
	case "lock-denied", "in-use":
		return mirror.ErrBusy
	case "access-denied":
		return mirror.ErrAuth
	case "operation-not-supported":
		return mirror.ErrUnsupported
	}
	return mirror.ErrRejected
}

// An ErrorReply is a reply with at least one error that is no warning. It wraps a
// mirror.DeviceError with all their words; its kind is that of the errors where they
// agree, else mirror.ErrRejected.
type ErrorReply struct {
	Errors   []RPCError // not warnings
	Warnings []RPCError
	device   *mirror.DeviceError
}

// Error quotes the device.
func (e *ErrorReply) Error() string { return e.device.Error() }

// Unwrap is a *mirror.DeviceError.
func (e *ErrorReply) Unwrap() error { return e.device }

// LockOwner is the session that holds a lock which was denied: a session-id, "0" for one
// that is not NETCONF's. ok is false where no lock was denied, or nobody was named.
func (e *ErrorReply) LockOwner() (session string, ok bool) {
	for _, x := range e.Errors {
		if id := x.Detail("session-id"); x.Tag == "lock-denied" && id != "" {
			return id, true
		}
	}
	return "", false
}

// LockOwner is that of an ErrorReply in err.
func LockOwner(err error) (session string, ok bool) {
	var reply *ErrorReply
	if !errors.As(err, &reply) {
		return "", false
	}
	return reply.LockOwner()
}

// refusal makes an error of errors.
func refusal(device, sent string, errs, warnings []RPCError) *ErrorReply {
	words, kind := make([]string, len(errs)), errs[0].kind()
	for i, e := range errs {
		if words[i] = e.String(); e.kind() != kind {
			kind = mirror.ErrRejected
		}
	}
	return &ErrorReply{Errors: errs, Warnings: warnings,
		device: &mirror.DeviceError{Device: device, Sent: sent, Answer: strings.Join(words, "; "), Kind: kind}}
}

// A message is what a device sends behind its hello.
type message struct {
	notification bool
	id           string // of a reply
	eventTime    string // of a notification
	reply        Reply
	errs         []RPCError // warnings are in the reply
}

// parseMessage reads an <rpc-reply> or a <notification>.
func parseMessage(text []byte) (message, error) {
	d := decoder(text)
	start, err := root(d)
	if err != nil {
		return message{}, malformed(err)
	}
	var m message
	switch start.Name {
	case xml.Name{Space: BaseNamespace, Local: "rpc-reply"}:
		found := false
		for _, a := range start.Attr {
			if a.Name == (xml.Name{Local: "message-id"}) {
				m.id, found = a.Value, true
			}
		}
		if !found { // a device that could not read what we sent: its words are worth more than the fault
			err = errors.New("a reply without a message-id")
		}
	case xml.Name{Space: notificationNamespace, Local: "notification"}:
		m.notification = true
	default:
		return message{}, malformed(fmt.Errorf("<%s> of the namespace %q is neither a reply nor a notification", start.Name.Local, start.Name.Space))
	}
	if inner := m.children(d, text, start); inner != nil {
		return message{}, malformed(inner)
	}
	if inner := trailing(d); inner != nil {
		return message{}, malformed(inner)
	}
	if err != nil {
		for _, e := range m.errs {
			err = fmt.Errorf("%w: %s", err, e)
		}
		return message{}, malformed(err)
	}
	return m, nil
}

// A badMessage is one that is not what the protocol allows. It quotes the device.
type badMessage struct{ text string }

func (e badMessage) Error() string { return e.text }

// Unwrap gives the kind to errors.Is.
func (badMessage) Unwrap() error { return mirror.ErrParse }

func malformed(err error) error { return badMessage{fmt.Sprintf("malformed message: %v", err)} }

// children reads what is inside the root, and its end.
func (m *message) children(d *xml.Decoder, text []byte, outer xml.StartElement) error {
	for {
		from := d.InputOffset()
		token, err := d.Token()
		if err != nil {
			return unexpected(err)
		}
		switch x := token.(type) {
		case xml.EndElement:
			return nil
		case xml.Directive:
			return errDTD
		case xml.Comment: // of what a device does not show some say so here
			m.reply.Body = append(m.reply.Body, text[from:d.InputOffset()]...)
		case xml.CharData:
			if len(bytes.TrimSpace(x)) > 0 {
				return fmt.Errorf("text %q inside <%s>", clip(string(x)), outer.Name.Local)
			}
		case xml.StartElement:
			if err := m.child(d, text, from, outer, x); err != nil {
				return err
			}
		}
	}
}

// child reads one element inside the root, that begins at an offset.
func (m *message) child(d *xml.Decoder, text []byte, from int64, outer, x xml.StartElement) error {
	switch {
	case x.Name.Local == "rpc-error" && !m.notification:
		return m.rpcError(d, x)
	case x.Name.Local == "ok" && !m.notification:
		m.reply.OK = true
		return unexpected(d.Skip())
	case x.Name == xml.Name{Space: notificationNamespace, Local: "eventTime"}:
		return unexpected(d.DecodeElement(&m.eventTime, &x))
	case x.Name == xml.Name{Space: BaseNamespace, Local: "data"}, m.notification:
		if err := d.Skip(); err != nil {
			return unexpected(err)
		}
	default:
		if err := m.results(d); err != nil {
			return err
		}
	}
	m.reply.Body = append(m.reply.Body, declared(text[from:d.InputOffset()], outer, x)...)
	return nil
}

// results reads an element of a vendor's own, which may hold errors, to its end.
func (m *message) results(d *xml.Decoder) error {
	for {
		token, err := d.Token()
		if err != nil {
			return unexpected(err)
		}
		switch x := token.(type) {
		case xml.EndElement:
			return nil
		case xml.Directive:
			return errDTD
		case xml.StartElement:
			if x.Name.Local == "rpc-error" {
				err = m.rpcError(d, x)
			} else {
				err = d.Skip()
			}
			if err != nil {
				return unexpected(err)
			}
		}
	}
}

// A node is an element of an <error-info>.
type node struct {
	XMLName xml.Name
	Text    string `xml:",chardata"`
	Nodes   []node `xml:",any"`
}

func (n node) leaves(into []Detail) []Detail {
	for _, c := range n.Nodes {
		into = c.leaves(into)
	}
	if len(n.Nodes) == 0 {
		into = append(into, Detail{n.XMLName.Local, oneLine(n.Text)})
	}
	return into
}

func (m *message) rpcError(d *xml.Decoder, start xml.StartElement) error {
	var read struct {
		Type     string `xml:"error-type"`
		Tag      string `xml:"error-tag"`
		Severity string `xml:"error-severity"`
		AppTag   string `xml:"error-app-tag"`
		Path     string `xml:"error-path"`
		Message  string `xml:"error-message"`
		Info     []node `xml:"error-info"`
	}
	if err := d.DecodeElement(&read, &start); err != nil {
		return unexpected(err)
	}
	e := RPCError{Type: oneLine(read.Type), Tag: oneLine(read.Tag), Severity: oneLine(read.Severity), AppTag: oneLine(read.AppTag),
		Path: oneLine(read.Path), Message: oneLine(read.Message)}
	for _, n := range read.Info {
		for _, c := range n.Nodes {
			e.Info = c.leaves(e.Info)
		}
	}
	if e.Severity == "warning" {
		m.reply.Warnings = append(m.reply.Warnings, e)
	} else {
		m.errs = append(m.errs, e)
	}
	return nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// unexpected: the end of a message inside an element is not the end of the connection.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// declared is an element with the namespaces declared that it has from outside.
func declared(element []byte, outer, own xml.StartElement) []byte {
	name := bytes.IndexAny(element, " \t\r\n/>") // behind "<name"
	out := bytes.Clone(element[:name])
	for _, a := range outer.Attr {
		known := slices.ContainsFunc(own.Attr, func(b xml.Attr) bool { return b.Name == a.Name })
		switch {
		case known:
		case a.Name == xml.Name{Local: "xmlns"}:
			out = fmt.Appendf(out, ` xmlns="%s"`, Escape(a.Value))
		case a.Name.Space == "xmlns":
			out = fmt.Appendf(out, ` xmlns:%s="%s"`, a.Name.Local, Escape(a.Value))
		}
	}
	return append(out, element[name:]...)
}
