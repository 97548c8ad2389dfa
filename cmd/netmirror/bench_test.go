package main

import (
	"testing"
)

// BenchmarkOpenVSwitch measures whole round trips through the program: HTTP,
// checks, store, OVSDB, ovs-vswitchd's confirmation, read-back.
func BenchmarkOpenVSwitch(b *testing.B) {
	s := newSite(b, "--resync", "1h", "--log-level", "error")
	s.start()
	s.addDevice()
	b.Run("create-and-delete", func(b *testing.B) {
		for b.Loop() {
			s.call("PUT", "/sessions/watch", body(s.tool, s.a.Port+" both"), 201)
			s.call("DELETE", "/sessions/watch", "", 204)
		}
	})
	s.call("PUT", "/sessions/watch", body(s.tool, s.a.Port+" both"), 201)
	b.Run("change", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			s.call("PUT", "/sessions/watch", body(s.tool, s.a.Port+" "+[]string{"rx", "tx"}[i%2]), 200)
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		last := body(s.tool, s.a.Port+" rx")
		s.call("PUT", "/sessions/watch", last, 200)
		for b.Loop() {
			s.call("PUT", "/sessions/watch", last, 200)
		}
	})
	b.Run("resync", func(b *testing.B) {
		for b.Loop() {
			s.call("POST", "/devices/sw1:sync", "", 200)
		}
	})
	b.Run("get", func(b *testing.B) {
		for b.Loop() {
			s.call("GET", "/sessions/watch", "", 200)
		}
	})
}
