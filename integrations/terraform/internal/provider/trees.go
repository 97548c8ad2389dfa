package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// A tree is a JSON document as encoding/json reads it with UseNumber. Its names are the
// API's (filterVlans), those of attributes Terraform's (filter_vlans).
type tree = map[string]any

// apiName is the name in the API of an attribute.
func apiName(attribute string) string {
	words := strings.Split(attribute, "_")
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

// attributeName is the name of the attribute that a field of the API is.
func attributeName(field string) string {
	var b strings.Builder
	for _, r := range field {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// toTree is a value as the API takes it; nil where it is null or not known yet. Attributes
// that are null are left out of objects.
func toTree(v attr.Value) any {
	if v.IsNull() || v.IsUnknown() {
		return nil
	}
	switch v := v.(type) {
	case types.String:
		return v.ValueString()
	case types.Int64:
		return json.Number(strconv.FormatInt(v.ValueInt64(), 10))
	case types.Float64:
		return json.Number(strconv.FormatFloat(v.ValueFloat64(), 'g', -1, 64))
	case types.Bool:
		return v.ValueBool()
	case types.List:
		list := []any{}
		for _, e := range v.Elements() {
			list = append(list, toTree(e))
		}
		return list
	case types.Map:
		m := tree{}
		for k, e := range v.Elements() {
			m[k] = toTree(e)
		}
		return m
	case types.Object:
		m := tree{}
		for name, e := range v.Attributes() {
			if x := toTree(e); x != nil {
				m[apiName(name)] = x
			}
		}
		return m
	}
	return nil
}

// known reports whether all of a value is known.
func known(v attr.Value) bool {
	if v.IsUnknown() {
		return false
	}
	var parts []attr.Value
	switch v := v.(type) {
	case types.List:
		parts = v.Elements()
	case types.Map:
		parts = slices.Collect(maps.Values(v.Elements()))
	case types.Object:
		parts = slices.Collect(maps.Values(v.Attributes()))
	}
	return !slices.ContainsFunc(parts, func(p attr.Value) bool { return !known(p) })
}

// fromTree is what the API answered, as a value of a type. Where it says the same as
// before in other words it is before: 240m stays 240m although the controller calls it 4h,
// and what is empty or zero may be left out there. before is nil where nothing was.
func fromTree(t attr.Type, name string, before attr.Value, got any) (attr.Value, error) {
	if before != nil && (before.IsUnknown() || before.IsNull()) {
		before = nil
	}
	if got == nil {
		if before != nil && empty(before) {
			return before, nil
		}
		return nothing(t), nil
	}
	var v attr.Value
	var ok bool
	switch t := t.(type) {
	case types.ListType:
		return listFrom(t, name, before, got)
	case types.MapType:
		return mapFrom(t, name, before, got)
	case types.ObjectType:
		return objectFrom(t, name, before, got)
	default:
		v, ok = plainFrom(t, got)
	}
	if !ok {
		return nil, fmt.Errorf("%s: the controller answered %v, which is no %s", name, got, t)
	}
	if before != nil && same(name, before, v) {
		return before, nil
	}
	return v, nil
}

// plainFrom is a value that has no parts.
func plainFrom(t attr.Type, got any) (attr.Value, bool) {
	switch t {
	case types.StringType:
		text, ok := got.(string)
		if n, isNumber := got.(json.Number); isNumber {
			text, ok = n.String(), true
		}
		return types.StringValue(text), ok
	case types.BoolType:
		b, ok := got.(bool)
		return types.BoolValue(b), ok
	case types.Int64Type:
		number, ok := got.(json.Number)
		n, err := number.Int64()
		return types.Int64Value(n), ok && err == nil
	case types.Float64Type:
		number, ok := got.(json.Number)
		n, err := number.Float64()
		return types.Float64Value(n), ok && err == nil
	}
	return nil, false
}

func listFrom(t types.ListType, name string, before attr.Value, got any) (attr.Value, error) {
	list, ok := got.([]any)
	if !ok {
		return nil, fmt.Errorf("%s: the controller answered %v, which is no list", name, got)
	}
	if before != nil && len(list) == 0 && empty(before) {
		return before, nil
	}
	var was []attr.Value
	if b, ok := before.(types.List); ok {
		was = b.Elements()
	}
	elements := []attr.Value{}
	for i, x := range list {
		var b attr.Value
		if i < len(was) {
			b = was[i]
		}
		v, err := fromTree(t.ElemType, name, b, x)
		if err != nil {
			return nil, err
		}
		elements = append(elements, v)
	}
	v, diags := types.ListValue(t.ElemType, elements)
	return v, fault(diags)
}

func mapFrom(t types.MapType, name string, before attr.Value, got any) (attr.Value, error) {
	m, ok := got.(tree)
	if !ok {
		return nil, fmt.Errorf("%s: the controller answered %v, which is no map", name, got)
	}
	var was map[string]attr.Value
	if b, ok := before.(types.Map); ok {
		was = b.Elements()
	}
	elements := map[string]attr.Value{}
	for k, x := range m {
		v, err := fromTree(t.ElemType, name, was[k], x)
		if err != nil {
			return nil, err
		}
		elements[k] = v
	}
	v, diags := types.MapValue(t.ElemType, elements)
	return v, fault(diags)
}

func objectFrom(t types.ObjectType, name string, before attr.Value, got any) (attr.Value, error) {
	m, ok := got.(tree)
	if !ok {
		return nil, fmt.Errorf("%s: the controller answered %v, which is no object", name, got)
	}
	var was map[string]attr.Value
	if b, ok := before.(types.Object); ok {
		was = b.Attributes()
	}
	attributes := map[string]attr.Value{}
	for k, of := range t.AttrTypes {
		v, err := fromTree(of, k, was[k], m[apiName(k)])
		if err != nil {
			return nil, err
		}
		attributes[k] = v
	}
	v, diags := types.ObjectValue(t.AttrTypes, attributes)
	return v, fault(diags)
}

// nothing is the null of a type.
func nothing(t attr.Type) attr.Value {
	switch t := t.(type) {
	case types.ListType:
		return types.ListNull(t.ElemType)
	case types.MapType:
		return types.MapNull(t.ElemType)
	case types.ObjectType:
		return types.ObjectNull(t.AttrTypes)
	}
	switch t {
	case types.BoolType:
		return types.BoolNull()
	case types.Int64Type:
		return types.Int64Null()
	case types.Float64Type:
		return types.Float64Null()
	}
	return types.StringNull()
}

// empty reports whether a value says no more than one that is left out: "", 0, false, a
// list or map without entries, an object of such attributes.
func empty(v attr.Value) bool {
	switch v := v.(type) {
	case types.String:
		return v.ValueString() == ""
	case types.Int64:
		return v.ValueInt64() == 0
	case types.Float64:
		return v.ValueFloat64() == 0
	case types.Bool:
		return !v.ValueBool()
	case types.List:
		return len(v.Elements()) == 0
	case types.Map:
		return len(v.Elements()) == 0
	case types.Object:
		for _, a := range v.Attributes() {
			if !a.IsNull() && !empty(a) {
				return false
			}
		}
		return true
	}
	return false
}

// spellings are attributes that can say the same in several ways, of which the API keeps
// one. Names of ports are kept there as they are written.
var spellings = map[string]func(a, b string) bool{
	"duration": sameDuration, "resync": sameDuration, "confirm_window": sameDuration, "confirm_grace": sameDuration,
	"keepalive": sameDuration, "idle_close": sameDuration, "dial": sameDuration, "read": sameDuration, "push": sameDuration,
	"until":    sameTime,
	"protocol": strings.EqualFold,
}

func same(name string, a, b attr.Value) bool {
	if a.Equal(b) {
		return true
	}
	x, isText := a.(types.String)
	y, areTexts := b.(types.String)
	fold := spellings[name]
	return isText && areTexts && fold != nil && fold(x.ValueString(), y.ValueString())
}

func sameDuration(a, b string) bool {
	x, errX := time.ParseDuration(a)
	y, errY := time.ParseDuration(b)
	return errX == nil && errY == nil && x == y
}

func sameTime(a, b string) bool {
	x, errX := time.Parse(time.RFC3339Nano, a)
	y, errY := time.Parse(time.RFC3339Nano, b)
	return errX == nil && errY == nil && x.Equal(y)
}

// decode is a JSON document as a tree.
func decode(raw []byte) (tree, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var out tree
	err := d.Decode(&out)
	return out, err
}
