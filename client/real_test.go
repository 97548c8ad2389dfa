package client_test

import (
	"slices"
	"testing"
	"time"

	"github.com/netmirror/netmirror/client"
)

// TestASessionOfTheRealAPI goes the way of whoever declares sessions: create, read,
// change, be refused, delete.
func TestASessionOfTheRealAPI(t *testing.T) {
	url, stop := startController()
	defer stop()
	ctx := t.Context()
	c, err := client.New(client.Options{URL: url, Token: adminToken})
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	device := client.DeviceSpec{Platform: "memory", Transports: client.Transports{Config: client.Transport{Protocol: "memory", Address: "192.0.2.1"}}, Resync: new(client.Duration(time.Hour))}
	d, err := c.PutDevice(ctx, "sw1", device, client.PutDeviceOptions{IfNoneMatch: "*"})
	check("device", err)
	if d.Status != 201 || d.ETag != `"1"` || *d.Value.Spec.Resync != *device.Resync {
		t.Errorf("%+v", d)
	}
	spec := client.SessionSpec{Sources: []client.Source{{Device: "sw1", Interface: "p1", Direction: "rx"}}, Destinations: []client.Destination{{Device: "sw1", Interface: "p9"}}}
	plan, err := c.DryRunPutSession(ctx, "s1", spec, client.PutSessionOptions{})
	check("plan", err)
	if len(plan.Devices) != 1 || len(plan.Devices[0].Forward.Blocks) != 1 {
		t.Errorf("%+v", plan)
	}
	if _, err := c.GetSession(ctx, "s1"); !client.IsNotFound(err) {
		t.Errorf("a dry run stored it: %v", err)
	}

	first, err := c.PutSession(ctx, "s1", spec, client.PutSessionOptions{IfNoneMatch: "*"})
	check("create", err)
	op, err := client.Settle(ctx, c, first)
	check("settle", err)
	if first.Status != 202 || op.State != "succeeded" || op.Session != "s1" {
		t.Errorf("%+v %+v", first.Meta, op)
	}
	again, err := c.PutSession(ctx, "s1", spec, client.PutSessionOptions{Wait: 20 * time.Second})
	check("the same again", err)
	if again.Status != 200 || again.ETag != first.ETag || again.Value.Status.Phase != "Active" {
		t.Errorf("%+v %s", again.Meta, again.Value.Status.Phase)
	}

	to := again.Value.Spec
	to.Sources = append(slices.Clone(to.Sources), client.Source{Device: "sw1", Interface: "p2"})
	patch, err := client.MergePatch(again.Value.Spec, to)
	check("patch", err)
	if _, err := c.PatchSession(ctx, "s1", patch, client.PatchSessionOptions{IfMatch: `"9"`}); !client.IsPreconditionFailed(err) {
		t.Errorf("a patch of another version: %v", err)
	}
	changed, err := c.PatchSession(ctx, "s1", patch, client.PatchSessionOptions{IfMatch: again.ETag, Wait: 20 * time.Second})
	check("change", err)
	if !changed.Waited || changed.ETag != `"2"` || len(changed.Value.Spec.Sources) != 2 {
		t.Errorf("%+v %+v", changed.Meta, changed.Value.Spec)
	}

	_, err = c.PutSession(ctx, "s2", client.SessionSpec{Sources: []client.Source{{Device: "sw7", Interface: "p1"}}, Destinations: spec.Destinations}, client.PutSessionOptions{})
	p, ok := err.(*client.Problem)
	if !ok || p.Code != "cannot-be-done" || !slices.ContainsFunc(p.Errors, func(r client.Reason) bool { return r.Pointer == "/sources/0/device" }) {
		t.Errorf("%v", err)
	}
	if _, err := c.PutSession(ctx, "s2", client.SessionSpec{}, client.PutSessionOptions{}); !client.HasCode(err, "invalid-request") {
		t.Errorf("an empty spec: %v", err)
	}

	gone, err := c.DeleteSession(ctx, "s1", client.DeleteSessionOptions{Wait: 20 * time.Second})
	check("delete", err)
	if gone.Status != 204 {
		t.Errorf("%+v", gone.Meta)
	}
	var types []string
	for e, err := range c.AllEvents(ctx, client.ListEventsOptions{Limit: 2}) {
		check("events", err)
		types = append(types, e.Type)
	}
	if len(types) < 5 || !slices.Contains(types, "SessionAccepted") {
		t.Errorf("events %v", types)
	}
	check("delete device", c.DeleteDevice(ctx, "sw1", client.DeleteDeviceOptions{}))
}
