package netconf

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/model"
)

// Further tags of errors (RFC 6241, appendix A).
const (
	TagLockDenied   = "lock-denied"
	TagInUse        = "in-use"
	TagAccessDenied = "access-denied"
	TagNotSupported = "operation-not-supported"
)

// An Error is one rpc-error.
type Error struct {
	Type, Tag, AppTag string
	// Severity is "error" where it is empty.
	Severity string
	// Path is where, as the device writes it.
	Path string
	Text string
	// Info are elements of error-info, name and content.
	Info [][2]string
}

// Error is the text.
func (e *Error) Error() string { return e.Text }

// Errors are several, warnings among them.
type Errors []*Error

// Error joins the texts.
func (l Errors) Error() string {
	var all []string
	for _, e := range l {
		all = append(all, e.Text)
	}
	return strings.Join(all, "; ")
}

// Fails reports whether one of them is no warning.
func (l Errors) Fails() bool {
	for _, e := range l {
		if e.Severity != "warning" {
			return true
		}
	}
	return false
}

// A Pathed device writes where an error of its model is.
type pathed interface{ Where(model.Path) string }

// errorsOf are the rpc-errors that an error consists of.
func errorsOf(d Device, err error) Errors {
	switch e := err.(type) {
	case nil:
		return nil
	case *Error:
		return Errors{e}
	case Errors:
		return e
	}
	var out Errors
	for _, m := range model.ErrorsOf(err) {
		e := &Error{Type: "application", Tag: m.Tag, AppTag: m.AppTag, Path: xpath(m.At), Text: m.Text}
		if p, is := d.(pathed); is {
			e.Path = p.Where(m.At)
		}
		switch m.Tag {
		case model.TagUnknownElement, model.TagBadElement, model.TagMissingElement, model.TagUnknownNamespace, model.TagBadAttribute, model.TagUnknownAttribute, model.TagMissingAttribute:
			e.Type = "protocol"
			if strings.HasSuffix(m.Tag, "attribute") {
				e.Info = append(e.Info, [2]string{"bad-attribute", m.Name})
			}
			e.Info = append(e.Info, [2]string{"bad-element", m.Name})
		}
		out = append(out, e)
	}
	return out
}

// xpath writes a path with the keys as predicates.
func xpath(p model.Path) string {
	if len(p) == 0 {
		return ""
	}
	var b strings.Builder
	for _, e := range p {
		b.WriteString("/" + e.Name)
		for k, v := range e.Keys {
			fmt.Fprintf(&b, "[%s='%s']", k, v)
		}
	}
	return b.String()
}

// XML writes rpc-errors.
func (l Errors) XML() string {
	var b strings.Builder
	leaf := func(name, value string) {
		if value != "" {
			b.WriteString("<" + name + ">" + Escape(value) + "</" + name + ">\n")
		}
	}
	for _, e := range l {
		severity := e.Severity
		if severity == "" {
			severity = "error"
		}
		b.WriteString("<rpc-error>\n")
		leaf("error-type", e.Type)
		leaf("error-tag", e.Tag)
		leaf("error-severity", severity)
		leaf("error-app-tag", e.AppTag)
		leaf("error-path", e.Path)
		leaf("error-message", e.Text)
		if len(e.Info) > 0 {
			b.WriteString("<error-info>\n")
			for _, i := range e.Info {
				leaf(i[0], i[1])
			}
			b.WriteString("</error-info>\n")
		}
		b.WriteString("</rpc-error>\n")
	}
	return b.String()
}

// Escape writes text as the content of an element.
func Escape(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes all
	return strings.NewReplacer("&#xA;", "\n", "&#x9;", "\t", "&#34;", `"`, "&#39;", "'").Replace(b.String())
}
