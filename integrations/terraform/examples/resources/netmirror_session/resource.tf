# What a phone says and hears, to an analyser, for four hours.
resource "netmirror_session" "phone" {
  name         = "phone-3f-14"
  sources      = [{ device = "acc-1", interface = "Gi1/0/14" }]
  destinations = [{ tool = netmirror_tool.ids.name }]
  lease        = { duration = "4h" }
  purpose      = { reason = "jitter", ticket = "INC-4711" }
  labels       = { team = "voice" }

  timeouts {
    create = "2m"
  }

  lifecycle {
    postcondition {
      condition     = self.phase == "Active"
      error_message = "Nothing is copied: ${self.conditions["Configured"]}"
    }
  }
}

# Over three switches, in a remote VLAN.
resource "netmirror_session" "far" {
  name         = "far"
  sources      = [{ device = "acc-1", interface = "Gi1/0/14", direction = "rx" }]
  destinations = [{ device = "acc-2", interface = "Gi1/0/24" }]
  rspan = {
    vlan = 900
    transit = [
      { device = "acc-1", trunks = ["Te1/1/1"] },
      { device = "core", trunks = ["Te1/1/1", "Te1/1/2"] },
      { device = "acc-2", trunks = ["Te1/1/1"] },
    ]
  }
}

resource "netmirror_tool" "ids" {
  name      = "ids-1"
  device    = "acc-1"
  interface = "Gi1/0/23"
}
