resource "netmirror_device" "acc" {
  name     = "acc-1"
  platform = "cisco_iosxe"
  transports = {
    config = { protocol = "cli", address = "192.0.2.11", credentials = "campus" }
  }
  labels = { floor = "3" }
}
