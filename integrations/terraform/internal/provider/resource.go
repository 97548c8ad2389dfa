package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/netmirror/netmirror/client"
)

// DefaultTimeout bounds a create, an update and a delete whose block timeouts does not say
// otherwise.
const DefaultTimeout = 10 * time.Minute

// etagKey is where the version of an object is kept between a read and a write.
const etagKey = "etag"

// managed is the resource of one kind.
type managed struct {
	kind
	*shared
}

func (o *managed) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + o.word
}

func (o *managed) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{MarkdownDescription: o.doc, Attributes: o.attributes()}
	if o.status != nil {
		for name, a := range o.status() {
			resp.Schema.Attributes[name] = a
		}
	}
	if o.rollouts {
		resp.Schema.Blocks = map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Update: true, Delete: true,
			CreateDescription: "How long it may take to create, such as `5m`. Default `10m`.",
			UpdateDescription: "How long it may take to change. Default `10m`.",
			DeleteDescription: "How long it may take until its devices are clean. Default `10m`."})}
	}
}

func (o *managed) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	o.shared, _ = req.ProviderData.(*shared)
}

func (o *managed) door() door { return door{o.client, o.plural} }

// ready reports whether there is a controller to speak to, and tells when there is none.
func (o *managed) ready(diags *diag.Diagnostics) bool {
	if o.shared != nil && o.client != nil {
		return true
	}
	diags.AddError("the provider is not configured", "its settings are not known yet: they depend on something that is not made")
	return false
}

// getter is a plan, a state or a configuration.
type getter interface {
	Get(ctx context.Context, target any) diag.Diagnostics
	GetAttribute(ctx context.Context, path path.Path, target any) diag.Diagnostics
}

func whole(ctx context.Context, from getter, diags *diag.Diagnostics) types.Object {
	var v types.Object
	diags.Append(from.Get(ctx, &v)...)
	return v
}

func nameOf(v types.Object) string {
	name, _ := v.Attributes()["name"].(types.String)
	return name.ValueString()
}

// bounded is ctx with the time that the block timeouts gives.
func (o *managed) bounded(ctx context.Context, from getter, of func(timeouts.Value, context.Context, time.Duration) (time.Duration, diag.Diagnostics), diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	limit := DefaultTimeout
	if o.rollouts {
		var t timeouts.Value
		diags.Append(from.GetAttribute(ctx, path.Root("timeouts"), &t)...)
		d, more := of(t, ctx, DefaultTimeout)
		diags.Append(more...)
		limit = d
	}
	return context.WithTimeout(ctx, limit)
}

// Create makes the object, which must not be there, and waits until its devices have it.
func (o *managed) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan := whole(ctx, req.Plan, &resp.Diagnostics)
	ctx, cancel := o.bounded(ctx, req.Plan, timeouts.Value.Create, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !o.ready(&resp.Diagnostics) {
		return
	}
	name := nameOf(plan)
	doing := fmt.Sprintf("%s %s is not created", o.word, name)
	s, err := o.door().put(ctx, name, o.specOf(plan), condition{ifNoneMatch: "*"})
	if client.IsPreconditionFailed(err) {
		resp.Diagnostics.AddAttributeError(path.Root("name"), doing, o.takeOver(name))
		return
	}
	if err != nil {
		o.refuse(&resp.Diagnostics, o.specType(), doing, err)
		return
	}
	o.settled(ctx, plan, name, s, doing, &resp.Diagnostics, resp.Private, func(v types.Object) { resp.Diagnostics.Append(resp.State.Set(ctx, v)...) })
}

// private keeps the version of an object.
type private interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// keepETag keeps the version with the state. It stands in quotes, and is JSON therefore.
func keepETag(ctx context.Context, in private, s stored, diags *diag.Diagnostics) {
	if s.ETag != "" {
		diags.Append(in.SetKey(ctx, etagKey, []byte(s.ETag))...)
	}
}

// settled waits until a write has come to its end, and keeps what there is then.
func (o *managed) settled(ctx context.Context, plan types.Object, name string, s stored, doing string, diags *diag.Diagnostics, keep private, set func(types.Object)) {
	o.pending.forget(o.word, name)
	now, failure := s, error(nil)
	if o.rollouts {
		now, failure = o.follow(ctx, name, s, diags)
	}
	v, err := o.values(plan, name, now)
	if err != nil {
		diags.AddError(doing, err.Error())
		return
	}
	set(v)
	keepETag(ctx, keep, now, diags)
	if failure != nil {
		diags.AddError(doing, failure.Error())
	}
}

// Read refreshes what is known of the object, and tells what is not as it should be.
func (o *managed) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	before := whole(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || !o.ready(&resp.Diagnostics) {
		return
	}
	name := nameOf(before)
	s, err := o.door().get(ctx, name)
	if client.IsNotFound(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		resp.Diagnostics.AddError(fmt.Sprintf("%s %s is not read", o.word, name), o.advised(err))
		return
	}
	v, err := o.values(before, name, s)
	if err != nil {
		resp.Diagnostics.AddError(fmt.Sprintf("%s %s is not understood", o.word, name), err.Error())
		return
	}
	o.own.note(pendingObject{word: o.word, name: name})
	resp.Diagnostics.Append(resp.State.Set(ctx, v)...)
	keepETag(ctx, resp.Private, s, &resp.Diagnostics)
	if o.word == sessionKind.word {
		tellTrouble(s, &resp.Diagnostics)
	}
}

// Update changes the object, unless somebody else did since it was read.
func (o *managed) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	plan, before := whole(ctx, req.Plan, &resp.Diagnostics), whole(ctx, req.State, &resp.Diagnostics)
	ctx, cancel := o.bounded(ctx, req.Plan, timeouts.Value.Update, &resp.Diagnostics)
	defer cancel()
	etag, more := req.Private.GetKey(ctx, etagKey)
	resp.Diagnostics.Append(more...)
	if resp.Diagnostics.HasError() || !o.ready(&resp.Diagnostics) {
		return
	}
	name := nameOf(plan)
	doing := fmt.Sprintf("%s %s is not changed", o.word, name)
	s, err := o.door().writtenFrom(ctx, name, o.specOf(before), o.specOf(plan), string(etag))
	if err != nil {
		o.refuse(&resp.Diagnostics, o.specType(), doing, err)
		return
	}
	o.settled(ctx, plan, name, s, doing, &resp.Diagnostics, resp.Private, func(v types.Object) { resp.Diagnostics.Append(resp.State.Set(ctx, v)...) })
}

// Delete takes the object away, unless somebody else changed it since it was read, and waits
// until nothing of it is left.
func (o *managed) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	before := whole(ctx, req.State, &resp.Diagnostics)
	ctx, cancel := o.bounded(ctx, req.State, timeouts.Value.Delete, &resp.Diagnostics)
	defer cancel()
	etag, more := req.Private.GetKey(ctx, etagKey)
	resp.Diagnostics.Append(more...)
	if resp.Diagnostics.HasError() || !o.ready(&resp.Diagnostics) {
		return
	}
	name := nameOf(before)
	doing := fmt.Sprintf("%s %s is not deleted", o.word, name)
	o.pending.forget(o.word, name)
	s, err := o.deleted(ctx, name, o.specOf(before), string(etag))
	switch {
	case client.IsNotFound(err):
		return
	case client.HasCode(err, "conflict") && o.word != sessionKind.word:
		resp.Diagnostics.AddError(doing, err.Error()+fmt.Sprintf("\nWhere the same configuration has the session, refer to it by netmirror_%s.NAME.name: then Terraform takes the session away first.", o.word))
	case err != nil:
		o.refuse(&resp.Diagnostics, o.specType(), doing, err)
	case o.word == sessionKind.word:
		if err := o.gone(ctx, name, s); err != nil {
			resp.Diagnostics.AddError(doing, err.Error()+"\nIf it cannot be reached any more: delete_policy = \"orphan\", applied before it is destroyed, leaves on devices what is there.")
		}
	}
}

func (o *managed) deleted(ctx context.Context, name string, seen tree, etag string) (stored, error) {
	for {
		s, err := o.door().delete(ctx, name, condition{ifMatch: etag})
		if !client.IsPreconditionFailed(err) {
			return s, err
		}
		if etag, err = o.door().unchanged(ctx, name, seen, etag, err); err != nil {
			return stored{}, err
		}
	}
}

// ImportState takes over an object by its name.
func (o *managed) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resource.ImportStatePassthroughID(ctx, path.Root("name"), req, resp)
}
