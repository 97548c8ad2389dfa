data "netmirror_session" "this" {
  name = "phone-3f-14"
}
