data "netmirror_device" "this" {
  name = "acc-1"
}
