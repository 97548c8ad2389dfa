package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/netmirror/netmirror/client"
)

// TestSettings: the controller is the one that the command line would speak to, unless the
// provider's block names another.
func TestSettings(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "netmirror"), 0o700); err != nil {
		t.Fatal(err)
	}
	file := "current: lab\ncontexts:\n- {name: lab, server: 'https://lab:1', tokenFile: /lab/token, ca: /lab/ca}\n- {name: prod, server: 'https://prod:1', tokenFile: /prod/token}\n"
	if err := os.WriteFile(filepath.Join(dir, "netmirror", "config.yaml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	text := types.StringValue
	for name, c := range map[string]struct {
		settings settings
		env      map[string]string
		want     client.Options
		fault    string
	}{
		"the current context":        {settings{}, nil, client.Options{URL: "https://lab:1", TokenFile: "/lab/token", CAFile: "/lab/ca"}, ""},
		"a context of the block":     {settings{Context: text("prod")}, map[string]string{"NETMIRROR_URL": "http://env"}, client.Options{URL: "https://prod:1", TokenFile: "/prod/token"}, ""},
		"a context of the variable":  {settings{}, map[string]string{"NETMIRROR_CONTEXT": "prod", "NETMIRROR_CA": "/env/ca"}, client.Options{URL: "https://prod:1", TokenFile: "/prod/token"}, ""},
		"variables":                  {settings{}, map[string]string{"NETMIRROR_URL": "http://env", "NETMIRROR_TOKEN": "t", "NETMIRROR_CA": "/env/ca"}, client.Options{URL: "http://env", Token: "t", CAFile: "/env/ca"}, ""},
		"the block":                  {settings{Server: text("http://block"), TokenFile: text("/block")}, map[string]string{"NETMIRROR_URL": "http://env", "NETMIRROR_TOKEN": "t"}, client.Options{URL: "http://block", TokenFile: "/block"}, ""},
		"a token for a context":      {settings{Token: text("mine")}, nil, client.Options{URL: "https://lab:1", Token: "mine", CAFile: "/lab/ca"}, ""},
		"another server's token":     {settings{Server: text("http://block")}, nil, client.Options{}, "no token"},
		"two controllers":            {settings{Server: text("http://block"), Context: text("lab")}, nil, client.Options{}, "two controllers"},
		"two controllers, variables": {settings{}, map[string]string{"NETMIRROR_URL": "http://env", "NETMIRROR_CONTEXT": "lab"}, client.Options{}, "two controllers"},
		"two tokens":                 {settings{Token: text("a"), TokenFile: text("b")}, nil, client.Options{}, "give one of them"},
		"no such context":            {settings{Context: text("nope")}, nil, client.Options{}, `no context "nope"`},
	} {
		n := netmirror{env: func(v string) (string, bool) {
			if v == "XDG_CONFIG_HOME" {
				return dir, true
			}
			value, ok := c.env[v]
			return value, ok
		}}
		got, _, err := n.options(c.settings)
		switch {
		case c.fault != "":
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%s: %v, want %q", name, err, c.fault)
			}
		case err != nil || got != c.want:
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, c.want)
		}
	}
}
