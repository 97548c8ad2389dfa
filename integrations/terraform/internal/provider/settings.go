package provider

import (
	"cmp"
	"errors"

	"github.com/netmirror/netmirror/client"
)

// options are what a client is made of.
func (n *netmirror) options(s settings) (client.Options, error) {
	if s.Server.ValueString() != "" && s.Context.ValueString() != "" {
		return client.Options{}, errors.New("server and context name two controllers; give one of them")
	}
	o := client.Options{URL: cmp.Or(s.Server.ValueString(), n.env("NETMIRROR_URL"), defaultServer), Token: s.Token.ValueString(), TokenFile: s.TokenFile.ValueString(),
		CAFile: cmp.Or(s.CAFile.ValueString(), n.env("NETMIRROR_CA")), ServerName: s.ServerName.ValueString()}
	if o.Token == "" && o.TokenFile == "" {
		o.Token = n.env("NETMIRROR_TOKEN")
	}
	if o.Token == "" && o.TokenFile == "" {
		return client.Options{}, errors.New("no token: give token_file, or set NETMIRROR_TOKEN")
	}
	return o, nil
}

const defaultServer = "http://127.0.0.1:8420"
