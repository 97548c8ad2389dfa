package main

import (
	"errors"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/client/contexts"
)

// chosen is the controller that a command is to speak to: what its flags say goes
// before the environment, and both before the current context.
func (f *clientFlags) chosen() (contexts.Context, error) {
	if f.server != "" && f.context != "" {
		return contexts.Context{}, errors.New("--server and --context name two controllers; give one of them")
	}
	return contexts.Choose(f.console.env, contexts.Wish{Server: f.server, Context: f.context, TokenFile: f.tokenFile, CA: f.ca, ServerName: f.serverName})
}

// options are what a client is made of.
func (f *clientFlags) options(x contexts.Context) client.Options { return x.Options(f.console.env) }
