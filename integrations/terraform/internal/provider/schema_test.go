package provider

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/netmirror/netmirror/client"
)

// TestEveryFieldIsAnAttribute: what the API takes of a kind is what its resource has, with
// the same types, at every depth. A field that the API gets is one that is missing here.
func TestEveryFieldIsAnAttribute(t *testing.T) {
	for _, c := range []struct {
		kind kind
		spec any
	}{{sessionKind, client.SessionSpec{}}, {deviceKind, client.DeviceSpec{}}, {toolKind, client.ToolSpec{}}, {filterKind, client.FilterSpec{}}} {
		compare(t, c.kind.word, types.ObjectType{AttrTypes: c.kind.specType()}, reflect.TypeOf(c.spec))
	}
}

func compare(t *testing.T, at string, have attr.Type, want reflect.Type) {
	t.Helper()
	for want.Kind() == reflect.Pointer {
		want = want.Elem()
	}
	text := want == reflect.TypeFor[client.Duration]() || want.PkgPath() == "time" || want.Kind() == reflect.String
	switch {
	case text:
		if have != attr.Type(types.StringType) {
			t.Errorf("%s is %s, and a text in the API", at, have)
		}
	case want.Kind() == reflect.Struct:
		object, ok := have.(types.ObjectType)
		if !ok {
			t.Errorf("%s is %s, and an object in the API", at, have)
			return
		}
		fields := map[string]bool{}
		for i := range want.NumField() {
			field, _, _ := strings.Cut(want.Field(i).Tag.Get("json"), ",")
			name := attributeName(field)
			fields[name] = true
			if apiName(name) != field {
				t.Errorf("%s.%s is %s in the API, and would be sent as %s", at, name, field, apiName(name))
			}
			if object.AttrTypes[name] == nil {
				t.Errorf("%s.%s is missing", at, name)
				continue
			}
			compare(t, at+"."+name, object.AttrTypes[name], want.Field(i).Type)
		}
		for name := range object.AttrTypes {
			if !fields[name] {
				t.Errorf("%s.%s is nothing that the API knows", at, name)
			}
		}
	case want.Kind() == reflect.Slice:
		list, ok := have.(types.ListType)
		if !ok {
			t.Errorf("%s is %s, and a list in the API", at, have)
			return
		}
		compare(t, at+"[]", list.ElemType, want.Elem())
	case want.Kind() == reflect.Map:
		if m, ok := have.(types.MapType); !ok || m.ElemType != attr.Type(types.StringType) {
			t.Errorf("%s is %s, and a map in the API", at, have)
		}
	default:
		kinds := map[reflect.Kind]attr.Type{reflect.Int64: types.Int64Type, reflect.Float64: types.Float64Type, reflect.Bool: types.BoolType}
		if kinds[want.Kind()] != have {
			t.Errorf("%s is %s, and %s in the API", at, have, want)
		}
	}
}

// TestSchemasAreSound: Terraform takes every schema, and every attribute is explained.
func TestSchemasAreSound(t *testing.T) {
	ctx := context.Background()
	p := &netmirror{}
	for _, make := range p.Resources(ctx) {
		var s resource.SchemaResponse
		make().Schema(ctx, resource.SchemaRequest{}, &s)
		if d := s.Schema.ValidateImplementation(ctx); d.HasError() {
			t.Error(d)
		}
		for name, a := range s.Schema.Attributes {
			if a.GetMarkdownDescription() == "" {
				t.Errorf("%s is not explained", name)
			}
			if a.IsSensitive() {
				t.Errorf("%s is sensitive: secrets have no place in an object", name)
			}
		}
	}
	for _, make := range p.DataSources(ctx) {
		var s datasource.SchemaResponse
		make().Schema(ctx, datasource.SchemaRequest{}, &s)
		if d := s.Schema.ValidateImplementation(ctx); d.HasError() {
			t.Error(d)
		}
	}
}

// TestWhatSaysTheSameStays: an answer that says in other words what was written leaves it as
// it was written, and one that says something else does not.
func TestWhatSaysTheSameStays(t *testing.T) {
	of := types.ObjectType{AttrTypes: map[string]attr.Type{
		"duration": types.StringType, "until": types.StringType, "protocol": types.StringType, "interface": types.StringType, "truncate": types.Int64Type,
		"force": types.BoolType, "accepts": types.ListType{ElemType: types.StringType}, "labels": types.MapType{ElemType: types.StringType},
	}}
	null, diags := types.ObjectValue(of.AttrTypes, map[string]attr.Value{
		"duration": types.StringNull(), "until": types.StringNull(), "protocol": types.StringNull(), "interface": types.StringNull(), "truncate": types.Int64Null(),
		"force": types.BoolNull(), "accepts": types.ListNull(types.StringType), "labels": types.MapNull(types.StringType)})
	if diags.HasError() {
		t.Fatal(diags)
	}
	with := func(name string, v attr.Value) types.Object {
		all := null.Attributes()
		all[name] = v
		return types.ObjectValueMust(of.AttrTypes, all)
	}
	list := func(texts ...string) attr.Value {
		all := []attr.Value{}
		for _, x := range texts {
			all = append(all, types.StringValue(x))
		}
		return types.ListValueMust(types.StringType, all)
	}
	for _, c := range []struct {
		before types.Object
		answer string
		want   types.Object
	}{
		{with("duration", types.StringValue("240m")), `{"duration": "4h"}`, with("duration", types.StringValue("240m"))},
		{with("duration", types.StringValue("240m")), `{"duration": "5h"}`, with("duration", types.StringValue("5h"))},
		{with("until", types.StringValue("2030-01-01T00:00:00+02:00")), `{"until": "2029-12-31T22:00:00Z"}`, with("until", types.StringValue("2030-01-01T00:00:00+02:00"))},
		{with("until", types.StringValue("2030-01-01T00:00:00+02:00")), `{"until": "2030-01-01T00:00:00Z"}`, with("until", types.StringValue("2030-01-01T00:00:00Z"))},
		{with("protocol", types.StringValue("TCP")), `{"protocol": "tcp"}`, with("protocol", types.StringValue("TCP"))},
		{with("interface", types.StringValue("240m")), `{"interface": "4h"}`, with("interface", types.StringValue("4h"))},
		{with("truncate", types.Int64Value(0)), `{}`, with("truncate", types.Int64Value(0))},
		{with("truncate", types.Int64Value(64)), `{}`, null},
		{with("force", types.BoolValue(false)), `{}`, with("force", types.BoolValue(false))},
		{with("force", types.BoolValue(true)), `{}`, null},
		{with("accepts", list()), `{}`, with("accepts", list())},
		{with("accepts", list("tagged")), `{"accepts": []}`, with("accepts", list())},
		{with("labels", types.MapValueMust(types.StringType, map[string]attr.Value{})), `{}`, with("labels", types.MapValueMust(types.StringType, map[string]attr.Value{}))},
		{null, `{"interface": "Gi1/0/1", "truncate": 9007199254740993}`, func() types.Object {
			all := with("interface", types.StringValue("Gi1/0/1")).Attributes()
			all["truncate"] = types.Int64Value(9007199254740993)
			return types.ObjectValueMust(of.AttrTypes, all)
		}()},
	} {
		answer, err := decode([]byte(c.answer))
		if err != nil {
			t.Fatal(err)
		}
		got, err := fromTree(of, "x", c.before, any(answer))
		if err != nil || !got.Equal(c.want) {
			t.Errorf("%s after %s: %s, want %s (%v)", c.answer, c.before, got, c.want, err)
		}
	}
	for _, bad := range []string{`{"truncate": "many"}`, `{"truncate": 1.5}`, `{"force": 1}`, `{"accepts": {}}`, `{"accepts": [true]}`, `{"labels": []}`} {
		answer, _ := decode([]byte(bad))
		if v, err := fromTree(of, "x", nil, any(answer)); err == nil {
			t.Errorf("%s is %s", bad, v)
		}
	}
}

// TestWhatDiffers: a spec differs from another where it says something else, not where what
// is empty is left out.
func TestWhatDiffers(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{`{}`, `{"labels": {}, "accepts": [], "description": "", "truncate": 0, "force": false}`, ""},
		{`{"lease": {"duration": "240m"}}`, `{"lease": {"duration": "4h"}}`, ""},
		{`{"enabled": true}`, `{}`, "enabled"},
		{`{"rules": [{"action": "permit"}]}`, `{"rules": [{"action": "permit", "source": "10.0.0.0/8"}]}`, "rules"},
		{`{"filterVlans": [1, 2]}`, `{"filterVlans": [2, 1]}`, "filterVlans"},
		{`{"description": "a", "filter": "x"}`, `{"description": "b"}`, "description, filter"},
	} {
		a, _ := decode([]byte(c.a))
		b, _ := decode([]byte(c.b))
		if got, back := differing(a, b), differing(b, a); got != c.want || back != c.want {
			t.Errorf("%s and %s differ in %q, and in %q, want %q", c.a, c.b, got, back, c.want)
		}
	}
}

// TestPlaces: a pointer into a body is an attribute, as deep as there is one.
func TestPlaces(t *testing.T) {
	of := sessionKind.specType()
	for pointer, want := range map[string]string{
		"/sources/0/interface":       "sources[0].interface",
		"/destinations/2":            "destinations[2]",
		"/filterVlans/1":             "filter_vlans[1]",
		"/onOverload/ladder/0":       "on_overload.ladder[0]",
		"/rspan/transit/3/trunks/1":  "rspan.transit[3].trunks[1]",
		"/labels/a~1b":               `labels["a/b"]`,
		"/sources/first":             "sources",
		"/erspan/origins/0/whatever": "erspan.origins[0]",
		"":                           "",
		"/whatever":                  "",
	} {
		if got, ok := place(of, pointer); got.String() != want || ok != (want != "") {
			t.Errorf("%s is %q (%v), want %q", pointer, got, ok, want)
		}
	}
}

// TestRound: what goes to the API comes back the same, whatever is in it.
func TestRound(t *testing.T) {
	raw := `{"sources": [{"device": "a", "vlan": 5, "essential": true}, {"device": "b", "interface": "Et1"}], "destinations": [{"ip": "192.0.2.1"}],
		"filterVlans": [1, 4094], "erspan": {"id": 17, "origins": [{"device": "a", "address": "192.0.2.9"}]}, "admission": {"maxUtilization": 0.35}, "labels": {"team": "voice"}, "enabled": false}`
	want, err := decode([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	v, err := fromTree(types.ObjectType{AttrTypes: sessionKind.specType()}, "session", nil, any(want))
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(want)
	b, _ := json.Marshal(toTree(v))
	if string(a) != string(b) {
		t.Errorf("%s, want %s", b, a)
	}
	if !known(v) {
		t.Error("it is not known")
	}
}
