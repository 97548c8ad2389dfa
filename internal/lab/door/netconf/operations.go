package netconf

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/model/rpc"
)

// confirmTime is how long a commit waits that names no time (RFC 6241, 8.4.1).
const confirmTime = 600 * time.Second

// carry carries an operation out. end is what ends the connection behind its answer.
func (c *conn) carry(op *model.Element) (body string, end, err error) {
	if op.Space == namespaceNotification && op.Name == "create-subscription" && c.features.Notifies {
		return "", nil, c.subscribe(op)
	}
	if op.Space != model.NamespaceNETCONF && !(c.features.BareNames && op.Space == "") {
		return c.other(op)
	}
	s := c.session
	switch op.Name {
	case "get-config", "get":
		body, err = c.read(op)
	case "lock", "unlock":
		var ds rpc.Datastore
		if ds, err = c.datastore(op, "target", c.features.Datastores); err != nil {
			break
		}
		if op.Name == "lock" {
			err = s.Lock(ds)
		} else {
			err = s.Unlock(ds)
		}
	case "edit-config":
		err = c.edit(op)
	case "validate":
		err = c.validate(op)
	case "commit":
		var o rpc.Order
		if o, err = c.order(op); err == nil {
			err = s.Commit(o)
		}
	case "cancel-commit":
		if !c.features.Persist {
			return c.other(op)
		}
		err = s.CancelCommit(text(op.Kid("persist-id")))
	case "discard-changes":
		err = s.Discard()
	case "close-session": // its locks are free when the answer comes (RFC 6241, 7.8)
		s.Close()
		end = errEnd
	case "kill-session":
		err = c.kill(text(op.Kid("session-id")))
	default:
		return c.other(op)
	}
	return body, end, err
}

func text(e *model.Element) string {
	if e == nil {
		return ""
	}
	return strings.TrimSpace(e.Text)
}

func (c *conn) other(op *model.Element) (string, error, error) {
	body, ok, err := c.session.Other(op)
	if !ok {
		err = &rpc.Error{Type: "protocol", Tag: rpc.TagNotSupported, Text: "operation '" + op.Name + "' is not supported", Info: [][2]string{{"bad-element", op.Name}}}
	}
	return body, nil, err
}

func missing(name, in string) error {
	return &rpc.Error{Type: "protocol", Tag: model.TagMissingElement, Text: "'" + name + "' of '" + in + "' is missing", Info: [][2]string{{"bad-element", name}}}
}

func invalid(name, value string) error {
	return &rpc.Error{Type: "protocol", Tag: model.TagInvalidValue, Text: "'" + value + "' is no value of '" + name + "'", Info: [][2]string{{"bad-element", name}}}
}

// datastore reads <target> or <source>.
func (c *conn) datastore(op *model.Element, name string, of []rpc.Datastore) (rpc.Datastore, error) {
	e := op.Kid(name)
	if e == nil || len(e.Kids) != 1 {
		return "", missing(name, op.Name)
	}
	ds := rpc.Datastore(e.Kids[0].Name)
	if !slices.Contains(of, ds) {
		return "", &rpc.Error{Type: "protocol", Tag: rpc.TagNotSupported, Text: "datastore '" + string(ds) + "' is not supported in '" + op.Name + "'", Info: [][2]string{{"bad-element", string(ds)}}}
	}
	return ds, nil
}

// read answers get-config and get.
func (c *conn) read(op *model.Element) (string, error) {
	var tree *model.Node
	if op.Name == "get" {
		tree = c.session.State()
	} else {
		ds, err := c.datastore(op, "source", c.features.Datastores)
		if err != nil {
			return "", err
		}
		if tree, err = c.session.Config(ds); err != nil {
			return "", err
		}
	}
	schema := c.device.Schema()
	if filter := op.Kid("filter"); filter != nil {
		kind, is := filter.Attr("", "type")
		if !is {
			kind, is = filter.Attr(model.NamespaceNETCONF, "type")
		}
		if is && kind != "subtree" {
			return "", &rpc.Error{Type: "protocol", Tag: model.TagBadAttribute, Text: "filters of type '" + kind + "' are not supported", Info: [][2]string{{"bad-attribute", "type"}, {"bad-element", "filter"}}}
		}
		tree = schema.Filter(tree, filter)
	}
	return "<data>\n" + string(schema.XML(tree)) + "\n</data>", nil
}

func (c *conn) edit(op *model.Element) (err error) {
	e := rpc.Edit{By: model.OpMerge, Test: "set"}
	if c.features.Tests {
		e.Test = "test-then-set"
	}
	if e.Target, err = c.datastore(op, "target", c.features.Writable); err != nil {
		return err
	}
	for _, k := range op.Kids {
		value := text(k)
		switch k.Name {
		case "target":
		case "default-operation":
			if e.By = model.Op(value); !slices.Contains([]model.Op{model.OpMerge, model.OpReplace, model.OpNone}, e.By) {
				return invalid(k.Name, value)
			}
		case "test-option":
			if e.Test = value; value != "test-then-set" && value != "set" && value != "test-only" {
				return invalid(k.Name, value)
			}
		case "error-option": // an edit is whole or not at all, whatever is asked for
			if value != "stop-on-error" && value != "continue-on-error" && value != "rollback-on-error" {
				return invalid(k.Name, value)
			}
		case "config":
			e.Config = k
		default:
			return &rpc.Error{Type: "protocol", Tag: model.TagUnknownElement, Text: "unknown element '" + k.Name + "'", Info: [][2]string{{"bad-element", k.Name}}}
		}
	}
	if e.Config == nil {
		return missing("config", op.Name)
	}
	return c.session.Edit(e)
}

func (c *conn) validate(op *model.Element) error {
	source := op.Kid("source")
	if source != nil && source.Kid("config") != nil {
		return c.session.Validate("", source.Kid("config"))
	}
	ds, err := c.datastore(op, "source", c.features.Datastores)
	if err != nil {
		return err
	}
	return c.session.Validate(ds, nil)
}

// order reads a commit.
func (c *conn) order(op *model.Element) (o rpc.Order, err error) {
	for _, k := range op.Kids {
		value := text(k)
		switch {
		case k.Name == "confirmed" && c.features.Confirms:
			o.Confirmed = true
		case k.Name == "confirm-timeout" && c.features.Confirms:
			n, err := strconv.ParseUint(value, 10, 32)
			if err != nil || n == 0 {
				return o, invalid(k.Name, value)
			}
			o.Window = time.Duration(n) * time.Second
		case k.Name == "persist" && c.features.Persist:
			o.Persist = value
		case k.Name == "persist-id" && c.features.Persist:
			o.PersistID = value
		default:
			return o, &rpc.Error{Type: "protocol", Tag: model.TagUnknownElement, Text: "unknown element '" + k.Name + "'", Info: [][2]string{{"bad-element", k.Name}}}
		}
	}
	if o.Confirmed && o.Window == 0 {
		o.Window = confirmTime
	}
	return o, nil
}

// kill ends another session as a cut line would.
func (c *conn) kill(id string) error {
	n, err := strconv.ParseUint(id, 10, 32)
	c.s.mu.Lock()
	victim := c.s.live[uint32(n)]
	c.s.mu.Unlock()
	if err != nil || victim == nil || victim == c {
		return invalid("session-id", id)
	}
	victim.caller.Wire.Kill()
	victim.session.Close()
	return nil
}
