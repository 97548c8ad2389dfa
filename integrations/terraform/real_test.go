package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/internal/testkit"
)

const phone = `
resource "netmirror_session" "phone" {
  name         = "@SWITCH@-phone"
  sources      = [{ device = netmirror_device.sw.name, interface = "Gi1/0/14" }]
  destinations = [{ tool = netmirror_tool.ids.name }]
  lease        = { duration = "240m" }
  drift_policy = "report"
  timeouts {
    create = "2m"
  }
}
`

// TestApply goes the whole way with the program terraform: a device, a tool and a session of
// one file, a second plan that is empty, a change, and all of it gone.
func TestApply(t *testing.T) {
	s := onStage(t)
	p := s.project(t, "apply")
	p.write(device, tool, phone)
	p.does(2, plan, "Plan: 3 to add", "session apply-phone: this is what devices will be sent", "monitor session 66 source interface GigabitEthernet1/0/14 both", "nobody has read apply yet")
	p.does(0, apply, "3 added")
	if v := s.session(t, "apply-phone"); v.Status.Phase != "Active" || !s.sees(t, "apply", "monitor session 66 source interface Gi1/0/14") {
		t.Errorf("the session is %s; the switch has\n%s", v.Status.Phase, s.control(t, http.MethodGet, "apply/running-config", ""))
	}
	p.does(0, plan, "No changes")

	changed := `
resource "netmirror_session" "phone" {
  name         = "@SWITCH@-phone"
  sources      = [{ device = netmirror_device.sw.name, interface = "Gi1/0/14", direction = "rx" }]
  destinations = [{ tool = netmirror_tool.ids.name }]
}
`
	p.write(device, tool, changed)
	p.does(2, plan, "0 to add, 1 to change", `direction = "both" -> "rx"`, `drift_policy = "report" -> "repair"`, "no monitor session 66 source", "load of tool apply-ids:")
	p.does(0, apply, "1 changed")
	if v := s.session(t, "apply-phone"); v.Spec.Sources[0].Direction != "rx" || v.Spec.Lease != nil || v.Spec.DriftPolicy != "repair" {
		t.Errorf("the session is %+v", v.Spec)
	}
	p.does(0, plan, "No changes")

	p.does(0, destroy, "session apply-phone goes: this is what devices will be sent", "no monitor session 66 source interface GigabitEthernet1/0/14", "3 destroyed")
	if _, err := s.client.GetSession(t.Context(), "apply-phone"); !client.IsNotFound(err) {
		t.Errorf("the session: %v", err)
	}
	if s.sees(t, "apply", "monitor session") {
		t.Error("the switch still mirrors")
	}
}

// TestRefusedAtPlan: what the controller would refuse is refused before anything is done, at
// the attribute that it is about; what is not stored yet is a warning.
func TestRefusedAtPlan(t *testing.T) {
	s := onStage(t)
	p := s.project(t, "refused")
	p.write(device, tool)
	p.does(0, apply, "2 added")
	p.write(device, tool, `
resource "netmirror_session" "bad" {
  name         = "@SWITCH@-bad"
  destinations = [{ tool = netmirror_tool.ids.name }]
  sources = [
    { device = netmirror_device.sw.name, interface = "Gi1/0/14" },
    { device = netmirror_device.sw.name, interface = "Gi1/0/99" },
  ]
  truncate = 64
}
`)
	p.does(1, plan, "Error: session refused-bad is refused", `{ device = netmirror_device.sw.name, interface = "Gi1/0/99" }`, "has no port GigabitEthernet1/0/99", "truncate = 64", "cannot truncate copies")
	p.write(device, tool, `
resource "netmirror_session" "later" {
  name         = "@SWITCH@-later"
  sources      = [{ device = "nowhere", interface = "Gi1/0/14" }]
  destinations = [{ tool = "nothing" }]
}
`)
	p.does(2, plan, "Warning: session refused-later names what is not stored yet", `there is no device "nowhere"`)
	p.does(1, apply, "session refused-later is not created", `there is no device "nowhere"`, `there is no tool "nothing"`)
	p.does(0, destroy)
}

// TestDriftIsTold: what somebody changes on the device is told by the next plan.
func TestDriftIsTold(t *testing.T) {
	s := onStage(t)
	p := s.project(t, "drift")
	p.write(device, tool, phone)
	p.does(0, apply, "3 added")
	s.control(t, http.MethodPost, "drift/exec", "configure terminal\nno monitor session 66 source interface Gi1/0/14\nend\n")
	testkit.Eventually(t, testkit.Patience, "the drift is seen", func() bool {
		s.synced(t, "drift")
		return s.session(t, "drift-phone").Status.Phase == "Degraded"
	})
	p.does(0, plan, "Warning: session drift-phone is Degraded", "Configured is False (Drift)", "No changes")
	p.does(0, []string{"apply", "-refresh-only", "-auto-approve"}, `phase = "Active" -> "Degraded"`)
	if state := p.state("netmirror_session.phone"); state["phase"] != "Degraded" {
		t.Errorf("the state says %v", state["phase"])
	}
	p.does(0, destroy)
}

// TestSomebodyElse: what another changed between a plan and its apply is told and not
// written over; what another changed before is a difference.
func TestSomebodyElse(t *testing.T) {
	s := onStage(t)
	p := s.project(t, "between")
	p.write(device, tool, phone)
	p.does(0, apply, "3 added")
	longer := `
resource "netmirror_session" "phone" {
  name         = "@SWITCH@-phone"
  description  = "ours"
  sources      = [{ device = netmirror_device.sw.name, interface = "Gi1/0/14" }]
  destinations = [{ tool = netmirror_tool.ids.name }]
}
`
	p.write(device, tool, longer)
	p.does(2, []string{"plan", "-detailed-exitcode", "-out=kept"})
	if _, err := s.client.PatchSession(t.Context(), "between-phone", map[string]any{"description": "theirs"}, client.PatchSessionOptions{}); err != nil {
		t.Fatal(err)
	}
	p.does(1, []string{"apply", "kept"}, "session between-phone is not changed", "somebody else changed it since Terraform read it (description)")
	if v := s.session(t, "between-phone"); v.Spec.Description != "theirs" {
		t.Errorf("the session is described as %q", v.Spec.Description)
	}
	p.does(2, plan, `"theirs" -> "ours"`)
	p.does(0, apply, "1 changed")
	p.does(0, plan)
	p.does(0, destroy)
}

// TestADeviceRefuses: what a device refuses is told in its own words; the session is made
// anew by the next apply, once the device takes it.
func TestADeviceRefuses(t *testing.T) {
	s := onStage(t)
	p := s.project(t, "rejects")
	p.write(device, tool)
	p.does(0, apply)
	s.control(t, http.MethodPut, "rejects/faults", `{"refuse": [{"line": "monitor session 66 destination", "answer": "% Cannot add this interface"}]}`)
	p.write(device, tool, phone)
	p.does(1, apply, "session rejects-phone is not created", "% Cannot add this interface", "netmirror_session.phone")
	s.control(t, http.MethodPut, "rejects/faults", `{}`)
	p.does(2, plan, "netmirror_session.phone is tainted, so must be replaced")
	p.does(0, apply, "1 added, 0 changed, 1 destroyed")
	if v := s.session(t, "rejects-phone"); v.Status.Phase != "Active" {
		t.Errorf("the session is %s", v.Status.Phase)
	}
	p.does(0, plan, "No changes")

	// A change that is refused leaves what was there, and the next plan tells it.
	s.control(t, http.MethodPut, "rejects/faults", `{"refuse": [{"line": "filter vlan", "answer": "% Invalid filter"}]}`)
	filtered := strings.Replace(phone, "drift_policy", "filter_vlans = [110]\n  drift_policy", 1)
	p.write(device, tool, filtered)
	p.does(1, apply, "session rejects-phone is not changed", "% Invalid filter")
	p.does(0, plan, "Warning: session rejects-phone is", "and devices refused its last change")
	s.control(t, http.MethodPut, "rejects/faults", `{}`)
	p.does(0, destroy)
}

// TestADeviceIsAway: a session that may wait for its device is made, with a warning; one that
// cannot be removed is told after the time that timeouts gives, with what can be done.
func TestADeviceIsAway(t *testing.T) {
	s := onStage(t)
	p := s.project(t, "away")
	p.write(device, tool)
	p.does(0, apply)
	away := func(yes bool) {
		s.control(t, http.MethodPut, "away/faults", fmt.Sprintf(`{"silent": %v}`, yes))
		s.control(t, http.MethodPost, "away/drop", "")
	}
	away(true)
	testkit.Eventually(t, testkit.Patience, "the device is seen to be away", func() bool {
		d, err := s.client.SyncDevice(t.Context(), "away")
		if err != nil { // it says so, too
			d, err = s.client.GetDevice(t.Context(), "away")
		}
		return err == nil && d.Value.Status.Reachable.Status == "False"
	})
	waits := strings.Replace(phone, `create = "2m"`, `delete = "4s"`, 1)
	p.write(device, tool, waits)
	p.does(2, plan, "the controller cannot tell what would become of it")
	p.write(device, tool, strings.Replace(waits, "drift_policy", "on_unreachable = \"queue\"\n  drift_policy", 1))
	p.does(0, apply, "Warning: session away-phone is Pending", "DeviceUnreachable")
	away(false)
	testkit.Eventually(t, testkit.Patience, "the session is made", func() bool {
		_, _ = s.client.SyncDevice(t.Context(), "away")
		return s.session(t, "away-phone").Status.Phase == "Active"
	})
	p.does(0, plan, "No changes")
	away(true)
	p.write(device, tool)
	p.does(1, apply, "session away-phone is not deleted", `delete_policy = "orphan"`)
	away(false)
	testkit.Eventually(t, testkit.Patience, "the session goes when its device is back", func() bool {
		_, _ = s.client.SyncDevice(t.Context(), "away")
		_, err := s.client.GetSession(t.Context(), "away-phone")
		return client.IsNotFound(err)
	})
	p.does(0, destroy)
}
