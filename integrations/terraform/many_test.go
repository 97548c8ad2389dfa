package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/internal/testkit"
)

// many are sessions of one file on two switches, each to a port of its own.
const many = `
locals {
  ports    = { many-1 = @PORT1@, many-2 = @PORT2@ }
  sessions = { for p in setproduct(keys(local.ports), range(6)) : "${p[0]}-${p[1]}" => { sw = p[0], from = p[1] + 1, to = p[1] + 11 } }
}

resource "netmirror_device" "sw" {
  for_each   = local.ports
  name       = each.key
  platform   = "cisco_iosxe"
  transports = { config = { protocol = "cli", address = "127.0.0.1", port = each.value, credentials = "lab" } }
}

resource "netmirror_tool" "ids" {
  for_each  = local.sessions
  name      = each.key
  device    = netmirror_device.sw[each.value.sw].name
  interface = "Gi1/0/${each.value.to}"
}

resource "netmirror_session" "all" {
  for_each     = local.sessions
  name         = each.key
  sources      = [{ device = netmirror_device.sw[each.value.sw].name, interface = "Gi1/0/${each.value.from}", direction = "rx" }]
  destinations = [{ tool = netmirror_tool.ids[each.key].name }]
}
`

// TestManyWhileTheControllerBeginsAnew: many sessions of one file are applied at a time, and the
// controller is killed twice meanwhile; all of them are made, and the second plan is empty.
func TestManyWhileTheControllerBeginsAnew(t *testing.T) {
	s := onStage(t)
	p := s.project(t, "many-1")
	p.write(strings.NewReplacer("@PORT1@", s.ports["many-1"], "@PORT2@", s.ports["many-2"]).Replace(many))
	p.does(2, []string{"plan", "-detailed-exitcode", "-out=kept"}, "Plan: 26 to add")
	applied := make(chan string, 1)
	go func() {
		out, _ := p.terraform("apply", "-parallelism=10", "kept")
		applied <- out
	}()
	active := func() (n int) {
		for v, err := range s.client.AllSessions(t.Context(), client.ListSessionsOptions{Phase: "Active"}) {
			if err == nil && strings.HasPrefix(v.Name, "many-") && v.Status.Phase == "Active" {
				n++
			}
		}
		return n
	}
	for _, n := range []int{1, 5} {
		testkit.Eventually(t, testkit.Patience, "some sessions are made", func() bool { return active() >= n })
		s.killed(t)
	}
	if out := <-applied; !strings.Contains(out, "26 added") {
		t.Fatal(out)
	}
	p.does(0, plan, "No changes")
	if n := strings.Count(s.control(t, http.MethodGet, "many-1/running-config", ""), "monitor session"); n != 12 {
		t.Errorf("the switch has %d lines of sessions, want 12", n)
	}
	p.does(0, append(destroy, "-parallelism=10"), "26 destroyed")
}

// TestTLS: a certificate that cannot be trusted is told with what to do, before anything is
// asked; and so are an address at which nobody listens, and a token that is none of the
// controller's.
func TestTLS(t *testing.T) {
	s := onStage(t)
	p := s.project(t, "refused")
	other := testkit.NewAuthority(t, "another").CA
	file := func(name, text string) string {
		path := filepath.Join(p.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, bad := file("token", s.token+"\n"), file("bad", "nmt_NOBODYS\n")
	for name, c := range map[string]struct {
		settings string
		code     int
		want     []string
	}{
		"by the block": {`ca_file = "` + s.ca + `"` + "\n" + `token_file = "` + good + `"`, 2, []string{"Plan: 1 to add"}},
		"another CA":   {`ca_file = "` + other + `"`, 1, []string{"Error: no controller to speak to", "certificate signed by unknown authority", "ca_file (or NETMIRROR_CA) names"}},
		"another name": {`server_name = "elsewhere.example"`, 1, []string{"server_name the name that the controller's bears"}},
		"plain http":   {`server = "` + strings.Replace(s.url, "https:", "http:", 1) + `"`, 1, []string{"it speaks https there and not http"}},
		"nobody":       {`server = "http://127.0.0.1:1"`, 1, []string{"Error: no controller to speak to", "no connection to http://127.0.0.1:1", "Is it running there?"}},
		"a bad token":  {`token_file = "` + bad + `"`, 1, []string{"Error: no controller to speak to", "The token is that of the file " + bad, "netmirror token create"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := &project{t: t, s: s, dir: t.TempDir(), sw: "refused"}
			server := ""
			if !strings.Contains(c.settings, "server =") {
				server = "server = \"" + s.url + "\"\n"
			}
			p.write("provider \"netmirror\" {\n" + server + c.settings + "\n}\nresource \"netmirror_tool\" \"ids\" {\n  name = \"refused-ids\"\n  ip = \"192.0.2.1\"\n}\n")
			p.does(c.code, plan, c.want...)
		})
	}
}

// TestANameThatIsTaken: the plan refuses what would be created beside one that is there, also
// where another would be destroyed first; what is replaced under its own name is none.
func TestANameThatIsTaken(t *testing.T) {
	s := onStage(t)
	if _, err := s.client.PutTool(t.Context(), "taken", client.ToolSpec{IP: "192.0.2.9"}, client.PutToolOptions{}); err != nil {
		t.Fatal(err)
	}
	p := s.project(t, "refused")
	collector := func(name string) string {
		return "resource \"netmirror_tool\" \"c\" {\n  name = \"" + name + "\"\n  ip   = \"192.0.2.9\"\n}\n"
	}
	p.write(collector("taken"))
	p.does(1, plan, "Error: tool taken cannot be created", `name = "taken"`, "terraform import netmirror_tool.NAME taken")
	p.write(collector("free"))
	p.does(0, apply, "1 added")
	p.does(2, append(plan, "-replace=netmirror_tool.c"), "1 to add, 0 to change, 1 to destroy")
	p.does(2, append(plan, "-replace=netmirror_tool.c", "-refresh=false"), "1 to add, 0 to change, 1 to destroy")
	p.does(0, []string{"taint", "netmirror_tool.c"})
	p.does(0, apply, "1 added, 0 changed, 1 destroyed")
	p.write(collector("taken"))
	p.does(1, plan, "Error: tool taken cannot be created")
	p.does(0, append(destroy, "-refresh=false"), "1 destroyed")
}
