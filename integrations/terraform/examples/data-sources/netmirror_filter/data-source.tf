data "netmirror_filter" "this" {
  name = "web"
}
