package provider

import (
	"errors"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/client/contexts"
)

// options are what a client is made of, and where its token comes from: as the command line has it, what the settings say
// goes before the environment, and both before the current context.
func (n *netmirror) options(s settings) (client.Options, string, error) {
	if s.Server.ValueString() != "" && s.Context.ValueString() != "" {
		return client.Options{}, "", errors.New("server and context name two controllers; give one of them")
	}
	if s.Token.ValueString() != "" && s.TokenFile.ValueString() != "" {
		return client.Options{}, "", errors.New("token and token_file are given; give one of them")
	}
	x, err := contexts.Choose(n.env, contexts.Wish{Server: s.Server.ValueString(), Context: s.Context.ValueString(), TokenFile: s.TokenFile.ValueString(),
		CA: s.CAFile.ValueString(), ServerName: s.ServerName.ValueString()})
	if err != nil {
		return client.Options{}, "", err
	}
	o := x.Options(n.env)
	if token := s.Token.ValueString(); token != "" {
		o.Token, o.TokenFile = token, ""
	}
	if o.Token == "" && o.TokenFile == "" {
		return o, "", errors.New("no token: give token_file, or set NETMIRROR_TOKEN (netmirror token create makes one)")
	}
	return o, s.tokenFrom(x), nil
}
