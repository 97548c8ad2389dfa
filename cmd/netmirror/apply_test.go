package main

import "testing"

func TestAnObservedTunnelTellsItsCollector(t *testing.T) {
	tunnel := resource{"native": map[string]any{"destinations": []any{}, "collector": "192.0.2.50"}}
	local := resource{"native": map[string]any{"destinations": []any{"Ethernet47", "Ethernet48"}}}
	for _, c := range tables["observed-sessions"] {
		if c.head != "DESTINATIONS" {
			continue
		}
		if a, b := c.text(tunnel), c.text(local); a != "192.0.2.50" || b != "Ethernet47, Ethernet48" {
			t.Errorf("%q, %q", a, b)
		}
		return
	}
	t.Error("there is no column of destinations")
}
