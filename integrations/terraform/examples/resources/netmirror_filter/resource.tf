resource "netmirror_filter" "web" {
  name = "web"
  rules = [
    { action = "deny", source = "10.9.0.0/16" },
    { action = "permit", protocol = "tcp", destination = "0.0.0.0/0", destination_port = 443 },
  ]
}
