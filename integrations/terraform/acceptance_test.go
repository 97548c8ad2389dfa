package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/netmirror/netmirror/integrations/terraform/internal/provider"
)

// accept runs steps of an acceptance test: each is applied, and then a plan must be empty.
func (p *project) accept(steps ...resource.TestStep) {
	t := p.t
	t.Helper()
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		t.Fatal(err)
	}
	rc := filepath.Join(p.dir, "terraformrc")
	if err := os.WriteFile(rc, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"TF_ACC": "1", "TF_ACC_TERRAFORM_PATH": terraform, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": rc, "HOME": p.dir,
		"NETMIRROR_URL": p.s.url, "NETMIRROR_TOKEN": p.s.token, "NETMIRROR_CA": p.s.ca} {
		t.Setenv(name, value)
	}
	resource.Test(t, resource.TestCase{Steps: steps, ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
		"netmirror": providerserver.NewProtocol6WithError(provider.New("test")())}})
}

const whole = `
resource "netmirror_device" "sw" {
  name     = "@SWITCH@"
  platform = "cisco_iosxe"
  transports = {
    config = {
      protocol = "cli", address = "127.0.0.1", port = @PORT@, credentials = "lab", keepalive = "60s", max_write_bytes = 500
      type_ahead = "off", legacy_algorithms = false, timeouts = { dial = "10s", read = "90s" }
    }
  }
  labels       = { floor = "3" }
  mode         = "full"
  maintenance  = false
  resync       = "240s"
  persist      = "always"
  confirm      = "none"
  native_ids   = { from = 50, to = 60 }
  max_sessions = 2
  links        = [{ interface = "Te1/1/1", device = "core", peer_interface = "Te1/1/2" }, { interface = "Gi1/0/1", device = "somebody" }]
}

resource "netmirror_filter" "web" {
  name        = "@SWITCH@-web"
  description = "no backups"
  labels      = { team = "voice" }
  rules = [
    { action = "deny", source = "10.9.0.0/16" },
    { action = "permit", protocol = "TCP", destination = "0.0.0.0/0", destination_port = 443 },
  ]
}

resource "netmirror_session" "phone" {
  name        = "@SWITCH@-phone"
  description = "jitter"
  sources = [
    { device = netmirror_device.sw.name, interface = "gi1/0/14", direction = "rx", priority = 60, essential = true },
    { device = netmirror_device.sw.name, interface = "Gi1/0/15-16", essential = false },
  ]
  destinations   = [{ device = netmirror_device.sw.name, interface = "Gi1/0/23" }]
  kind           = "span"
  tags           = "preserve"
  ingress        = "disabled"
  filter_vlans   = [120, 110]
  truncate       = 0
  native_id      = "60"
  force          = true
  enabled        = true
  priority       = 70
  admission      = { mode = "warn", basis = "worst-case", max_utilization = 0.35 }
  on_overload    = { action = "relieve", ladder = ["rx-only", "suspend"] }
  drift_policy   = "report"
  delete_policy  = "remove"
  on_failure     = "retry"
  on_unreachable = "queue"
  lease          = { until = "2037-01-31T20:00:00+02:00" }
  purpose        = { reason = "complaints", ticket = "INC-4711" }
  labels         = { team = "voice", floor = "" }
}

data "netmirror_session" "phone" {
  name = netmirror_session.phone.name
}

data "netmirror_device" "sw" {
  name       = netmirror_device.sw.name
  depends_on = [netmirror_session.phone]
}

data "netmirror_tool" "ids" {
  name = netmirror_tool.ids.name
}

data "netmirror_filter" "web" {
  name = netmirror_filter.web.name
}

data "netmirror_sessions" "voice" {
  label_selector = "team=voice"
  device         = netmirror_session.phone.sources[0].device
}
`

// TestAccWhole: whatever a session may be told is kept, in the words in which it was
// written, and can be read by data sources and imported.
func TestAccWhole(t *testing.T) {
	p := onStage(t).project(t, "whole")
	check := resource.TestCheckResourceAttr
	p.accept(
		resource.TestStep{Config: p.text(tool, whole), Check: resource.ComposeAggregateTestCheckFunc(
			check("netmirror_session.phone", "phase", "Active"),
			check("netmirror_session.phone", "conditions.Configured", "True (ReadBack)"),
			check("netmirror_session.phone", "native_ids.whole", "60"),
			check("netmirror_session.phone", "sources.0.interface", "gi1/0/14"),
			check("netmirror_session.phone", "lease.until", "2037-01-31T20:00:00+02:00"),
			check("netmirror_device.sw", "resync", "240s"),
			check("netmirror_device.sw", "links.0.peer_interface", "Te1/1/2"),
			check("netmirror_filter.web", "rules.1.protocol", "TCP"),
			check("data.netmirror_session.phone", "phase", "Active"),
			check("data.netmirror_session.phone", "purpose.ticket", "INC-4711"),
			check("data.netmirror_session.phone", "lease.until", "2037-01-31T18:00:00Z"),
			check("data.netmirror_device.sw", "reachable", "True"),
			check("data.netmirror_device.sw", "managed_by", "api"),
			check("data.netmirror_device.sw", "facts.model", "C9300-24T"),
			check("data.netmirror_tool.ids", "interface", "Gi1/0/23"),
			check("data.netmirror_filter.web", "rules.1.destination_port", "443"),
			check("data.netmirror_sessions.voice", "names.#", "1"),
			check("data.netmirror_sessions.voice", "phases.whole-phone", "Active"),
		)},
		resource.TestStep{ResourceName: "netmirror_session.phone", ImportState: true, ImportStateId: "whole-phone", ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "name",
			ImportStateVerifyIgnore: []string{"lease", "truncate", "sources.1.essential"}}, // are imported as the controller says them
		resource.TestStep{ResourceName: "netmirror_device.sw", ImportState: true, ImportStateId: "whole", ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "name",
			ImportStateVerifyIgnore: []string{"reachable", "facts", // were not known when it was made
				"resync", "maintenance", "transports.config.keepalive", "transports.config.timeouts.read", "transports.config.legacy_algorithms"}},
		resource.TestStep{ResourceName: "netmirror_tool.ids", ImportState: true, ImportStateId: "whole-ids", ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "name"},
		resource.TestStep{ResourceName: "netmirror_filter.web", ImportState: true, ImportStateId: "whole-web", ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "name",
			ImportStateVerifyIgnore: []string{"rules.1.protocol"}},
		resource.TestStep{ResourceName: "netmirror_session.phone", ImportState: true, ImportStateId: "nobody", ExpectError: regexp.MustCompile("non-existent")},
	)
}

const filtered = `
resource "netmirror_filter" "web" {
  name  = "@SWITCH@-web"
  rules = [{ action = "permit", protocol = "tcp", destination = "0.0.0.0/0", destination_port = 443 }]
}

resource "netmirror_session" "phone" {
  name         = "@SWITCH@-phone"
  sources      = [{ device = netmirror_device.sw.name, interface = "Gi1/0/14", direction = "rx" }]
  destinations = [{ tool = netmirror_tool.ids.name }]
  filter       = netmirror_filter.web.name
}
`

// TestAccChangesTogether: a filter that changes gives its sessions a new version, which is no
// change of somebody else's; a session of another name takes the place of the one before; and
// what is deleted outside is made again.
func TestAccChangesTogether(t *testing.T) {
	s := onStage(t)
	p := s.project(t, "import")
	changed := `
resource "netmirror_filter" "web" {
  name  = "@SWITCH@-web"
  rules = [{ action = "permit", protocol = "tcp", destination = "0.0.0.0/0", destination_port = 8443 }]
}

resource "netmirror_session" "phone" {
  name         = "@SWITCH@-phone@N@"
  description  = "now with another port"
  sources      = [{ device = netmirror_device.sw.name, interface = "Gi1/0/14", direction = "rx" }]
  destinations = [{ tool = netmirror_tool.ids.name }]
  filter       = netmirror_filter.web.name
}
`
	again := regexp.MustCompile("@N@")
	p.accept(
		resource.TestStep{Config: p.text(device, tool, filtered)},
		resource.TestStep{Config: p.text(device, tool, again.ReplaceAllString(changed, "")),
			Check: resource.TestCheckResourceAttr("netmirror_session.phone", "phase", "Active")},
		resource.TestStep{Config: p.text(device, tool, again.ReplaceAllString(changed, "-2")),
			Check: resource.TestCheckResourceAttr("netmirror_session.phone", "name", "import-phone-2")},
		resource.TestStep{Config: p.text(device, tool, again.ReplaceAllString(changed, "-2")),
			PreConfig: func() { s.deleteSession(t, "import-phone-2") },
			Check:     resource.TestCheckResourceAttr("netmirror_session.phone", "phase", "Active")},
	)
}
