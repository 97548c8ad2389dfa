package gnmi

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netmirror/netmirror/internal/lab/model"
)

// pathOf joins a prefix and a path.
func (s *Server) pathOf(prefix, p *gpb.Path) (model.Path, error) {
	origin := p.GetOrigin()
	if origin == "" {
		origin = prefix.GetOrigin()
	}
	if origin != "" && origin != "openconfig" && !slices.Contains(s.about().Origins, origin) {
		return nil, status.Errorf(codes.Unimplemented, "origin '%s' is not supported", origin)
	}
	var out model.Path
	for _, part := range []*gpb.Path{prefix, p} {
		for _, e := range part.GetElem() {
			out = append(out, model.Elem{Name: e.Name, Keys: e.Key})
		}
	}
	return out, nil
}

// wire is a path as it is told, with modules where they change.
func wirePath(p model.Path) *gpb.Path {
	out := &gpb.Path{}
	for _, e := range p {
		out.Elem = append(out.Elem, &gpb.PathElem{Name: e.Name, Key: e.Keys})
	}
	return out
}

// A read is one thing that is told: a node, or the values of a list of values.
type read struct {
	path  model.Path
	nodes []*model.Node
}

// together makes one of the values of a list.
func together(found []*model.Node) (out []read) {
	for _, n := range found {
		if k := len(out) - 1; n.Def.Kind == model.KindLeafList && k >= 0 && out[k].nodes[0].Def == n.Def && out[k].nodes[0].Up() == n.Up() {
			out[k].nodes = append(out[k].nodes, n)
			continue
		}
		out = append(out, read{n.Path(), []*model.Node{n}})
	}
	return out
}

// leaves are all values below a node.
func leaves(n *model.Node) (out []*model.Node) {
	if n.Def.Kind == model.KindLeaf || n.Def.Kind == model.KindLeafList {
		return []*model.Node{n}
	}
	for _, k := range n.Kids {
		out = append(out, leaves(k)...)
	}
	return out
}

// json is what is read in JSON.
func (r read) json() []byte {
	if r.nodes[0].Def.Kind != model.KindLeafList {
		return r.nodes[0].JSON()
	}
	var all [][]byte
	for _, n := range r.nodes {
		all = append(all, n.JSON())
	}
	return append(append([]byte{'['}, bytes.Join(all, []byte{','})...), ']')
}

// value is what is read in an encoding.
func (r read) value(enc gpb.Encoding, distort func(string) string) *gpb.TypedValue {
	switch enc {
	case gpb.Encoding_JSON:
		return &gpb.TypedValue{Value: &gpb.TypedValue_JsonVal{JsonVal: []byte(distort(string(r.json())))}}
	case gpb.Encoding_JSON_IETF:
		return &gpb.TypedValue{Value: &gpb.TypedValue_JsonIetfVal{JsonIetfVal: []byte(distort(string(r.json())))}}
	}
	if r.nodes[0].Def.Kind != model.KindLeafList {
		return scalarOf(r.nodes[0])
	}
	list := &gpb.ScalarArray{}
	for _, n := range r.nodes {
		list.Element = append(list.Element, scalarOf(n))
	}
	return &gpb.TypedValue{Value: &gpb.TypedValue_LeaflistVal{LeaflistVal: list}}
}

func scalarOf(n *model.Node) *gpb.TypedValue {
	switch n.Def.Type.Base {
	case model.BaseBool, model.BaseEmpty:
		return &gpb.TypedValue{Value: &gpb.TypedValue_BoolVal{BoolVal: n.Value != "false"}}
	case model.BaseInt:
		if u, err := strconv.ParseUint(n.Value, 10, 64); err == nil {
			return &gpb.TypedValue{Value: &gpb.TypedValue_UintVal{UintVal: u}}
		}
		i, _ := strconv.ParseInt(n.Value, 10, 64) // the type has seen it
		return &gpb.TypedValue{Value: &gpb.TypedValue_IntVal{IntVal: i}}
	}
	return &gpb.TypedValue{Value: &gpb.TypedValue_StringVal{StringVal: n.Value}}
}

// updates reads what a part of a Set puts at its path.
func updates(p model.Path, v *gpb.TypedValue) ([]model.Update, error) {
	if j, is := jsonOf(v); is {
		return []model.Update{{Path: p, JSON: j}}, nil
	}
	values := []*gpb.TypedValue{v}
	if l, is := v.GetValue().(*gpb.TypedValue_LeaflistVal); is {
		values = l.LeaflistVal.GetElement()
	}
	var out []model.Update
	for _, v := range values {
		text, ok := scalar(v)
		if !ok {
			return nil, status.Errorf(codes.Unimplemented, "%s: a value of this encoding is not supported", p)
		}
		out = append(out, model.Update{Path: p, Text: &text})
	}
	return out, nil
}

// jsonOf is a value in either form of JSON.
func jsonOf(v *gpb.TypedValue) ([]byte, bool) {
	switch v := v.GetValue().(type) {
	case *gpb.TypedValue_JsonIetfVal:
		return v.JsonIetfVal, true
	case *gpb.TypedValue_JsonVal:
		return v.JsonVal, true
	}
	return nil, false
}

func scalar(v *gpb.TypedValue) (string, bool) {
	switch v := v.GetValue().(type) {
	case *gpb.TypedValue_StringVal:
		return v.StringVal, true
	case *gpb.TypedValue_IntVal:
		return strconv.FormatInt(v.IntVal, 10), true
	case *gpb.TypedValue_UintVal:
		return strconv.FormatUint(v.UintVal, 10), true
	case *gpb.TypedValue_BoolVal:
		return strconv.FormatBool(v.BoolVal), true
	}
	return "", false
}

// told is a part of a Set in words, for who refuses it: "update /a/b {...}".
func told(verb string, p model.Path, v *gpb.TypedValue) string {
	text := ""
	if j, is := jsonOf(v); is {
		text = string(j)
	} else if s, is := scalar(v); is {
		text = s
	}
	return strings.TrimSpace(verb + " " + p.String() + " " + text)
}
