package iosxe

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestAListBrokenInsideARange is read as the list that it is.
func TestAListBrokenInsideARange(t *testing.T) {
	views, err := parseMonitor("Session 1\r\n---------\r\nType : Local Session\r\nSource Ports :\r\n    Both : Gi1/0/1-\r\n   3,Gi1/0/5\r\nDestination Ports : Gi1/0/48\r\n    Encapsulation : Native\r\n")
	if err != nil || len(views) != 1 {
		t.Fatal(views, err)
	}
	var ports []string
	for _, s := range merge(views, nil)[0].Spec.Sources {
		ports = append(ports, string(s.Port)+" "+string(s.Direction))
	}
	want := []string{"GigabitEthernet1/0/1 both", "GigabitEthernet1/0/2 both", "GigabitEthernet1/0/3 both", "GigabitEthernet1/0/5 both"}
	if diff := cmp.Diff(want, ports); diff != "" {
		t.Error(diff)
	}
}

// TestADescriptionIsNoRefusal: a configuration may hold a refusal's words.
func TestADescriptionIsNoRefusal(t *testing.T) {
	text := "interface GigabitEthernet1/0/1\n description Validation failed here\nmonitor session 1 source interface Gi1/0/1\n"
	cfg, err := readConfig(text)
	if err != nil || cfg == nil || len(cfg.sessions) != 1 || cfg.sessions[0].Spec.Role != mirror.RoleLocal {
		t.Fatalf("%+v %v", cfg, err)
	}
	if cfg, err := readConfig("show running-config\n                     ^\n% Invalid input detected at '^' marker.\n"); cfg != nil || err != nil {
		t.Errorf("a refusal: %+v %v", cfg, err)
	}
}
