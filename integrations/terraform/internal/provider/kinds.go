package provider

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/netmirror/netmirror/client"
)

// A kind is one of netmirror's objects: what it is called, what is asked of it and what is
// told of it.
type kind struct {
	word, plural, doc string
	attributes        func() map[string]schema.Attribute
	status            func() map[string]schema.Attribute // that the controller decides; nil = none
	told              func(raw []byte) (map[string]attr.Value, error)
	rollouts          bool // writes go on after they were answered
}

var (
	sessionKind = kind{word: "session", plural: "sessions", doc: "A mirror session: what is copied and where to. Its devices are configured, and what they hold is read back, before it is created.",
		attributes: sessionAttributes, status: sessionStatus, told: tellSession, rollouts: true}
	deviceKind = kind{word: "device", plural: "devices", doc: "A switch, and how it is reached.",
		attributes: deviceAttributes, status: deviceStatus, told: tellDevice}
	toolKind = kind{word: "tool", plural: "tools", doc: "A long-lived receiver of copies: a port that an analyser is connected to, or the address of a collector.",
		attributes: toolAttributes}
	filterKind = kind{word: "filter", plural: "filters", doc: "Rules that select frames. A filter that changes changes all sessions that name it.",
		attributes: filterAttributes, rollouts: true}
)

// specType is what the attributes of a kind are that are its spec.
func (k kind) specType() map[string]attr.Type {
	all := map[string]attr.Type{}
	for name, a := range k.attributes() {
		if name != "name" {
			all[name] = a.GetType()
		}
	}
	return all
}

// specOf is the spec that is in the values of a resource.
func (k kind) specOf(v types.Object) tree {
	spec := tree{}
	for name := range k.specType() {
		if x := toTree(v.Attributes()[name]); x != nil {
			spec[apiName(name)] = x
		}
	}
	return spec
}

// specKnown reports whether all of a spec is known.
func (k kind) specKnown(v types.Object) bool {
	if !known(v.Attributes()["name"]) {
		return false
	}
	for name := range k.specType() {
		if !known(v.Attributes()[name]) {
			return false
		}
	}
	return true
}

// values are those of a resource for what the controller answered, with what else before
// has. What says the same as before stays as it was written.
func (k kind) values(before types.Object, name string, s stored) (types.Object, error) {
	t := before.AttributeTypes(context.Background())
	all := map[string]attr.Value{}
	for a, v := range before.Attributes() {
		all[a] = v
	}
	for a, of := range k.specType() {
		v, err := fromTree(of, a, before.Attributes()[a], s.spec[apiName(a)])
		if err != nil {
			return before, err
		}
		all[a] = v
	}
	if k.told != nil {
		status, err := k.told(s.raw)
		if err != nil {
			return before, err
		}
		for a, v := range status {
			all[a] = v
		}
	}
	all["name"] = types.StringValue(name)
	v, diags := types.ObjectValue(t, all)
	return v, fault(diags)
}

func tellSession(raw []byte) (map[string]attr.Value, error) {
	var s client.Session
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	conditions := map[string]attr.Value{}
	for _, c := range s.Status.Conditions {
		conditions[c.Type] = types.StringValue(saidOf(c))
	}
	ids := map[string][]string{}
	for _, f := range s.Status.Fragments {
		if f.NativeID != "" && !slices.Contains(ids[f.Device], f.NativeID) {
			ids[f.Device] = append(ids[f.Device], f.NativeID)
		}
	}
	native := map[string]attr.Value{}
	for device, list := range ids {
		native[device] = types.StringValue(strings.Join(list, ", "))
	}
	return map[string]attr.Value{"phase": types.StringValue(s.Status.Phase), "conditions": types.MapValueMust(types.StringType, conditions),
		"native_ids": types.MapValueMust(types.StringType, native)}, nil
}

// saidOf is a condition as a text. What is as it should be has no message: its figures
// would differ at each look.
func saidOf(c client.Condition) string {
	text := c.Status
	if c.Reason != "" {
		text += " (" + c.Reason + ")"
	}
	if c.Status != "True" && c.Message != "" {
		text += ": " + c.Message
	}
	return text
}

func tellDevice(raw []byte) (map[string]attr.Value, error) {
	var d client.Device
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, err
	}
	facts := map[string]attr.Value{}
	for name, value := range map[string]string{"hostname": d.Status.Facts.Hostname, "model": d.Status.Facts.Model, "version": d.Status.Facts.Version, "serial": d.Status.Facts.Serial} {
		if value != "" {
			facts[name] = types.StringValue(value)
		}
	}
	return map[string]attr.Value{"managed_by": types.StringValue(d.Status.ManagedBy), "reachable": types.StringValue(d.Status.Reachable.Status),
		"facts": types.MapValueMust(types.StringType, facts)}, nil
}

// differing names the fields in which two specs differ; what is empty may be left out of
// either.
func differing(a, b tree) string {
	var fields []string
	for _, m := range []tree{a, b} {
		for name := range m {
			if !slices.Contains(fields, name) && !alike(name, a[name], b[name]) {
				fields = append(fields, name)
			}
		}
	}
	slices.Sort(fields)
	return strings.Join(fields, ", ")
}

// alike reports whether two values say the same.
func alike(name string, a, b any) bool {
	switch x := a.(type) {
	case tree:
		y, ok := b.(tree)
		return (ok || b == nil) && differing(x, y) == ""
	case []any:
		y, ok := b.([]any)
		if !ok && b != nil || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !alike(name, x[i], y[i]) {
				return false
			}
		}
		return true
	case string:
		y, ok := b.(string)
		fold := spellings[attributeName(name)]
		return x == y && (ok || b == nil) || ok && fold != nil && fold(x, y)
	case nil:
		return b == nil || alike(name, b, nil)
	case bool:
		return b == a || b == nil && !x
	case json.Number:
		return b == a || b == nil && x == "0"
	}
	return reflect.DeepEqual(a, b)
}
