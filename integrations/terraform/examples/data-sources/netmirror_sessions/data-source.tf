data "netmirror_sessions" "voice" {
  label_selector = "team=voice"
  phase          = "Degraded"
}

output "look_at" {
  value = data.netmirror_sessions.voice.names
}
