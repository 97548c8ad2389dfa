package rpc

import (
	"bytes"
	"encoding/xml"
	"strings"
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
