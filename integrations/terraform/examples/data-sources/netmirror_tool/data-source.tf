data "netmirror_tool" "this" {
  name = "ids-1"
}
