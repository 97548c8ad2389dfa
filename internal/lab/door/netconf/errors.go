package netconf

import (
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/model/rpc"
)

// A Pathed device writes where an error of its model is.
type pathed interface{ Where(model.Path) string }

// errorsOf are the rpc-errors that an error consists of.
func errorsOf(d rpc.Device, err error) rpc.Errors {
	switch e := err.(type) {
	case nil:
		return nil
	case *rpc.Error:
		return rpc.Errors{e}
	case rpc.Errors:
		return e
	}
	var out rpc.Errors
	for _, m := range model.ErrorsOf(err) {
		e := &rpc.Error{Type: "application", Tag: m.Tag, AppTag: m.AppTag, Path: xpath(m.At), Text: m.Text}
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
