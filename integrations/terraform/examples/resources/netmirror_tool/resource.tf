# An analyser at a port, and a collector at an address.
resource "netmirror_tool" "ids" {
  name      = "ids-1"
  device    = "acc-1"
  interface = "Gi1/0/23"
  owner     = "security"
}

resource "netmirror_tool" "nta" {
  name    = "nta"
  ip      = "192.0.2.50"
  accepts = ["erspan2", "erspan3"]
}
