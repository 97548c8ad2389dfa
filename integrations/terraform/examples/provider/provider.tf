terraform {
  required_providers {
    netmirror = {
      source = "netmirror.local/netmirror/netmirror"
    }
  }
}

# Without settings the provider speaks to the controller that the command line would.
provider "netmirror" {
  server     = "https://netmirror.example.net:8420"
  token_file = "/run/secrets/netmirror-token"
  ca_file    = "/etc/ssl/netmirror-ca.pem"
}
