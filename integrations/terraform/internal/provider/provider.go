// Package provider is netmirror's provider for Terraform: sessions, devices, tools and filters
// as resources and data sources. Plans are checked by the controller, and say what devices
// would be sent.
package provider

import (
	"context"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/client/contexts"
)

// Address is what a configuration names as the provider's source. The host is none that is
// asked for anything: the provider is installed from a folder.
const Address = "netmirror.local/netmirror/netmirror"

// shared is what the resources of one run have in common.
type shared struct {
	client    *client.Client
	tokenFrom string // in words, for errors
	pending   pending
	own       pending // what was read: objects that Terraform has in its state
}

type netmirror struct {
	version string
	env     contexts.Environment
}

// New makes the provider.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &netmirror{version, os.LookupEnv} }
}

func (n *netmirror) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "netmirror", n.version
}

func (n *netmirror) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "netmirror configures port mirroring (SPAN, RSPAN, ERSPAN) on switches. Without settings the provider speaks to the controller that the command line would.",
		Attributes: map[string]schema.Attribute{
			"server":  schema.StringAttribute{Optional: true, MarkdownDescription: "URL of the controller. Default `NETMIRROR_URL`, then that of the context, then `" + contexts.DefaultServer + "`."},
			"context": schema.StringAttribute{Optional: true, MarkdownDescription: "A controller that `netmirror context set` has stored. Default `NETMIRROR_CONTEXT`, then the current one."},
			"token": schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: "Bearer token. Better is `token_file`, or `NETMIRROR_TOKEN`. " +
				"Default: that of the context, then `NETMIRROR_TOKEN`."},
			"token_file":  schema.StringAttribute{Optional: true, MarkdownDescription: "File with the bearer token."},
			"ca_file":     schema.StringAttribute{Optional: true, MarkdownDescription: "File of certificates (PEM) that are trusted instead of the system's. Default: that of the context, or `NETMIRROR_CA`."},
			"server_name": schema.StringAttribute{Optional: true, MarkdownDescription: "Name in the controller's certificate, where it is not that of the URL."},
		},
	}
}

// settings are the provider's block.
type settings struct {
	Server     types.String `tfsdk:"server"`
	Context    types.String `tfsdk:"context"`
	Token      types.String `tfsdk:"token"`
	TokenFile  types.String `tfsdk:"token_file"`
	CAFile     types.String `tfsdk:"ca_file"`
	ServerName types.String `tfsdk:"server_name"`
}

// Configure makes the client, and asks the controller who we are: what is wrong with its
// address, its certificate or the token is told once, before anything is planned or done.
// Settings that depend on what is not made yet leave it for later: nothing is asked at plan
// time then.
func (n *netmirror) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var s settings
	resp.Diagnostics.Append(req.Config.Get(ctx, &s)...)
	if resp.Diagnostics.HasError() {
		return
	}
	all := &shared{}
	resp.ResourceData, resp.DataSourceData = all, all
	for _, v := range []types.String{s.Server, s.Context, s.Token, s.TokenFile, s.CAFile, s.ServerName} {
		if v.IsUnknown() {
			return
		}
	}
	o, from, err := n.options(s)
	if err == nil {
		all.tokenFrom = from
		o.UserAgent = "terraform-provider-netmirror/" + n.version
		all.client, err = client.New(o)
	}
	if err != nil {
		resp.Diagnostics.AddError("no controller to speak to", err.Error())
		return
	}
	if err := all.meet(ctx); err != nil {
		resp.Diagnostics.AddError("no controller to speak to", all.advised(err))
	}
}

func (n *netmirror) Resources(context.Context) []func() resource.Resource {
	var list []func() resource.Resource
	for _, k := range kinds {
		list = append(list, func() resource.Resource { return &managed{kind: k} })
	}
	return list
}

func (n *netmirror) DataSources(context.Context) []func() datasource.DataSource {
	list := []func() datasource.DataSource{func() datasource.DataSource { return &sessionList{} }}
	for _, k := range kinds {
		list = append(list, func() datasource.DataSource { return &source{kind: k} })
	}
	return list
}

var kinds = []kind{sessionKind, deviceKind, toolKind, filterKind}
