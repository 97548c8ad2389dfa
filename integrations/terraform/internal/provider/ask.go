package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/netmirror/netmirror/client"
)

// ModifyPlan asks the controller what would become of the change: a refusal is an error of
// the plan, at the attribute that it is about, and what devices would be sent is told.
func (o *managed) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if o.shared == nil || o.client == nil {
		return // the provider's settings are not known yet
	}
	if !req.State.Raw.IsNull() { // what is to be replaced is asked about once more, as one that is made
		if before := whole(ctx, req.State, &resp.Diagnostics); !resp.Diagnostics.HasError() {
			o.own.note(pendingObject{word: o.word, name: nameOf(before)})
		}
	}
	if req.Plan.Raw.Equal(req.State.Raw) {
		return
	}
	if req.Plan.Raw.IsNull() {
		before := whole(ctx, req.State, &resp.Diagnostics)
		if !resp.Diagnostics.HasError() {
			o.askDelete(ctx, before, &resp.Diagnostics)
		}
		return
	}
	plan := whole(ctx, req.Plan, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || !o.specKnown(plan) {
		return // what it depends on is not made yet; it is asked again when it is
	}
	name, spec := nameOf(plan), o.specOf(plan)
	if req.State.Raw.IsNull() {
		if o.taken(ctx, name, &resp.Diagnostics) {
			return
		}
	} else {
		before := whole(ctx, req.State, &resp.Diagnostics)
		if nameOf(before) != name { // replaced: the old one goes first, and then this is asked again
			o.pending.note(pendingObject{word: o.word, name: nameOf(before), was: o.specOf(before)})
			return
		}
		if differing(o.specOf(before), spec) == "" {
			return
		}
	}
	o.pending.note(pendingObject{word: o.word, name: name, spec: spec})
	t, err := o.ask(ctx, name, spec)
	if err != nil {
		o.pending.forget(o.word, name)
		o.refuseAtPlan(name, err, &resp.Diagnostics)
		return
	}
	if len(t.lines) > 0 {
		summary := fmt.Sprintf("%s %s: devices are sent nothing", o.word, name)
		if t.sent {
			summary = fmt.Sprintf("%s %s: this is what devices will be sent", o.word, name)
		}
		resp.Diagnostics.AddWarning(summary, t.String())
	}
}

// taken reports, and tells, that there is an object already of the name of one that is to be
// created. What Terraform has read in this run is its own, and is replaced.
func (o *managed) taken(ctx context.Context, name string, diags *diag.Diagnostics) bool {
	if o.own.has(o.word, name) {
		return false
	}
	if _, err := o.door().get(ctx, name); err != nil {
		return false // there is none; or nobody can tell, which is told below
	}
	diags.AddAttributeError(path.Root("name"), fmt.Sprintf("%s %s cannot be created", o.word, name),
		o.takeOver(name)+"\nWith -refresh=false nothing is read: one of yours that is tainted is then taken for another's.")
	return true
}

// takeOver says what to do about an object that is there already.
func (o *managed) takeOver(name string) string {
	return fmt.Sprintf("there is a %s of this name already, and Terraform does not know it as its own. To take it over: terraform import netmirror_%s.NAME %s", o.word, o.word, name)
}

// ask is what the controller says to an object as it is planned. Where nothing else that it
// has to do with is planned, a dry run tells; else a plan of all of it together.
func (o *managed) ask(ctx context.Context, name string, spec tree) (telling, error) {
	var t telling
	m, alone := o.pending.around(pendingObject{word: o.word, name: name, spec: spec})
	switch {
	case !alone || o.word == deviceKind.word || o.word == toolKind.word:
		var p client.StoredPlan
		_, err := o.client.Do(ctx, client.Request{Method: http.MethodPost, Path: client.Base + "/plans", Body: m}, &p)
		if err, others := o.ownReasons(err); err != nil || !others {
			t.storedPlan(o.word, name, p)
			return t, err
		}
		// Others alone are refused, which they say themselves.
	case o.word == filterKind.word:
		var p client.FilterPlan
		err := o.door().rehearse(ctx, http.MethodPut, name, spec, &p)
		for _, s := range p.Sessions {
			t.plainPlan(s)
		}
		return t, err
	}
	if o.word != sessionKind.word {
		return t, nil
	}
	var p client.Plan
	err := o.door().rehearse(ctx, http.MethodPut, name, spec, &p)
	t.plainPlan(p)
	return t, err
}

// ownReasons is what a refusal of a manifest says of its first object of our kind, with places in
// that; others reports that it is refused because of others alone.
func (o *managed) ownReasons(err error) (_ error, others bool) {
	var p *client.Problem
	if !errors.As(err, &p) || len(p.Errors) == 0 {
		return err, false
	}
	mine := *p
	mine.Errors, mine.Proposals = nil, nil
	prefix := "/" + o.plural + "/0"
	for _, r := range p.Errors {
		within, ok := strings.CutPrefix(r.Pointer, prefix)
		if ok && (within == "" || within[0] == '/') {
			r.Pointer = within
			mine.Errors = append(mine.Errors, r)
		}
	}
	for _, x := range p.Objects {
		if x.Pointer == prefix {
			mine.Proposals = x.Proposals
		}
	}
	if mine.Errors == nil {
		return nil, true
	}
	return &mine, false
}

// notYet are reasons that an apply of the same file may do away with: something is not
// stored that it may make.
var notYet = []string{"unknown-device", "unknown-tool", "unknown-filter"}

// refuseAtPlan tells a refusal. What is not stored yet is a warning, and so is that the
// controller cannot tell now.
func (o *managed) refuseAtPlan(name string, err error, diags *diag.Diagnostics) {
	doing := fmt.Sprintf("%s %s is refused", o.word, name)
	var p *client.Problem
	switch {
	case away(context.Background(), err), errors.As(err, &p) && p.Status >= http.StatusInternalServerError:
		diags.AddWarning(fmt.Sprintf("%s %s: the controller cannot tell what would become of it", o.word, name), o.advised(err))
		return
	case notAsked(err):
		diags.AddError(fmt.Sprintf("%s %s cannot be planned", o.word, name), o.advised(err))
		return
	case len(p.Errors) == 0:
		diags.AddError(doing, o.advised(err))
		return
	}
	more := proposed(p.Proposals)
	for _, r := range p.Errors {
		if !slices.Contains(notYet, r.Code) {
			refuseOne(diags, o.specType(), doing, r, more)
			more = ""
			continue
		}
		at, ok := place(o.specType(), r.Pointer)
		if !ok {
			at = path.Root("name")
		}
		diags.AddAttributeWarning(at, fmt.Sprintf("%s %s names what is not stored yet", o.word, name),
			sentence(r)+"; if it is made by this configuration, all is well, and the session is checked when it is there")
	}
}

// askDelete tells what devices will be sent when a session goes.
func (o *managed) askDelete(ctx context.Context, before types.Object, diags *diag.Diagnostics) {
	name := nameOf(before)
	o.pending.note(pendingObject{word: o.word, name: name, was: o.specOf(before)})
	if o.word != sessionKind.word {
		return
	}
	var p client.Plan
	if err := o.door().rehearse(ctx, http.MethodDelete, name, nil, &p); err != nil {
		if !client.IsNotFound(err) {
			diags.AddWarning("session "+name+": the controller cannot tell what its removal would do", o.advised(err))
		}
		return
	}
	var t telling
	for _, d := range p.Devices {
		t.send(d.Device, d.Forward)
	}
	if t.sent {
		diags.AddWarning("session "+name+" goes: this is what devices will be sent", t.String())
		return
	}
	if o.specOf(before)["deletePolicy"] == "orphan" {
		diags.AddWarning("session "+name+" goes", "delete_policy is orphan: what is on its devices stays there")
	}
}

// storedPlan adds what a plan of a manifest says of one object.
func (t *telling) storedPlan(word, name string, p client.StoredPlan) {
	unread := false
	for _, s := range p.Steps {
		mine := word != "session"
		for _, c := range s.Changes {
			mine = mine || slices.Contains(c.Sessions, name)
		}
		if !mine {
			continue
		}
		t.send(s.Device, s.Forward)
		unread = unread || s.NotRead
		if s.NotRead {
			t.say("  (nobody has read %s yet: this is by the least that its platform can do)", s.Device)
		}
		if s.Unsaid != "" {
			t.say("%s: %s", s.Device, s.Unsaid)
		}
	}
	if t.sent && word == "session" && !unread { // of ports that nobody has seen no load is known
		t.forecast(p.Forecast)
	}
	for _, x := range p.Objects {
		if x.Kind != word || x.Name != name {
			continue
		}
		t.warnings(slices.DeleteFunc(x.Warnings, func(r client.Reason) bool { return unread && r.Code == "unknown-port" }))
		if x.Waiting != "" {
			t.say("note: %s", x.Waiting)
		}
	}
}
