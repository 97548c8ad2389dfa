package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/netmirror/netmirror/client"
)

// source is the data source of one kind: an object that something else made, by its name.
type source struct {
	kind
	*shared
}

func (s *source) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + s.word
}

func (s *source) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	all := readOnly(s.attributes())
	if s.status != nil {
		for name, a := range readOnly(s.status()) {
			all[name] = a
		}
	}
	all["name"] = schema.StringAttribute{Required: true, MarkdownDescription: "Name of the " + s.word + "."}
	resp.Schema = schema.Schema{MarkdownDescription: s.doc, Attributes: all}
}

func (s *source) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	s.shared, _ = req.ProviderData.(*shared)
}

func (s *source) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	o := managed{kind: s.kind, shared: s.shared}
	asked := whole(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || !o.ready(&resp.Diagnostics) {
		return
	}
	name := nameOf(asked)
	got, err := o.door().get(ctx, name)
	if client.IsNotFound(err) {
		resp.Diagnostics.AddAttributeError(path.Root("name"), fmt.Sprintf("there is no %s %s", s.word, name), err.Error())
		return
	}
	if err != nil {
		resp.Diagnostics.AddError(fmt.Sprintf("%s %s is not read", s.word, name), s.advised(err))
		return
	}
	v, err := s.values(asked, name, got)
	if err != nil {
		resp.Diagnostics.AddError(fmt.Sprintf("%s %s is not understood", s.word, name), err.Error())
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, v)...)
}

// readOnly are the attributes of a resource as those of a data source.
func readOnly(attributes map[string]resourceschema.Attribute) map[string]schema.Attribute {
	all := map[string]schema.Attribute{}
	for name, a := range attributes {
		doc := a.GetMarkdownDescription()
		switch a := a.(type) {
		case resourceschema.StringAttribute:
			all[name] = schema.StringAttribute{Computed: true, MarkdownDescription: doc}
		case resourceschema.Int64Attribute:
			all[name] = schema.Int64Attribute{Computed: true, MarkdownDescription: doc}
		case resourceschema.Float64Attribute:
			all[name] = schema.Float64Attribute{Computed: true, MarkdownDescription: doc}
		case resourceschema.BoolAttribute:
			all[name] = schema.BoolAttribute{Computed: true, MarkdownDescription: doc}
		case resourceschema.ListAttribute:
			all[name] = schema.ListAttribute{Computed: true, ElementType: a.ElementType, MarkdownDescription: doc}
		case resourceschema.MapAttribute:
			all[name] = schema.MapAttribute{Computed: true, ElementType: a.ElementType, MarkdownDescription: doc}
		case resourceschema.SingleNestedAttribute:
			all[name] = schema.SingleNestedAttribute{Computed: true, Attributes: readOnly(a.Attributes), MarkdownDescription: doc}
		case resourceschema.ListNestedAttribute:
			all[name] = schema.ListNestedAttribute{Computed: true, NestedObject: schema.NestedAttributeObject{Attributes: readOnly(a.NestedObject.Attributes)}, MarkdownDescription: doc}
		default:
			panic(fmt.Sprintf("%s: no data source has a %T", name, a)) // a test makes every schema
		}
	}
	return all
}

// sessionList is the data source of sessions by what they have in common.
type sessionList struct{ *shared }

type sessionListModel struct {
	LabelSelector types.String `tfsdk:"label_selector"`
	Phase         types.String `tfsdk:"phase"`
	Device        types.String `tfsdk:"device"`
	Tool          types.String `tfsdk:"tool"`
	Filter        types.String `tfsdk:"filter"`
	Names         types.List   `tfsdk:"names"`
	Phases        types.Map    `tfsdk:"phases"`
}

func (l *sessionList) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_sessions"
}

func (l *sessionList) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{MarkdownDescription: "The names of sessions, all or those that something holds for.", Attributes: map[string]schema.Attribute{
		"label_selector": schema.StringAttribute{Optional: true, MarkdownDescription: "In kubectl's words: `team=voice,env!=lab,site in (a,b)`."},
		"phase":          schema.StringAttribute{Optional: true, MarkdownDescription: "Such as `Degraded`."},
		"device":         schema.StringAttribute{Optional: true, MarkdownDescription: "Those that name the device or are placed on it."},
		"tool":           schema.StringAttribute{Optional: true, MarkdownDescription: "Those that copy to the tool."},
		"filter":         schema.StringAttribute{Optional: true, MarkdownDescription: "Those that are filtered by the filter."},
		"names":          schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "In order."},
		"phases":         schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "The phase of each, by name."},
	}}
}

func (l *sessionList) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	l.shared, _ = req.ProviderData.(*shared)
}

func (l *sessionList) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m sessionListModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if o := (managed{kind: sessionKind, shared: l.shared}); resp.Diagnostics.HasError() || !o.ready(&resp.Diagnostics) {
		return
	}
	names, phases := []attr.Value{}, map[string]attr.Value{}
	for s, err := range l.client.AllSessions(ctx, client.ListSessionsOptions{LabelSelector: m.LabelSelector.ValueString(), Phase: m.Phase.ValueString(),
		Device: m.Device.ValueString(), Tool: m.Tool.ValueString(), Filter: m.Filter.ValueString()}) {
		if err != nil {
			resp.Diagnostics.AddError("sessions are not read", l.advised(err))
			return
		}
		names = append(names, types.StringValue(s.Name))
		phases[s.Name] = types.StringValue(s.Status.Phase)
	}
	m.Names, m.Phases = types.ListValueMust(types.StringType, names), types.MapValueMust(types.StringType, phases)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}
