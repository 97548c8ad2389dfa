// Code generated from the OpenAPI document by internal/clientgen (make generate). DO NOT EDIT.

package client

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"time"
)

// AdoptSessionOptions are the parameters of AdoptSession. Those that are zero are left out.
type AdoptSessionOptions struct {
	// how long the controller itself is to wait for the rollout, in whole seconds; it cuts that to 60 s
	Wait time.Duration
}

func (o AdoptSessionOptions) addTo(r *Request) {
	r.Wait = o.Wait
}

// AdoptSession: take over a native session as it stands. Writes an intent of this name that describes a
// native session which another hand made, and says in the ledger (and in the mark, where the device has room)
// that it is netmirror's from now on. Nothing else on the device changes. 409 when the name is taken or it is
// somebody's, 422 when it cannot be described as an intent. Needs access operator.
func (c *Client) AdoptSession(ctx context.Context, name string, body AdoptRequest, opts AdoptSessionOptions) (Answer[Session], error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/sessions/" + segment(name) + ":adopt", Body: body}
	opts.addTo(&r)
	return call[Session](ctx, c, r)
}

// DryRunAdoptSession asks what AdoptSession would do; nothing is stored or sent. Writes an intent of this
// name that describes a native session which another hand made, and says in the ledger (and in the mark,
// where the device has room) that it is netmirror's from now on. Nothing else on the device changes. 409 when
// the name is taken or it is somebody's, 422 when it cannot be described as an intent. Needs access operator.
func (c *Client) DryRunAdoptSession(ctx context.Context, name string, body AdoptRequest, opts AdoptSessionOptions) (Plan, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/sessions/" + segment(name) + ":adopt", Body: body}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[Plan](ctx, c, r)
	return a.Value, err
}

// ApplyPlanOptions are the parameters of ApplyPlan. Those that are zero are left out.
type ApplyPlanOptions struct {
	// how long the controller itself is to wait for the rollout, in whole seconds; it cuts that to 60 s
	Wait time.Duration
}

func (o ApplyPlanOptions) addTo(r *Request) {
	r.Wait = o.Wait
}

// ApplyPlan: do what a plan says. Once: applied again it answers what became of it. 409 plan-stale when
// something that the plan rests on is not as it was; errors says what, and nothing was changed. Devices and
// tools are stored first, then filters and sessions together or not at all, then deletions are made. A device
// that would be sent another text than the plan has is sent nothing, and the rollout of that session fails
// with code plan-stale and is undone. A plan that stores or deletes devices needs access admin. 202 while
// rollouts run; Prefer: wait=N waits for them. Needs access operator.
func (c *Client) ApplyPlan(ctx context.Context, id string, opts ApplyPlanOptions) (Answer[StoredPlan], error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/plans/" + segment(id) + ":apply"}
	opts.addTo(&r)
	return call[StoredPlan](ctx, c, r)
}

// CheckDevice: check a device. Reachability, login, privilege, model, slots: what a first day needs. A device
// that fails the check is still 200; the items say what is wrong. Needs access operator.
func (c *Client) CheckDevice(ctx context.Context, name string) (DeviceCheck, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/devices/" + segment(name) + ":check"}
	a, err := call[DeviceCheck](ctx, c, r)
	return a.Value, err
}

// ClearReliefOptions are the parameters of ClearRelief. Those that are zero are left out.
type ClearReliefOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
	// how long the controller itself is to wait for the rollout, in whole seconds; it cuts that to 60 s
	Wait time.Duration
}

func (o ClearReliefOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
	r.Wait = o.Wait
}

// ClearRelief: release the relief of a session. Takes the pin away and releases every step, so that the
// session is as asked. If its destination is oversubscribed still, it is relieved again. Answers like PUT.
// Needs access operator.
func (c *Client) ClearRelief(ctx context.Context, name string, opts ClearReliefOptions) (Answer[Session], error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/sessions/" + segment(name) + ":clear-relief"}
	opts.addTo(&r)
	return call[Session](ctx, c, r)
}

// DryRunClearRelief asks what ClearRelief would do; nothing is stored or sent. Takes the pin away and
// releases every step, so that the session is as asked. If its destination is oversubscribed still, it is
// relieved again. Answers like PUT. Needs access operator.
func (c *Client) DryRunClearRelief(ctx context.Context, name string, opts ClearReliefOptions) (Plan, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/sessions/" + segment(name) + ":clear-relief"}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[Plan](ctx, c, r)
	return a.Value, err
}

// DeleteDeviceOptions are the parameters of DeleteDevice. Those that are zero are left out.
type DeleteDeviceOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
}

func (o DeleteDeviceOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
}

// DeleteDevice: delete a device. 409 while a session needs it. Needs access admin.
func (c *Client) DeleteDevice(ctx context.Context, name string, opts DeleteDeviceOptions) error {
	r := Request{Method: http.MethodDelete, Path: "/api/v1/devices/" + segment(name)}
	opts.addTo(&r)
	_, err := call[struct{}](ctx, c, r)
	return err
}

// DryRunDeleteDevice asks what DeleteDevice would do; nothing is stored or sent. 409 while a session needs
// it. Needs access admin.
func (c *Client) DryRunDeleteDevice(ctx context.Context, name string, opts DeleteDeviceOptions) (EntryPlan, error) {
	r := Request{Method: http.MethodDelete, Path: "/api/v1/devices/" + segment(name)}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[EntryPlan](ctx, c, r)
	return a.Value, err
}

// DeleteFilterOptions are the parameters of DeleteFilter. Those that are zero are left out.
type DeleteFilterOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
}

func (o DeleteFilterOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
}

// DeleteFilter: delete a filter. 409 while a session names it. Needs access operator.
func (c *Client) DeleteFilter(ctx context.Context, name string, opts DeleteFilterOptions) error {
	r := Request{Method: http.MethodDelete, Path: "/api/v1/filters/" + segment(name)}
	opts.addTo(&r)
	_, err := call[struct{}](ctx, c, r)
	return err
}

// DryRunDeleteFilter asks what DeleteFilter would do; nothing is stored or sent. 409 while a session names
// it. Needs access operator.
func (c *Client) DryRunDeleteFilter(ctx context.Context, name string, opts DeleteFilterOptions) (EntryPlan, error) {
	r := Request{Method: http.MethodDelete, Path: "/api/v1/filters/" + segment(name)}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[EntryPlan](ctx, c, r)
	return a.Value, err
}

// DeleteSessionOptions are the parameters of DeleteSession. Those that are zero are left out.
type DeleteSessionOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
	// how long the controller itself is to wait for the rollout, in whole seconds; it cuts that to 60 s
	Wait time.Duration
	// goes before the session's own; orphan lets go of it without touching its devices, also while it waits for
	// one that is gone for good (one of remove orphan)
	DeletePolicy string
}

func (o DeleteSessionOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
	r.Wait = o.Wait
	r.query("deletePolicy", o.DeletePolicy)
}

// DeleteSession: delete a session. 202 with the operation as Location until every device is clean, 204 once
// it is, which Prefer: wait=N may wait for. 404 if there is none. Needs access operator.
func (c *Client) DeleteSession(ctx context.Context, name string, opts DeleteSessionOptions) (Answer[Session], error) {
	r := Request{Method: http.MethodDelete, Path: "/api/v1/sessions/" + segment(name)}
	opts.addTo(&r)
	return call[Session](ctx, c, r)
}

// DryRunDeleteSession asks what DeleteSession would do; nothing is stored or sent. 202 with the operation as
// Location until every device is clean, 204 once it is, which Prefer: wait=N may wait for. 404 if there is
// none. Needs access operator.
func (c *Client) DryRunDeleteSession(ctx context.Context, name string, opts DeleteSessionOptions) (Plan, error) {
	r := Request{Method: http.MethodDelete, Path: "/api/v1/sessions/" + segment(name)}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[Plan](ctx, c, r)
	return a.Value, err
}

// DeleteToolOptions are the parameters of DeleteTool. Those that are zero are left out.
type DeleteToolOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
}

func (o DeleteToolOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
}

// DeleteTool: delete a tool. 409 while a session ends at it. Needs access operator.
func (c *Client) DeleteTool(ctx context.Context, name string, opts DeleteToolOptions) error {
	r := Request{Method: http.MethodDelete, Path: "/api/v1/tools/" + segment(name)}
	opts.addTo(&r)
	_, err := call[struct{}](ctx, c, r)
	return err
}

// DryRunDeleteTool asks what DeleteTool would do; nothing is stored or sent. 409 while a session ends at it.
// Needs access operator.
func (c *Client) DryRunDeleteTool(ctx context.Context, name string, opts DeleteToolOptions) (EntryPlan, error) {
	r := Request{Method: http.MethodDelete, Path: "/api/v1/tools/" + segment(name)}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[EntryPlan](ctx, c, r)
	return a.Value, err
}

// DeleteTriggerOptions are the parameters of DeleteTrigger. Those that are zero are left out.
type DeleteTriggerOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
}

func (o DeleteTriggerOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
}

// DeleteTrigger: delete a trigger. What it started ends with its lease. Needs access admin.
func (c *Client) DeleteTrigger(ctx context.Context, name string, opts DeleteTriggerOptions) error {
	r := Request{Method: http.MethodDelete, Path: "/api/v1/triggers/" + segment(name)}
	opts.addTo(&r)
	_, err := call[struct{}](ctx, c, r)
	return err
}

// DryRunDeleteTrigger asks what DeleteTrigger would do; nothing is stored or sent. What it started ends with
// its lease. Needs access admin.
func (c *Client) DryRunDeleteTrigger(ctx context.Context, name string, opts DeleteTriggerOptions) (EntryPlan, error) {
	r := Request{Method: http.MethodDelete, Path: "/api/v1/triggers/" + segment(name)}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[EntryPlan](ctx, c, r)
	return a.Value, err
}

// DeleteWebhookOptions are the parameters of DeleteWebhook. Those that are zero are left out.
type DeleteWebhookOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
}

func (o DeleteWebhookOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
}

// DeleteWebhook: delete a webhook. With what it was not told yet, and its dead letters. Needs access admin.
func (c *Client) DeleteWebhook(ctx context.Context, name string, opts DeleteWebhookOptions) error {
	r := Request{Method: http.MethodDelete, Path: "/api/v1/webhooks/" + segment(name)}
	opts.addTo(&r)
	_, err := call[struct{}](ctx, c, r)
	return err
}

// DryRunDeleteWebhook asks what DeleteWebhook would do; nothing is stored or sent. With what it was not told
// yet, and its dead letters. Needs access admin.
func (c *Client) DryRunDeleteWebhook(ctx context.Context, name string, opts DeleteWebhookOptions) (EntryPlan, error) {
	r := Request{Method: http.MethodDelete, Path: "/api/v1/webhooks/" + segment(name)}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[EntryPlan](ctx, c, r)
	return a.Value, err
}

// DisableSessionOptions are the parameters of DisableSession. Those that are zero are left out.
type DisableSessionOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
	// how long the controller itself is to wait for the rollout, in whole seconds; it cuts that to 60 s
	Wait time.Duration
}

func (o DisableSessionOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
	r.Wait = o.Wait
}

// DisableSession: set enabled to false. Takes the session off its devices and keeps the intent. Answers like
// PUT. Needs access operator.
func (c *Client) DisableSession(ctx context.Context, name string, opts DisableSessionOptions) (Answer[Session], error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/sessions/" + segment(name) + ":disable"}
	opts.addTo(&r)
	return call[Session](ctx, c, r)
}

// DryRunDisableSession asks what DisableSession would do; nothing is stored or sent. Takes the session off
// its devices and keeps the intent. Answers like PUT. Needs access operator.
func (c *Client) DryRunDisableSession(ctx context.Context, name string, opts DisableSessionOptions) (Plan, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/sessions/" + segment(name) + ":disable"}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[Plan](ctx, c, r)
	return a.Value, err
}

// Docs: this document for people. A page without scripts.
func (c *Client) Docs(ctx context.Context) ([]byte, error) {
	r := Request{Method: http.MethodGet, Path: "/docs"}
	a, err := call[[]byte](ctx, c, r)
	return a.Value, err
}

// EnableSessionOptions are the parameters of EnableSession. Those that are zero are left out.
type EnableSessionOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
	// how long the controller itself is to wait for the rollout, in whole seconds; it cuts that to 60 s
	Wait time.Duration
}

func (o EnableSessionOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
	r.Wait = o.Wait
}

// EnableSession: set enabled to true. Puts the session on its devices again. Answers like PUT. Needs access
// operator.
func (c *Client) EnableSession(ctx context.Context, name string, opts EnableSessionOptions) (Answer[Session], error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/sessions/" + segment(name) + ":enable"}
	opts.addTo(&r)
	return call[Session](ctx, c, r)
}

// DryRunEnableSession asks what EnableSession would do; nothing is stored or sent. Puts the session on its
// devices again. Answers like PUT. Needs access operator.
func (c *Client) DryRunEnableSession(ctx context.Context, name string, opts EnableSessionOptions) (Plan, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/sessions/" + segment(name) + ":enable"}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[Plan](ctx, c, r)
	return a.Value, err
}

// FireTrigger: fire a trigger. The body is what an alerting program sends, in the format of the trigger. Each
// alert starts the session of its port, as a PUT of it would, or renews its lease. A body that can be read is
// answered with what became of each alert; a body that is none of the format is 422. Where the rate refused
// what was asked for, and nothing else came of the body, the answer is 429 with Retry-After. With dryRun
// everything is decided on devices that are read for it, and nothing is stored. A token of role trigger may
// do this with its own trigger, and nothing else. Needs access operator.
func (c *Client) FireTrigger(ctx context.Context, name string, body json.RawMessage) (FiredAlerts, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/triggers/" + segment(name), Body: body}
	a, err := call[FiredAlerts](ctx, c, r)
	return a.Value, err
}

// DryRunFireTrigger asks what FireTrigger would do; nothing is stored or sent. The body is what an alerting
// program sends, in the format of the trigger. Each alert starts the session of its port, as a PUT of it
// would, or renews its lease. A body that can be read is answered with what became of each alert; a body that
// is none of the format is 422. Where the rate refused what was asked for, and nothing else came of the body,
// the answer is 429 with Retry-After. With dryRun everything is decided on devices that are read for it, and
// nothing is stored. A token of role trigger may do this with its own trigger, and nothing else. Needs access
// operator.
func (c *Client) DryRunFireTrigger(ctx context.Context, name string, body json.RawMessage) (FiredAlerts, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/triggers/" + segment(name), Body: body}
	r.query("dryRun", true)
	a, err := call[FiredAlerts](ctx, c, r)
	return a.Value, err
}

// GetController: show the controller. Whether it pushes anything, and why not. Needs access viewer.
func (c *Client) GetController(ctx context.Context) (Controller, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/controller"}
	a, err := call[Controller](ctx, c, r)
	return a.Value, err
}

// GetDevice: get a device. Its entry and what is known of it. Needs access viewer.
func (c *Client) GetDevice(ctx context.Context, name string) (Answer[Device], error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/devices/" + segment(name)}
	return call[Device](ctx, c, r)
}

// GetDeviceLoadOptions are the parameters of GetDeviceLoad. Those that are zero are left out.
type GetDeviceLoadOptions struct {
	// hour: every reading of the last hour, every 10 s where counters are cheap to read; day: the minutes of the
	// last day; none (default) (one of none hour day)
	History string
}

func (o GetDeviceLoadOptions) addTo(r *Request) {
	r.query("history", o.History)
}

// GetDeviceLoad: get what is measured on a device. What its watched ports carry, and what is offered to
// destinations on it. Needs access viewer.
func (c *Client) GetDeviceLoad(ctx context.Context, name string, opts GetDeviceLoadOptions) (DeviceLoad, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/devices/" + segment(name) + "/load"}
	opts.addTo(&r)
	a, err := call[DeviceLoad](ctx, c, r)
	return a.Value, err
}

// GetFilter: get a filter. Its entry. Needs access viewer.
func (c *Client) GetFilter(ctx context.Context, name string) (Answer[Filter], error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/filters/" + segment(name)}
	return call[Filter](ctx, c, r)
}

// GetOperation: get an operation. One rollout, repair or save, with its steps and what was said to each
// device. Needs access viewer.
func (c *Client) GetOperation(ctx context.Context, id string) (Operation, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/operations/" + segment(id)}
	a, err := call[Operation](ctx, c, r)
	return a.Value, err
}

// GetPlan: get a plan. As JSON, or as a text for a change ticket with Accept: text/plain. Needs access
// viewer.
func (c *Client) GetPlan(ctx context.Context, id string) (StoredPlan, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/plans/" + segment(id)}
	a, err := call[StoredPlan](ctx, c, r)
	return a.Value, err
}

// GetSession: get a session. Its intent and what became of it. Needs access viewer.
func (c *Client) GetSession(ctx context.Context, name string) (Answer[Session], error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/sessions/" + segment(name)}
	return call[Session](ctx, c, r)
}

// GetSessionHoldings: get what devices shall hold of a session, and what they hold. One entry for each native
// session, shared ones as a whole: as it is wanted, as it was last seen, the difference, and what a repair
// would send. No device is asked. Needs access viewer.
func (c *Client) GetSessionHoldings(ctx context.Context, name string) (HoldingList, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/sessions/" + segment(name) + "/holdings"}
	a, err := call[HoldingList](ctx, c, r)
	return a.Value, err
}

// GetSessionLoadOptions are the parameters of GetSessionLoad. Those that are zero are left out.
type GetSessionLoadOptions struct {
	// hour: every reading of the last hour, every 10 s where counters are cheap to read; day: the minutes of the
	// last day; none (default) (one of none hour day)
	History string
}

func (o GetSessionLoadOptions) addTo(r *Request) {
	r.query("history", o.History)
}

// GetSessionLoad: get what is measured of a session. What its sources offer to each destination and to links
// on the way, what those can take, and how many of the expected copies are counted. Needs access viewer.
func (c *Client) GetSessionLoad(ctx context.Context, name string, opts GetSessionLoadOptions) (SessionLoad, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/sessions/" + segment(name) + "/load"}
	opts.addTo(&r)
	a, err := call[SessionLoad](ctx, c, r)
	return a.Value, err
}

// GetSummary: count everything. Sessions by phase and condition, devices by whether they can be reached. It
// costs next to nothing, however much is stored. Needs access viewer.
func (c *Client) GetSummary(ctx context.Context) (Summary, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/summary"}
	a, err := call[Summary](ctx, c, r)
	return a.Value, err
}

// GetTool: get a tool. Its entry. Needs access viewer.
func (c *Client) GetTool(ctx context.Context, name string) (Answer[Tool], error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/tools/" + segment(name)}
	return call[Tool](ctx, c, r)
}

// GetToolLoadOptions are the parameters of GetToolLoad. Those that are zero are left out.
type GetToolLoadOptions struct {
	// hour: every reading of the last hour, every 10 s where counters are cheap to read; day: the minutes of the
	// last day; none (default) (one of none hour day)
	History string
}

func (o GetToolLoadOptions) addTo(r *Request) {
	r.query("history", o.History)
}

// GetToolLoad: get what is measured at a tool. What all sessions offer to it, and what it can take. Needs
// access viewer.
func (c *Client) GetToolLoad(ctx context.Context, name string, opts GetToolLoadOptions) (ToolLoad, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/tools/" + segment(name) + "/load"}
	opts.addTo(&r)
	a, err := call[ToolLoad](ctx, c, r)
	return a.Value, err
}

// GetTrigger: get a trigger. Its entry, and what it did. Needs access viewer.
func (c *Client) GetTrigger(ctx context.Context, name string) (Answer[Trigger], error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/triggers/" + segment(name)}
	return call[Trigger](ctx, c, r)
}

// GetWebhook: get a webhook. Its entry, and how far it has come. Needs access admin.
func (c *Client) GetWebhook(ctx context.Context, name string) (Answer[Webhook], error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/webhooks/" + segment(name)}
	return call[Webhook](ctx, c, r)
}

// Healthz: is the process alive. Looks at nothing else.
func (c *Client) Healthz(ctx context.Context) (Health, error) {
	r := Request{Method: http.MethodGet, Path: "/healthz"}
	a, err := call[Health](ctx, c, r)
	return a.Value, err
}

// ImportOptions are the parameters of Import. Those that are zero are left out.
type ImportOptions struct {
	// true: it is right that more than half of the devices that came from netbox have vanished; without, such an
	// import is refused (409), since a token that may see less answers so, too
	Shrink bool
}

func (o ImportOptions) addTo(r *Request) {
	r.query("shrink", o.Shrink)
}

// Import: import devices and tools from a source. Stores what the source knows as managed by it: writes
// through other doors are 409 then. What it does not know any more becomes retired, and is never deleted by
// itself. An entry that cannot be, such as one whose name another door holds, is refused by itself, and the
// others are stored. dryRun tells what would become of each. Needs access admin.
func (c *Client) Import(ctx context.Context, source string, body ImportBody, opts ImportOptions) (ImportResult, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/imports/" + segment(source), Body: body}
	opts.addTo(&r)
	a, err := call[ImportResult](ctx, c, r)
	return a.Value, err
}

// DryRunImport asks what Import would do; nothing is stored or sent. Stores what the source knows as managed
// by it: writes through other doors are 409 then. What it does not know any more becomes retired, and is
// never deleted by itself. An entry that cannot be, such as one whose name another door holds, is refused by
// itself, and the others are stored. dryRun tells what would become of each. Needs access admin.
func (c *Client) DryRunImport(ctx context.Context, source string, body ImportBody, opts ImportOptions) (ImportResult, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/imports/" + segment(source), Body: body}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[ImportResult](ctx, c, r)
	return a.Value, err
}

// ListCopiesOptions are the parameters of ListCopies. Those that are zero are left out.
type ListCopiesOptions struct {
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
	// only copies for this session
	Session string
	// only copies of traffic of this device
	Device string
	// with device: only copies of this interface, in any spelling of its platform, or of a VLAN: vlan 110
	Interface string
	// only copies that this token, or system, asked for
	Actor string
	// only copies that had not ended by then
	Since time.Time
	// only copies that began before
	Until time.Time
	// goes before what Accept says (one of json csv)
	Format string
}

func (o ListCopiesOptions) addTo(r *Request) {
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
	r.query("session", o.Session)
	r.query("device", o.Device)
	r.query("interface", o.Interface)
	r.query("actor", o.Actor)
	r.query("since", o.Since)
	r.query("until", o.Until)
	r.query("format", o.Format)
}

// ListCopies: report what was copied. Who had which port copied where, from when to when, and why: one entry
// for each stretch of time, as devices were read. With format=csv, or Accept: text/csv, it is a table of one
// page, and the header Link names the next one. Needs access viewer.
func (c *Client) ListCopies(ctx context.Context, opts ListCopiesOptions) (CopyPage, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/copies"}
	opts.addTo(&r)
	a, err := call[CopyPage](ctx, c, r)
	return a.Value, err
}

// AllCopies gives the entries of all pages of ListCopies, from opts.Cursor on, and asks for a page when it is
// reached. An error ends it. It ends after the last page.
func (c *Client) AllCopies(ctx context.Context, opts ListCopiesOptions) iter.Seq2[Copy, error] {
	return pages(opts.Cursor, false, func(cursor string) ([]Copy, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListCopies(ctx, opts)
		return p.Items, p.NextCursor, false, err
	})
}

// ListCredentialsOptions are the parameters of ListCredentials. Those that are zero are left out.
type ListCredentialsOptions struct {
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
}

func (o ListCredentialsOptions) addTo(r *Request) {
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
}

// ListCredentials: list credentials profiles. Names and bindings. Profiles are made on the controller's host,
// by `netmirror credentials set`, and nowhere else. Needs access admin.
func (c *Client) ListCredentials(ctx context.Context, opts ListCredentialsOptions) (CredentialsList, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/credentials"}
	opts.addTo(&r)
	a, err := call[CredentialsList](ctx, c, r)
	return a.Value, err
}

// AllCredentials gives the entries of all pages of ListCredentials, from opts.Cursor on, and asks for a page
// when it is reached. An error ends it. It ends after the last page.
func (c *Client) AllCredentials(ctx context.Context, opts ListCredentialsOptions) iter.Seq2[CredentialsProfile, error] {
	return pages(opts.Cursor, false, func(cursor string) ([]CredentialsProfile, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListCredentials(ctx, opts)
		return p.Items, p.NextCursor, false, err
	})
}

// ListDeliveriesOptions are the parameters of ListDeliveries. Those that are zero are left out.
type ListDeliveriesOptions struct {
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
	// dead: given up; pending: yet to be made (one of dead pending)
	State string
}

func (o ListDeliveriesOptions) addTo(r *Request) {
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
	r.query("state", o.State)
}

// ListDeliveries: list what a webhook has not taken. Dead letters, which were tried often enough, or with
// state=pending what is yet to be delivered. Needs access admin.
func (c *Client) ListDeliveries(ctx context.Context, name string, opts ListDeliveriesOptions) (DeliveryList, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/webhooks/" + segment(name) + "/deliveries"}
	opts.addTo(&r)
	a, err := call[DeliveryList](ctx, c, r)
	return a.Value, err
}

// AllDeliveries gives the entries of all pages of ListDeliveries, from opts.Cursor on, and asks for a page
// when it is reached. An error ends it. It ends after the last page.
func (c *Client) AllDeliveries(ctx context.Context, name string, opts ListDeliveriesOptions) iter.Seq2[Delivery, error] {
	return pages(opts.Cursor, false, func(cursor string) ([]Delivery, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListDeliveries(ctx, name, opts)
		return p.Items, p.NextCursor, false, err
	})
}

// ListDeviceObservedSessionsOptions are the parameters of ListDeviceObservedSessions. Those that are zero are left out.
type ListDeviceObservedSessionsOptions struct {
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
	// only those of this owner (one of netmirror netmirror-other foreign)
	Owner string
	// only those that copy this one, written as on the device or vlan 7, or may do so: a port may be a member of
	// any VLAN that is copied
	Interface string
}

func (o ListDeviceObservedSessionsOptions) addTo(r *Request) {
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
	r.query("owner", o.Owner)
	r.query("interface", o.Interface)
}

// ListDeviceObservedSessions: list native sessions of a device. What was last seen on it, declared or not.
// Needs access viewer.
func (c *Client) ListDeviceObservedSessions(ctx context.Context, name string, opts ListDeviceObservedSessionsOptions) (ObservedList, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/devices/" + segment(name) + "/observed-sessions"}
	opts.addTo(&r)
	a, err := call[ObservedList](ctx, c, r)
	return a.Value, err
}

// AllDeviceObservedSessions gives the entries of all pages of ListDeviceObservedSessions, from opts.Cursor
// on, and asks for a page when it is reached. An error ends it. It ends after the last page.
func (c *Client) AllDeviceObservedSessions(ctx context.Context, name string, opts ListDeviceObservedSessionsOptions) iter.Seq2[ObservedSession, error] {
	return pages(opts.Cursor, false, func(cursor string) ([]ObservedSession, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListDeviceObservedSessions(ctx, name, opts)
		return p.Items, p.NextCursor, false, err
	})
}

// ListDevicesOptions are the parameters of ListDevices. Those that are zero are left out.
type ListDevicesOptions struct {
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
	// all of a list such as team=voice,env!=lab,site in (a,b),zone notin (x),owner,!spare must hold; what has no
	// such label is != and notin, too
	LabelSelector string
	// only devices of which this is the status of the condition Reachable (one of True False Unknown)
	Reachable string
	// only devices of this platform
	Platform string
	// only devices with this text in their name, address, host name, model, serial number or release; small and
	// capital letters are the same
	Text string
	// true: only devices with a native session that netmirror did not make
	Foreign bool
	// true: leave out status.capabilities, which are most of an entry
	Brief bool
	// worst: away, braked, never read, held back by the entry (maintenance, observe), in order, retired; each by
	// name. The pages after the first keep its order (one of name worst)
	Order string
}

func (o ListDevicesOptions) addTo(r *Request) {
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
	r.query("labelSelector", o.LabelSelector)
	r.query("reachable", o.Reachable)
	r.query("platform", o.Platform)
	r.query("text", o.Text)
	r.query("foreign", o.Foreign)
	r.query("brief", o.Brief)
	r.query("order", o.Order)
}

// ListDevices: list devices. By name. Needs access viewer.
func (c *Client) ListDevices(ctx context.Context, opts ListDevicesOptions) (DeviceList, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/devices"}
	opts.addTo(&r)
	a, err := call[DeviceList](ctx, c, r)
	return a.Value, err
}

// AllDevices gives the entries of all pages of ListDevices, from opts.Cursor on, and asks for a page when it
// is reached. An error ends it. It ends after the last page.
func (c *Client) AllDevices(ctx context.Context, opts ListDevicesOptions) iter.Seq2[Device, error] {
	return pages(opts.Cursor, false, func(cursor string) ([]Device, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListDevices(ctx, opts)
		return p.Items, p.NextCursor, false, err
	})
}

// ListEventsOptions are the parameters of ListEvents. Those that are zero are left out.
type ListEventsOptions struct {
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
	// only events that concern this session
	Session string
	// only events that concern this device
	Device string
	// only events about objects of this kind (one of session device tool filter plan token credentials
	// controller webhook trigger)
	Kind string
	// with kind: only events about this object
	Name string
	// only events of this type, such as DriftRepaired
	Type string
	// only what this token, or system, did; a trigger is trigger/NAME/TOKEN
	Actor string
	// only events of this time and later
	Since time.Time
	// only events before this time
	Until time.Time
	// newest: the newest first; a cursor goes on in the order that it is of (one of oldest newest)
	Order string
	// of a stream: id of the last event that was received, goes before cursor
	LastEventID string
}

func (o ListEventsOptions) addTo(r *Request) {
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
	r.query("session", o.Session)
	r.query("device", o.Device)
	r.query("kind", o.Kind)
	r.query("name", o.Name)
	r.query("type", o.Type)
	r.query("actor", o.Actor)
	r.query("since", o.Since)
	r.query("until", o.Until)
	r.query("order", o.Order)
	r.header("Last-Event-ID", o.LastEventID)
}

// ListEvents: list or follow events. In the order in which they happened, from the oldest that is kept, or
// from the newest. With Accept: text/event-stream it is a stream of what happens from now on, or from since,
// cursor or Last-Event-ID on; the data of each is an event as in the list. An event named lost says that some
// are not kept any more, one named end why the stream ends. Needs access viewer.
func (c *Client) ListEvents(ctx context.Context, opts ListEventsOptions) (EventPage, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/events"}
	opts.addTo(&r)
	a, err := call[EventPage](ctx, c, r)
	return a.Value, err
}

// AllEvents gives the entries of all pages of ListEvents, from opts.Cursor on, and asks for a page when it is
// reached. An error ends it. It ends where nothing more has happened yet.
func (c *Client) AllEvents(ctx context.Context, opts ListEventsOptions) iter.Seq2[Event, error] {
	return pages(opts.Cursor, true, func(cursor string) ([]Event, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListEvents(ctx, opts)
		return p.Items, p.NextCursor, p.More, err
	})
}

// StreamEvents is ListEvents as a stream of events, which ReadStream reads, until ctx ends or it is closed.
// In the order in which they happened, from the oldest that is kept, or from the newest. With Accept:
// text/event-stream it is a stream of what happens from now on, or from since, cursor or Last-Event-ID on;
// the data of each is an event as in the list. An event named lost says that some are not kept any more, one
// named end why the stream ends. Needs access viewer.
func (c *Client) StreamEvents(ctx context.Context, opts ListEventsOptions) (io.ReadCloser, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/events"}
	opts.addTo(&r)
	return c.stream(ctx, r)
}

// ListFiltersOptions are the parameters of ListFilters. Those that are zero are left out.
type ListFiltersOptions struct {
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
	// all of a list such as team=voice,env!=lab,site in (a,b),zone notin (x),owner,!spare must hold; what has no
	// such label is != and notin, too
	LabelSelector string
}

func (o ListFiltersOptions) addTo(r *Request) {
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
	r.query("labelSelector", o.LabelSelector)
}

// ListFilters: list filters. By name. Needs access viewer.
func (c *Client) ListFilters(ctx context.Context, opts ListFiltersOptions) (FilterList, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/filters"}
	opts.addTo(&r)
	a, err := call[FilterList](ctx, c, r)
	return a.Value, err
}

// AllFilters gives the entries of all pages of ListFilters, from opts.Cursor on, and asks for a page when it
// is reached. An error ends it. It ends after the last page.
func (c *Client) AllFilters(ctx context.Context, opts ListFiltersOptions) iter.Seq2[Filter, error] {
	return pages(opts.Cursor, false, func(cursor string) ([]Filter, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListFilters(ctx, opts)
		return p.Items, p.NextCursor, false, err
	})
}

// ListInterfacesOptions are the parameters of ListInterfaces. Those that are zero are left out.
type ListInterfacesOptions struct {
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
}

func (o ListInterfacesOptions) addTo(r *Request) {
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
}

// ListInterfaces: list interfaces of a device. As they were last seen. Needs access viewer.
func (c *Client) ListInterfaces(ctx context.Context, name string, opts ListInterfacesOptions) (InterfaceList, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/devices/" + segment(name) + "/interfaces"}
	opts.addTo(&r)
	a, err := call[InterfaceList](ctx, c, r)
	return a.Value, err
}

// AllInterfaces gives the entries of all pages of ListInterfaces, from opts.Cursor on, and asks for a page
// when it is reached. An error ends it. It ends after the last page.
func (c *Client) AllInterfaces(ctx context.Context, name string, opts ListInterfacesOptions) iter.Seq2[Interface, error] {
	return pages(opts.Cursor, false, func(cursor string) ([]Interface, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListInterfaces(ctx, name, opts)
		return p.Items, p.NextCursor, false, err
	})
}

// ListLoadsOptions are the parameters of ListLoads. Those that are zero are left out.
type ListLoadsOptions struct {
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
}

func (o ListLoadsOptions) addTo(r *Request) {
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
}

// ListLoads: list what is measured wherever copies go. All destinations, and links on the way, by device,
// interface and address; figures of now. Needs access viewer.
func (c *Client) ListLoads(ctx context.Context, opts ListLoadsOptions) (LoadList, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/loads"}
	opts.addTo(&r)
	a, err := call[LoadList](ctx, c, r)
	return a.Value, err
}

// AllLoads gives the entries of all pages of ListLoads, from opts.Cursor on, and asks for a page when it is
// reached. An error ends it. It ends after the last page.
func (c *Client) AllLoads(ctx context.Context, opts ListLoadsOptions) iter.Seq2[Load, error] {
	return pages(opts.Cursor, false, func(cursor string) ([]Load, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListLoads(ctx, opts)
		return p.Items, p.NextCursor, false, err
	})
}

// ListObservedSessionsOptions are the parameters of ListObservedSessions. Those that are zero are left out.
type ListObservedSessionsOptions struct {
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
	// only those of this owner (one of netmirror netmirror-other foreign)
	Owner string
}

func (o ListObservedSessionsOptions) addTo(r *Request) {
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
	r.query("owner", o.Owner)
}

// ListObservedSessions: list native sessions of all devices. What was last seen on all boxes, declared or
// not. Needs access viewer.
func (c *Client) ListObservedSessions(ctx context.Context, opts ListObservedSessionsOptions) (ObservedList, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/observed-sessions"}
	opts.addTo(&r)
	a, err := call[ObservedList](ctx, c, r)
	return a.Value, err
}

// AllObservedSessions gives the entries of all pages of ListObservedSessions, from opts.Cursor on, and asks
// for a page when it is reached. An error ends it. It ends after the last page.
func (c *Client) AllObservedSessions(ctx context.Context, opts ListObservedSessionsOptions) iter.Seq2[ObservedSession, error] {
	return pages(opts.Cursor, false, func(cursor string) ([]ObservedSession, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListObservedSessions(ctx, opts)
		return p.Items, p.NextCursor, false, err
	})
}

// ListOperationsOptions are the parameters of ListOperations. Those that are zero are left out.
type ListOperationsOptions struct {
	// only operations of this session
	Session string
	// only operations that have to do with this device
	Device string
	// only operations of this type; rollout: of all types that are rollouts (one of rollout repair save)
	Type string
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
}

func (o ListOperationsOptions) addTo(r *Request) {
	r.query("session", o.Session)
	r.query("device", o.Device)
	r.query("type", o.Type)
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
}

// ListOperations: list operations. Newest first: rollouts, repairs and saves. Needs access viewer.
func (c *Client) ListOperations(ctx context.Context, opts ListOperationsOptions) (OperationList, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/operations"}
	opts.addTo(&r)
	a, err := call[OperationList](ctx, c, r)
	return a.Value, err
}

// AllOperations gives the entries of all pages of ListOperations, from opts.Cursor on, and asks for a page
// when it is reached. An error ends it. It ends after the last page.
func (c *Client) AllOperations(ctx context.Context, opts ListOperationsOptions) iter.Seq2[Operation, error] {
	return pages(opts.Cursor, false, func(cursor string) ([]Operation, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListOperations(ctx, opts)
		return p.Items, p.NextCursor, false, err
	})
}

// ListPlansOptions are the parameters of ListPlans. Those that are zero are left out.
type ListPlansOptions struct {
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
}

func (o ListPlansOptions) addTo(r *Request) {
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
}

// ListPlans: list plans. The newest first. Plans are kept for a week, and a bounded number of them. Needs
// access viewer.
func (c *Client) ListPlans(ctx context.Context, opts ListPlansOptions) (PlanList, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/plans"}
	opts.addTo(&r)
	a, err := call[PlanList](ctx, c, r)
	return a.Value, err
}

// AllPlans gives the entries of all pages of ListPlans, from opts.Cursor on, and asks for a page when it is
// reached. An error ends it. It ends after the last page.
func (c *Client) AllPlans(ctx context.Context, opts ListPlansOptions) iter.Seq2[PlanSummary, error] {
	return pages(opts.Cursor, false, func(cursor string) ([]PlanSummary, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListPlans(ctx, opts)
		return p.Items, p.NextCursor, false, err
	})
}

// ListProblemsOptions are the parameters of ListProblems. Those that are zero are left out.
type ListProblemsOptions struct {
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
	// only what is about this session
	Session string
}

func (o ListProblemsOptions) addTo(r *Request) {
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
	r.query("session", o.Session)
}

// ListProblems: list what needs somebody now. One entry for each object, the worst first: copies that are
// missing or lost, configuration that a device does not hold, devices that are away, what will hurt later,
// leases that end within half an hour. Each says what to do. Needs access viewer.
func (c *Client) ListProblems(ctx context.Context, opts ListProblemsOptions) (ConcernList, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/problems"}
	opts.addTo(&r)
	a, err := call[ConcernList](ctx, c, r)
	return a.Value, err
}

// AllProblems gives the entries of all pages of ListProblems, from opts.Cursor on, and asks for a page when
// it is reached. An error ends it. It ends after the last page.
func (c *Client) AllProblems(ctx context.Context, opts ListProblemsOptions) iter.Seq2[Concern, error] {
	return pages(opts.Cursor, false, func(cursor string) ([]Concern, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListProblems(ctx, opts)
		return p.Items, p.NextCursor, false, err
	})
}

// ListSessionsOptions are the parameters of ListSessions. Those that are zero are left out.
type ListSessionsOptions struct {
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
	// all of a list such as team=voice,env!=lab,site in (a,b),zone notin (x),owner,!spare must hold; what has no
	// such label is != and notin, too
	LabelSelector string
	// only sessions of this phase (one of Pending Applying Active Degraded Unknown Suspended Expired Deleting
	// Failed)
	Phase string
	// only sessions that name this device, or are placed on it
	Device string
	// only sessions that copy to this tool
	Tool string
	// only sessions of this filter
	Filter string
	// only sessions with this text in their name, description, reason, ticket, person, or in a device, port or
	// tool that they name; small and capital letters are the same
	Text string
}

func (o ListSessionsOptions) addTo(r *Request) {
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
	r.query("labelSelector", o.LabelSelector)
	r.query("phase", o.Phase)
	r.query("device", o.Device)
	r.query("tool", o.Tool)
	r.query("filter", o.Filter)
	r.query("text", o.Text)
}

// ListSessions: list sessions. By name. Needs access viewer.
func (c *Client) ListSessions(ctx context.Context, opts ListSessionsOptions) (SessionList, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/sessions"}
	opts.addTo(&r)
	a, err := call[SessionList](ctx, c, r)
	return a.Value, err
}

// AllSessions gives the entries of all pages of ListSessions, from opts.Cursor on, and asks for a page when
// it is reached. An error ends it. It ends after the last page.
func (c *Client) AllSessions(ctx context.Context, opts ListSessionsOptions) iter.Seq2[Session, error] {
	return pages(opts.Cursor, false, func(cursor string) ([]Session, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListSessions(ctx, opts)
		return p.Items, p.NextCursor, false, err
	})
}

// ListToolsOptions are the parameters of ListTools. Those that are zero are left out.
type ListToolsOptions struct {
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
	// all of a list such as team=voice,env!=lab,site in (a,b),zone notin (x),owner,!spare must hold; what has no
	// such label is != and notin, too
	LabelSelector string
	// worst: copies do not arrive, are too many, begin, are not known to arrive, arrive, or there are none; each
	// by name. The pages after the first keep its order (one of name worst)
	Order string
}

func (o ListToolsOptions) addTo(r *Request) {
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
	r.query("labelSelector", o.LabelSelector)
	r.query("order", o.Order)
}

// ListTools: list tools. By name, or the worst first. Needs access viewer.
func (c *Client) ListTools(ctx context.Context, opts ListToolsOptions) (ToolList, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/tools"}
	opts.addTo(&r)
	a, err := call[ToolList](ctx, c, r)
	return a.Value, err
}

// AllTools gives the entries of all pages of ListTools, from opts.Cursor on, and asks for a page when it is
// reached. An error ends it. It ends after the last page.
func (c *Client) AllTools(ctx context.Context, opts ListToolsOptions) iter.Seq2[Tool, error] {
	return pages(opts.Cursor, false, func(cursor string) ([]Tool, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListTools(ctx, opts)
		return p.Items, p.NextCursor, false, err
	})
}

// ListTriggersOptions are the parameters of ListTriggers. Those that are zero are left out.
type ListTriggersOptions struct {
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
	// all of a list such as team=voice,env!=lab,site in (a,b),zone notin (x),owner,!spare must hold; what has no
	// such label is != and notin, too
	LabelSelector string
}

func (o ListTriggersOptions) addTo(r *Request) {
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
	r.query("labelSelector", o.LabelSelector)
}

// ListTriggers: list triggers. By name. Needs access viewer.
func (c *Client) ListTriggers(ctx context.Context, opts ListTriggersOptions) (TriggerList, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/triggers"}
	opts.addTo(&r)
	a, err := call[TriggerList](ctx, c, r)
	return a.Value, err
}

// AllTriggers gives the entries of all pages of ListTriggers, from opts.Cursor on, and asks for a page when
// it is reached. An error ends it. It ends after the last page.
func (c *Client) AllTriggers(ctx context.Context, opts ListTriggersOptions) iter.Seq2[Trigger, error] {
	return pages(opts.Cursor, false, func(cursor string) ([]Trigger, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListTriggers(ctx, opts)
		return p.Items, p.NextCursor, false, err
	})
}

// ListWebhooksOptions are the parameters of ListWebhooks. Those that are zero are left out.
type ListWebhooksOptions struct {
	// how many entries a page holds at most
	Limit int64
	// nextCursor of the page before; opaque
	Cursor string
	// all of a list such as team=voice,env!=lab,site in (a,b),zone notin (x),owner,!spare must hold; what has no
	// such label is != and notin, too
	LabelSelector string
}

func (o ListWebhooksOptions) addTo(r *Request) {
	r.query("limit", o.Limit)
	r.query("cursor", o.Cursor)
	r.query("labelSelector", o.LabelSelector)
}

// ListWebhooks: list webhooks. By name. Needs access admin.
func (c *Client) ListWebhooks(ctx context.Context, opts ListWebhooksOptions) (WebhookList, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/webhooks"}
	opts.addTo(&r)
	a, err := call[WebhookList](ctx, c, r)
	return a.Value, err
}

// AllWebhooks gives the entries of all pages of ListWebhooks, from opts.Cursor on, and asks for a page when
// it is reached. An error ends it. It ends after the last page.
func (c *Client) AllWebhooks(ctx context.Context, opts ListWebhooksOptions) iter.Seq2[Webhook, error] {
	return pages(opts.Cursor, false, func(cursor string) ([]Webhook, string, bool, error) {
		opts := opts
		opts.Cursor = cursor
		p, err := c.ListWebhooks(ctx, opts)
		return p.Items, p.NextCursor, false, err
	})
}

// MakePlanOptions are the parameters of MakePlan. Those that are zero are left out.
type MakePlanOptions struct {
	// keep it only if it is what a dry run of this fingerprint has shown; else 409 plan-stale
	IfFingerprint string
}

func (o MakePlanOptions) addTo(r *Request) {
	r.query("ifFingerprint", o.IfFingerprint)
}

// MakePlan: plan a manifest. Plans devices, tools, filters, sessions and deletions together, on stored
// devices that are read for it; devices that are not stored are not dialled. Nothing is changed and nothing
// is sent; the plan is kept and can be applied, or with dryRun only told. What cannot be is refused with
// every reason against every object, and objects tells of each. Needs access operator.
func (c *Client) MakePlan(ctx context.Context, body Manifest, opts MakePlanOptions) (Answer[StoredPlan], error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/plans", Body: body}
	opts.addTo(&r)
	return call[StoredPlan](ctx, c, r)
}

// DryRunMakePlan asks what MakePlan would do; nothing is stored or sent. Plans devices, tools, filters,
// sessions and deletions together, on stored devices that are read for it; devices that are not stored are
// not dialled. Nothing is changed and nothing is sent; the plan is kept and can be applied, or with dryRun
// only told. What cannot be is refused with every reason against every object, and objects tells of each.
// Needs access operator.
func (c *Client) DryRunMakePlan(ctx context.Context, body Manifest, opts MakePlanOptions) (StoredPlan, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/plans", Body: body}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[StoredPlan](ctx, c, r)
	return a.Value, err
}

// OpenAPI: this document. OpenAPI 3.1.
func (c *Client) OpenAPI(ctx context.Context) ([]byte, error) {
	r := Request{Method: http.MethodGet, Path: "/openapi.json"}
	a, err := call[[]byte](ctx, c, r)
	return a.Value, err
}

// PatchDeviceOptions are the parameters of PatchDevice. Those that are zero are left out.
type PatchDeviceOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
}

func (o PatchDeviceOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
}

// PatchDevice: change a device. A JSON merge patch (RFC 7396) of its entry. Needs access admin.
//
// patch is a JSON merge patch of the resource's spec (RFC 7396): a map, json.RawMessage or whatever else
// marshals to one.
func (c *Client) PatchDevice(ctx context.Context, name string, patch any, opts PatchDeviceOptions) (Answer[Device], error) {
	r := Request{Method: http.MethodPatch, Path: "/api/v1/devices/" + segment(name), Body: patch, MergePatch: true}
	opts.addTo(&r)
	return call[Device](ctx, c, r)
}

// DryRunPatchDevice asks what PatchDevice would do; nothing is stored or sent. A JSON merge patch (RFC 7396)
// of its entry. Needs access admin.
//
// patch is a JSON merge patch of the resource's spec (RFC 7396): a map, json.RawMessage or whatever else
// marshals to one.
func (c *Client) DryRunPatchDevice(ctx context.Context, name string, patch any, opts PatchDeviceOptions) (EntryPlan, error) {
	r := Request{Method: http.MethodPatch, Path: "/api/v1/devices/" + segment(name), Body: patch, MergePatch: true}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[EntryPlan](ctx, c, r)
	return a.Value, err
}

// PatchFilterOptions are the parameters of PatchFilter. Those that are zero are left out.
type PatchFilterOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
	// how long the controller itself is to wait for the rollout, in whole seconds; it cuts that to 60 s
	Wait time.Duration
}

func (o PatchFilterOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
	r.Wait = o.Wait
}

// PatchFilter: change a filter. A JSON merge patch (RFC 7396) of its entry; rules are replaced as a whole.
// Answers like PUT. Needs access operator.
//
// patch is a JSON merge patch of the resource's spec (RFC 7396): a map, json.RawMessage or whatever else
// marshals to one.
func (c *Client) PatchFilter(ctx context.Context, name string, patch any, opts PatchFilterOptions) (Answer[Filter], error) {
	r := Request{Method: http.MethodPatch, Path: "/api/v1/filters/" + segment(name), Body: patch, MergePatch: true}
	opts.addTo(&r)
	return call[Filter](ctx, c, r)
}

// DryRunPatchFilter asks what PatchFilter would do; nothing is stored or sent. A JSON merge patch (RFC 7396)
// of its entry; rules are replaced as a whole. Answers like PUT. Needs access operator.
//
// patch is a JSON merge patch of the resource's spec (RFC 7396): a map, json.RawMessage or whatever else
// marshals to one.
func (c *Client) DryRunPatchFilter(ctx context.Context, name string, patch any, opts PatchFilterOptions) (FilterPlan, error) {
	r := Request{Method: http.MethodPatch, Path: "/api/v1/filters/" + segment(name), Body: patch, MergePatch: true}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[FilterPlan](ctx, c, r)
	return a.Value, err
}

// PatchSessionOptions are the parameters of PatchSession. Those that are zero are left out.
type PatchSessionOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
	// how long the controller itself is to wait for the rollout, in whole seconds; it cuts that to 60 s
	Wait time.Duration
}

func (o PatchSessionOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
	r.Wait = o.Wait
}

// PatchSession: change a session. A JSON merge patch (RFC 7396) of its intent: null takes a field away, lists
// are replaced as a whole. Answers like PUT. Needs access operator.
//
// patch is a JSON merge patch of the resource's spec (RFC 7396): a map, json.RawMessage or whatever else
// marshals to one.
func (c *Client) PatchSession(ctx context.Context, name string, patch any, opts PatchSessionOptions) (Answer[Session], error) {
	r := Request{Method: http.MethodPatch, Path: "/api/v1/sessions/" + segment(name), Body: patch, MergePatch: true}
	opts.addTo(&r)
	return call[Session](ctx, c, r)
}

// DryRunPatchSession asks what PatchSession would do; nothing is stored or sent. A JSON merge patch (RFC
// 7396) of its intent: null takes a field away, lists are replaced as a whole. Answers like PUT. Needs access
// operator.
//
// patch is a JSON merge patch of the resource's spec (RFC 7396): a map, json.RawMessage or whatever else
// marshals to one.
func (c *Client) DryRunPatchSession(ctx context.Context, name string, patch any, opts PatchSessionOptions) (Plan, error) {
	r := Request{Method: http.MethodPatch, Path: "/api/v1/sessions/" + segment(name), Body: patch, MergePatch: true}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[Plan](ctx, c, r)
	return a.Value, err
}

// PatchToolOptions are the parameters of PatchTool. Those that are zero are left out.
type PatchToolOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
}

func (o PatchToolOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
}

// PatchTool: change a tool. A JSON merge patch (RFC 7396) of its entry. Needs access operator.
//
// patch is a JSON merge patch of the resource's spec (RFC 7396): a map, json.RawMessage or whatever else
// marshals to one.
func (c *Client) PatchTool(ctx context.Context, name string, patch any, opts PatchToolOptions) (Answer[Tool], error) {
	r := Request{Method: http.MethodPatch, Path: "/api/v1/tools/" + segment(name), Body: patch, MergePatch: true}
	opts.addTo(&r)
	return call[Tool](ctx, c, r)
}

// DryRunPatchTool asks what PatchTool would do; nothing is stored or sent. A JSON merge patch (RFC 7396) of
// its entry. Needs access operator.
//
// patch is a JSON merge patch of the resource's spec (RFC 7396): a map, json.RawMessage or whatever else
// marshals to one.
func (c *Client) DryRunPatchTool(ctx context.Context, name string, patch any, opts PatchToolOptions) (EntryPlan, error) {
	r := Request{Method: http.MethodPatch, Path: "/api/v1/tools/" + segment(name), Body: patch, MergePatch: true}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[EntryPlan](ctx, c, r)
	return a.Value, err
}

// PatchTriggerOptions are the parameters of PatchTrigger. Those that are zero are left out.
type PatchTriggerOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
}

func (o PatchTriggerOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
}

// PatchTrigger: change a trigger. A JSON merge patch (RFC 7396) of its entry. Needs access admin.
//
// patch is a JSON merge patch of the resource's spec (RFC 7396): a map, json.RawMessage or whatever else
// marshals to one.
func (c *Client) PatchTrigger(ctx context.Context, name string, patch any, opts PatchTriggerOptions) (Answer[Trigger], error) {
	r := Request{Method: http.MethodPatch, Path: "/api/v1/triggers/" + segment(name), Body: patch, MergePatch: true}
	opts.addTo(&r)
	return call[Trigger](ctx, c, r)
}

// DryRunPatchTrigger asks what PatchTrigger would do; nothing is stored or sent. A JSON merge patch (RFC
// 7396) of its entry. Needs access admin.
//
// patch is a JSON merge patch of the resource's spec (RFC 7396): a map, json.RawMessage or whatever else
// marshals to one.
func (c *Client) DryRunPatchTrigger(ctx context.Context, name string, patch any, opts PatchTriggerOptions) (EntryPlan, error) {
	r := Request{Method: http.MethodPatch, Path: "/api/v1/triggers/" + segment(name), Body: patch, MergePatch: true}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[EntryPlan](ctx, c, r)
	return a.Value, err
}

// PatchWebhookOptions are the parameters of PatchWebhook. Those that are zero are left out.
type PatchWebhookOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
}

func (o PatchWebhookOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
}

// PatchWebhook: change a webhook. A JSON merge patch (RFC 7396) of its entry. What waits for another attempt
// is tried at once. Needs access admin.
//
// patch is a JSON merge patch of the resource's spec (RFC 7396): a map, json.RawMessage or whatever else
// marshals to one.
func (c *Client) PatchWebhook(ctx context.Context, name string, patch any, opts PatchWebhookOptions) (Answer[Webhook], error) {
	r := Request{Method: http.MethodPatch, Path: "/api/v1/webhooks/" + segment(name), Body: patch, MergePatch: true}
	opts.addTo(&r)
	return call[Webhook](ctx, c, r)
}

// DryRunPatchWebhook asks what PatchWebhook would do; nothing is stored or sent. A JSON merge patch (RFC
// 7396) of its entry. What waits for another attempt is tried at once. Needs access admin.
//
// patch is a JSON merge patch of the resource's spec (RFC 7396): a map, json.RawMessage or whatever else
// marshals to one.
func (c *Client) DryRunPatchWebhook(ctx context.Context, name string, patch any, opts PatchWebhookOptions) (EntryPlan, error) {
	r := Request{Method: http.MethodPatch, Path: "/api/v1/webhooks/" + segment(name), Body: patch, MergePatch: true}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[EntryPlan](ctx, c, r)
	return a.Value, err
}

// PinReliefOptions are the parameters of PinRelief. Those that are zero are left out.
type PinReliefOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
	// how long the controller itself is to wait for the rollout, in whole seconds; it cuts that to 60 s
	Wait time.Duration
}

func (o PinReliefOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
	r.Wait = o.Wait
}

// PinRelief: pin the relief of a session. At a rung, whatever the load is and whether or not the ladder has
// it: with what is in force of the rungs before it, and without those after it; at none, so that the session
// stays as asked; without a body as it stands. An option of the native session (truncate, sample) is that of
// all of its sessions, and their ladders must have it. Nothing is taken or released until the pin is cleared.
// Answers like PUT. Needs access operator.
//
// body may be nil.
func (c *Client) PinRelief(ctx context.Context, name string, body *ReliefPin, opts PinReliefOptions) (Answer[Session], error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/sessions/" + segment(name) + ":pin-relief", Body: orNone(body)}
	opts.addTo(&r)
	return call[Session](ctx, c, r)
}

// DryRunPinRelief asks what PinRelief would do; nothing is stored or sent. At a rung, whatever the load is
// and whether or not the ladder has it: with what is in force of the rungs before it, and without those after
// it; at none, so that the session stays as asked; without a body as it stands. An option of the native
// session (truncate, sample) is that of all of its sessions, and their ladders must have it. Nothing is taken
// or released until the pin is cleared. Answers like PUT. Needs access operator.
//
// body may be nil.
func (c *Client) DryRunPinRelief(ctx context.Context, name string, body *ReliefPin, opts PinReliefOptions) (Plan, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/sessions/" + segment(name) + ":pin-relief", Body: orNone(body)}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[Plan](ctx, c, r)
	return a.Value, err
}

// ProposeSession: propose how the copies of a session travel. For sources and destinations: on one device; in
// a remote VLAN over the trunks between switches, over the fewest links, of those the least full, with a VLAN
// that nobody uses; over IP. Links are those that devices declare, and what they hear of each other where
// each hears the other on one port. Every way was checked as PUT would, by what was last read of the devices:
// none is asked, nothing is stored, nothing is sent. kind and rspan.transit of the body are not looked at;
// rspan.vlan and what erspan says are kept. Where nothing does, ways is empty and unfit tells why. Needs
// access operator.
func (c *Client) ProposeSession(ctx context.Context, body WaysAsk) (WayList, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/sessions:propose", Body: body}
	a, err := call[WayList](ctx, c, r)
	return a.Value, err
}

// PutDeviceOptions are the parameters of PutDevice. Those that are zero are left out.
type PutDeviceOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
	// only * is served: write only if there is no such resource yet. Otherwise 412.
	IfNoneMatch string
}

func (o PutDeviceOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
	r.header("If-None-Match", o.IfNoneMatch)
}

// PutDevice: create or replace a device. The same body again changes nothing. Needs access admin.
func (c *Client) PutDevice(ctx context.Context, name string, body DeviceSpec, opts PutDeviceOptions) (Answer[Device], error) {
	r := Request{Method: http.MethodPut, Path: "/api/v1/devices/" + segment(name), Body: body}
	opts.addTo(&r)
	return call[Device](ctx, c, r)
}

// DryRunPutDevice asks what PutDevice would do; nothing is stored or sent. The same body again changes
// nothing. Needs access admin.
func (c *Client) DryRunPutDevice(ctx context.Context, name string, body DeviceSpec, opts PutDeviceOptions) (EntryPlan, error) {
	r := Request{Method: http.MethodPut, Path: "/api/v1/devices/" + segment(name), Body: body}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[EntryPlan](ctx, c, r)
	return a.Value, err
}

// PutFilterOptions are the parameters of PutFilter. Those that are zero are left out.
type PutFilterOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
	// only * is served: write only if there is no such resource yet. Otherwise 412.
	IfNoneMatch string
	// how long the controller itself is to wait for the rollout, in whole seconds; it cuts that to 60 s
	Wait time.Duration
}

func (o PutFilterOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
	r.header("If-None-Match", o.IfNoneMatch)
	r.Wait = o.Wait
}

// PutFilter: create or replace a filter. The same body again changes nothing. Other rules change every
// enabled session that the filter is of, all or none: they are checked like a session that is written, each
// reason names its session, and each session has a rollout of its own under its own policies. 202 while one
// runs; Prefer: wait=N waits for them. Needs access operator.
func (c *Client) PutFilter(ctx context.Context, name string, body FilterSpec, opts PutFilterOptions) (Answer[Filter], error) {
	r := Request{Method: http.MethodPut, Path: "/api/v1/filters/" + segment(name), Body: body}
	opts.addTo(&r)
	return call[Filter](ctx, c, r)
}

// DryRunPutFilter asks what PutFilter would do; nothing is stored or sent. The same body again changes
// nothing. Other rules change every enabled session that the filter is of, all or none: they are checked like
// a session that is written, each reason names its session, and each session has a rollout of its own under
// its own policies. 202 while one runs; Prefer: wait=N waits for them. Needs access operator.
func (c *Client) DryRunPutFilter(ctx context.Context, name string, body FilterSpec, opts PutFilterOptions) (FilterPlan, error) {
	r := Request{Method: http.MethodPut, Path: "/api/v1/filters/" + segment(name), Body: body}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[FilterPlan](ctx, c, r)
	return a.Value, err
}

// PutSessionOptions are the parameters of PutSession. Those that are zero are left out.
type PutSessionOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
	// only * is served: write only if there is no such resource yet. Otherwise 412.
	IfNoneMatch string
	// how long the controller itself is to wait for the rollout, in whole seconds; it cuts that to 60 s
	Wait time.Duration
}

func (o PutSessionOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
	r.header("If-None-Match", o.IfNoneMatch)
	r.Wait = o.Wait
}

// PutSession: create or replace a session. The same body again is the same generation and starts nothing. 202
// while the rollout runs, with its operation as Location; with Prefer: wait=N the answer waits for it and is
// 201 or 200 with the state it left. Success means read back from the devices, so look at status.phase. Needs
// access operator.
func (c *Client) PutSession(ctx context.Context, name string, body SessionSpec, opts PutSessionOptions) (Answer[Session], error) {
	r := Request{Method: http.MethodPut, Path: "/api/v1/sessions/" + segment(name), Body: body}
	opts.addTo(&r)
	return call[Session](ctx, c, r)
}

// DryRunPutSession asks what PutSession would do; nothing is stored or sent. The same body again is the same
// generation and starts nothing. 202 while the rollout runs, with its operation as Location; with Prefer:
// wait=N the answer waits for it and is 201 or 200 with the state it left. Success means read back from the
// devices, so look at status.phase. Needs access operator.
func (c *Client) DryRunPutSession(ctx context.Context, name string, body SessionSpec, opts PutSessionOptions) (Plan, error) {
	r := Request{Method: http.MethodPut, Path: "/api/v1/sessions/" + segment(name), Body: body}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[Plan](ctx, c, r)
	return a.Value, err
}

// PutToolOptions are the parameters of PutTool. Those that are zero are left out.
type PutToolOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
	// only * is served: write only if there is no such resource yet. Otherwise 412.
	IfNoneMatch string
}

func (o PutToolOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
	r.header("If-None-Match", o.IfNoneMatch)
}

// PutTool: create or replace a tool. The same body again changes nothing. Needs access operator.
func (c *Client) PutTool(ctx context.Context, name string, body ToolSpec, opts PutToolOptions) (Answer[Tool], error) {
	r := Request{Method: http.MethodPut, Path: "/api/v1/tools/" + segment(name), Body: body}
	opts.addTo(&r)
	return call[Tool](ctx, c, r)
}

// DryRunPutTool asks what PutTool would do; nothing is stored or sent. The same body again changes nothing.
// Needs access operator.
func (c *Client) DryRunPutTool(ctx context.Context, name string, body ToolSpec, opts PutToolOptions) (EntryPlan, error) {
	r := Request{Method: http.MethodPut, Path: "/api/v1/tools/" + segment(name), Body: body}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[EntryPlan](ctx, c, r)
	return a.Value, err
}

// PutTriggerOptions are the parameters of PutTrigger. Those that are zero are left out.
type PutTriggerOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
	// only * is served: write only if there is no such resource yet. Otherwise 412.
	IfNoneMatch string
}

func (o PutTriggerOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
	r.header("If-None-Match", o.IfNoneMatch)
}

// PutTrigger: create or replace a trigger. It says how a session is made of an alert, which ports alerts may
// have copied, and for how long, how many and how often. What it started before goes on until its lease ends.
// The same body again changes nothing. Needs access admin.
func (c *Client) PutTrigger(ctx context.Context, name string, body TriggerSpec, opts PutTriggerOptions) (Answer[Trigger], error) {
	r := Request{Method: http.MethodPut, Path: "/api/v1/triggers/" + segment(name), Body: body}
	opts.addTo(&r)
	return call[Trigger](ctx, c, r)
}

// DryRunPutTrigger asks what PutTrigger would do; nothing is stored or sent. It says how a session is made of
// an alert, which ports alerts may have copied, and for how long, how many and how often. What it started
// before goes on until its lease ends. The same body again changes nothing. Needs access admin.
func (c *Client) DryRunPutTrigger(ctx context.Context, name string, body TriggerSpec, opts PutTriggerOptions) (EntryPlan, error) {
	r := Request{Method: http.MethodPut, Path: "/api/v1/triggers/" + segment(name), Body: body}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[EntryPlan](ctx, c, r)
	return a.Value, err
}

// PutWebhookOptions are the parameters of PutWebhook. Those that are zero are left out.
type PutWebhookOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
	// only * is served: write only if there is no such resource yet. Otherwise 412.
	IfNoneMatch string
}

func (o PutWebhookOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
	r.header("If-None-Match", o.IfNoneMatch)
}

// PutWebhook: create or replace a webhook. A new one is told what happens from now on: each event once it is
// stored, in order, as a CloudEvent (application/cloudevents+json) whose data is an event as in the list of
// events. Every answer of 200 to 299 is success; another is tried again, at longer and longer intervals, and
// 410 disables the webhook. The same body again changes nothing. Needs access admin.
func (c *Client) PutWebhook(ctx context.Context, name string, body WebhookSpec, opts PutWebhookOptions) (Answer[Webhook], error) {
	r := Request{Method: http.MethodPut, Path: "/api/v1/webhooks/" + segment(name), Body: body}
	opts.addTo(&r)
	return call[Webhook](ctx, c, r)
}

// DryRunPutWebhook asks what PutWebhook would do; nothing is stored or sent. A new one is told what happens
// from now on: each event once it is stored, in order, as a CloudEvent (application/cloudevents+json) whose
// data is an event as in the list of events. Every answer of 200 to 299 is success; another is tried again,
// at longer and longer intervals, and 410 disables the webhook. The same body again changes nothing. Needs
// access admin.
func (c *Client) DryRunPutWebhook(ctx context.Context, name string, body WebhookSpec, opts PutWebhookOptions) (EntryPlan, error) {
	r := Request{Method: http.MethodPut, Path: "/api/v1/webhooks/" + segment(name), Body: body}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[EntryPlan](ctx, c, r)
	return a.Value, err
}

// Readyz: can requests be served. 503 while the store does not answer, cannot be written (a full disk) or is
// damaged, or the engine is not running.
func (c *Client) Readyz(ctx context.Context) (Health, error) {
	r := Request{Method: http.MethodGet, Path: "/readyz"}
	a, err := call[Health](ctx, c, r)
	return a.Value, err
}

// ReleaseDevice: let repairs go on. Takes off the brake (status.brake), and takes up again what was given up
// as contended. Look at what is on the device first. Needs access operator.
func (c *Client) ReleaseDevice(ctx context.Context, name string) (Answer[Device], error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/devices/" + segment(name) + ":release"}
	return call[Device](ctx, c, r)
}

// DryRunReleaseDevice asks what ReleaseDevice would do; nothing is stored or sent. Takes off the brake
// (status.brake), and takes up again what was given up as contended. Look at what is on the device first.
// Needs access operator.
func (c *Client) DryRunReleaseDevice(ctx context.Context, name string) (PlanDevice, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/devices/" + segment(name) + ":release"}
	r.query("dryRun", true)
	a, err := call[PlanDevice](ctx, c, r)
	return a.Value, err
}

// RenewSessionOptions are the parameters of RenewSession. Those that are zero are left out.
type RenewSessionOptions struct {
	// write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise
	// 412.
	IfMatch string
	// how long the controller itself is to wait for the rollout, in whole seconds; it cuts that to 60 s
	Wait time.Duration
}

func (o RenewSessionOptions) addTo(r *Request) {
	r.header("If-Match", o.IfMatch)
	r.Wait = o.Wait
}

// RenewSession: let a session live on. Without a body the lease's own duration begins again now. With one the
// lease becomes that. A session that has expired is checked anew and goes back to its devices. Answers like
// PUT. Needs access operator.
//
// body may be nil.
func (c *Client) RenewSession(ctx context.Context, name string, body *Lease, opts RenewSessionOptions) (Answer[Session], error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/sessions/" + segment(name) + ":renew", Body: orNone(body)}
	opts.addTo(&r)
	return call[Session](ctx, c, r)
}

// DryRunRenewSession asks what RenewSession would do; nothing is stored or sent. Without a body the lease's
// own duration begins again now. With one the lease becomes that. A session that has expired is checked anew
// and goes back to its devices. Answers like PUT. Needs access operator.
//
// body may be nil.
func (c *Client) DryRunRenewSession(ctx context.Context, name string, body *Lease, opts RenewSessionOptions) (Plan, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/sessions/" + segment(name) + ":renew", Body: orNone(body)}
	opts.addTo(&r)
	r.query("dryRun", true)
	a, err := call[Plan](ctx, c, r)
	return a.Value, err
}

// ResendDeliveries: send all dead letters again. Each is tried once more, out of order; one that is refused
// again stays a dead letter. Needs access admin.
func (c *Client) ResendDeliveries(ctx context.Context, name string) (Resent, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/webhooks/" + segment(name) + "/deliveries:resend"}
	a, err := call[Resent](ctx, c, r)
	return a.Value, err
}

// ResendDelivery: send a dead letter again. It is tried once more; refused again it stays a dead letter.
// Needs access admin.
func (c *Client) ResendDelivery(ctx context.Context, name string, id string) (Resent, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/webhooks/" + segment(name) + "/deliveries/" + segment(id) + ":resend"}
	a, err := call[Resent](ctx, c, r)
	return a.Value, err
}

// ResumeController: let a restored controller go on. Ends the hold that a restore sets. Be sure first that no
// controller runs on the original of the database: two with one ledger undo each other's work. Needs access
// admin.
func (c *Client) ResumeController(ctx context.Context) (Controller, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/controller:resume"}
	a, err := call[Controller](ctx, c, r)
	return a.Value, err
}

// SyncDevice: read a device now. Reads it and answers with what was read; repairs follow by policy. Needs
// access operator.
func (c *Client) SyncDevice(ctx context.Context, name string) (Answer[Device], error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/devices/" + segment(name) + ":sync"}
	return call[Device](ctx, c, r)
}

// TestWebhook: send a test to a webhook. One event of type WebhookTest, now and once, whether the webhook is
// enabled or not. The answer tells what the receiver did. Needs access admin.
func (c *Client) TestWebhook(ctx context.Context, name string) (WebhookTest, error) {
	r := Request{Method: http.MethodPost, Path: "/api/v1/webhooks/" + segment(name) + ":test"}
	a, err := call[WebhookTest](ctx, c, r)
	return a.Value, err
}

// Whoami: show whose token this is. The token's name and access, never its value. Needs access viewer.
func (c *Client) Whoami(ctx context.Context) (Whoami, error) {
	r := Request{Method: http.MethodGet, Path: "/api/v1/whoami"}
	a, err := call[Whoami](ctx, c, r)
	return a.Value, err
}
