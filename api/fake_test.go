package api

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Tokens that the fake knows; anything else is unknown.
const (
	viewerToken   = "viewer-token-5b1c"
	operatorToken = "operator-token-77d0"
	adminToken    = "admin-token-90aa"
	firerToken    = "firer-token-31c0" // of trigger ids
)

var testTime = time.Date(2030, 1, 31, 18, 0, 0, 0, time.UTC)

// fake is an engine in memory: it keeps versions and preconditions as the real
// one promises, and does with devices nothing at all.
type fake struct {
	removedBy   string // deletePolicy of the last Remove
	mu          sync.Mutex
	credentials []engine.CredentialsView
	devices     map[string]engine.DeviceView
	tools       map[string]engine.ToolView
	filters     map[string]engine.FilterView
	started     []mirror.Operation // by the next writes of filters
	webhooks    map[string]engine.WebhookView
	deliveries  []engine.Delivery
	triggers    map[string]engine.TriggerView
	fired       engine.FiredAll // by the next bodies
	sessions    map[string]engine.SessionView
	ops         map[string]mirror.Operation
	observed    []engine.ObservedSession
	problems    []engine.Problem
	events      []mirror.Event
	copies      []mirror.Copy
	added       chan struct{}
	revoked     map[string]bool
	look        int // events that one query looks at, 0 = all
	plans       []engine.PlanRecord
	load        engine.LoadView
	loads       []engine.EndView
	pasts       []engine.Span // that were asked for
	controller  engine.ControllerView

	fail    map[string]error // by method
	calls   []string         // methods, in order
	writes  []engine.Write
	openOps bool                                                     // a submit starts a rollout that runs
	waiting func(ctx context.Context, id string, d time.Duration)    // in WaitOperation, before it looks
	before  func(method string)                                      // in every method, unlocked
	finish  func(op mirror.Operation, f *fake) mirror.OperationState // what WaitOperation makes of a running one
}

func newFake() *fake {
	return &fake{controller: engine.ControllerView{Instance: "i1", Mode: mirror.ModeFull}, devices: map[string]engine.DeviceView{}, tools: map[string]engine.ToolView{}, filters: map[string]engine.FilterView{}, webhooks: map[string]engine.WebhookView{}, triggers: map[string]engine.TriggerView{},
		sessions: map[string]engine.SessionView{}, ops: map[string]mirror.Operation{}, fail: map[string]error{}}
}

// enter counts a call and locks; the caller unlocks.
func (f *fake) enter(method string) error {
	if f.before != nil {
		f.before(method)
	}
	f.mu.Lock()
	f.calls = append(f.calls, method)
	return f.fail[method]
}

// called lists the calls but those of authentication.
func (f *fake) called() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.calls), func(c string) bool { return c == "Authenticate" })
}

func missing(what, name string) error {
	return fmt.Errorf("engine: %s %s: %w", what, name, mirror.ErrNotFound)
}

// precondition compares as the engine does; 0 is the version of what is not there.
func (f *fake) precondition(w engine.Write, version int64) error {
	f.writes = append(f.writes, w)
	if w.IfMatch != nil && *w.IfMatch != version {
		return fmt.Errorf("engine: version %d: %w", version, mirror.ErrPrecondition)
	}
	return nil
}

func page[V any](m map[string]V, p mirror.Page) []V {
	var out []V
	for _, name := range sortedKeys(m) {
		if name > p.After && (p.Limit == 0 || len(out) < p.Limit) {
			out = append(out, m[name])
		}
	}
	return out
}

func (f *fake) Credentials(context.Context) ([]engine.CredentialsView, error) {
	err := f.enter("Credentials")
	defer f.mu.Unlock()
	return f.credentials, err
}

func (f *fake) PutDevice(_ context.Context, w engine.Write, d mirror.Device) (engine.DeviceView, bool, error) {
	err := f.enter("PutDevice")
	defer f.mu.Unlock()
	if err != nil {
		return engine.DeviceView{}, false, err
	}
	old, had := f.devices[d.Name]
	if err := f.precondition(w, old.Version); err != nil {
		return engine.DeviceView{}, false, err
	}
	d = d.WithDefaults()
	v := engine.DeviceView{Device: d, Version: old.Version + 1, Author: signed(old.Author, w, had)}
	f.devices[d.Name] = v
	return v, !had, nil
}

func (f *fake) DeleteDevice(_ context.Context, w engine.Write, name string) error {
	err := f.enter("DeleteDevice")
	defer f.mu.Unlock()
	if err != nil {
		return err
	}
	old, had := f.devices[name]
	if !had {
		return missing("device", name)
	}
	if err := f.precondition(w, old.Version); err != nil {
		return err
	}
	delete(f.devices, name)
	return nil
}

func (f *fake) Device(_ context.Context, name string) (engine.DeviceView, error) {
	err := f.enter("Device")
	defer f.mu.Unlock()
	if err != nil {
		return engine.DeviceView{}, err
	}
	v, ok := f.devices[name]
	if !ok {
		return v, missing("device", name)
	}
	return v, nil
}

func (f *fake) Sync(ctx context.Context, _ engine.Write, name string) (engine.DeviceView, error) {
	err := f.enter("Sync")
	f.mu.Unlock()
	if err != nil {
		return engine.DeviceView{}, err
	}
	return f.Device(ctx, name)
}

func (f *fake) Controller(context.Context) (engine.ControllerView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.controller, nil
}

func (f *fake) Resume(context.Context, engine.Write) (engine.ControllerView, error) {
	err := f.enter("Resume")
	defer f.mu.Unlock()
	if err == nil {
		f.controller = engine.ControllerView{Instance: f.controller.Instance, Mode: mirror.ModeFull}
	}
	return f.controller, err
}

func (f *fake) Release(ctx context.Context, _ engine.Write, name string) (engine.DeviceView, error) {
	if err := f.enter("Release"); err != nil {
		f.mu.Unlock()
		return engine.DeviceView{}, err
	}
	f.mu.Unlock()
	return f.Device(ctx, name)
}

func (f *fake) OrderRelief(ctx context.Context, w engine.Write, name string, _ engine.ReliefOrder) (engine.SubmitResult, error) {
	return f.Renew(ctx, w, name, nil)
}

func (f *fake) PlanRelief(context.Context, engine.Write, string, engine.ReliefOrder) (out engine.Planned, err error) {
	return out, nil
}

func (f *fake) Renew(ctx context.Context, w engine.Write, name string, lease *mirror.Lease) (engine.SubmitResult, error) {
	if err := f.enter("Renew"); err != nil {
		f.mu.Unlock()
		return engine.SubmitResult{}, err
	}
	v, had := f.sessions[name]
	f.mu.Unlock()
	if !had {
		return engine.SubmitResult{}, missing("session", name)
	}
	s := v.Record.Session
	if lease != nil {
		s.Lease = lease
	}
	return f.Submit(ctx, w, s)
}

func (f *fake) Adopt(ctx context.Context, w engine.Write, device, nativeID string, with mirror.Session) (engine.SubmitResult, error) {
	if err := f.enter("Adopt"); err != nil {
		f.mu.Unlock()
		return engine.SubmitResult{}, err
	}
	f.mu.Unlock()
	with.Sources = []mirror.Source{{Device: device, Interface: nativeID}}
	with.Destinations = []mirror.Destination{{Device: device, Interface: "d1"}}
	return f.Submit(ctx, w, with.WithDefaults())
}

func (f *fake) CheckDevice(_ context.Context, _ engine.Write, name string) (engine.DeviceCheck, error) {
	err := f.enter("CheckDevice")
	defer f.mu.Unlock()
	return engine.DeviceCheck{Device: name, Items: []engine.CheckItem{{Name: "reachable", State: mirror.False, Message: "connection refused"}}}, err
}

func (f *fake) Observed(_ context.Context, q engine.ObservedQuery) ([]engine.ObservedSession, error) {
	err := f.enter("Observed")
	defer f.mu.Unlock()
	of := func(n mirror.NativeSource) bool { return string(n.Port) == q.Copies }
	return slices.DeleteFunc(slices.Clone(f.observed), func(o engine.ObservedSession) bool {
		return q.Copies != "" && !slices.ContainsFunc(o.Native.Spec.Sources, of) || q.Device != "" && o.Device != q.Device || q.Owner != "" && o.Owner != q.Owner || o.Device < q.From
	}), err
}

func (f *fake) PutTool(_ context.Context, w engine.Write, t mirror.Tool) (engine.ToolView, bool, error) {
	err := f.enter("PutTool")
	defer f.mu.Unlock()
	if err != nil {
		return engine.ToolView{}, false, err
	}
	old, had := f.tools[t.Name]
	if err := f.precondition(w, old.Version); err != nil {
		return engine.ToolView{}, false, err
	}
	v := engine.ToolView{Tool: t, Version: old.Version + 1, Author: signed(old.Author, w, had)}
	f.tools[t.Name] = v
	return v, !had, nil
}

func (f *fake) DeleteTool(_ context.Context, w engine.Write, name string) error {
	err := f.enter("DeleteTool")
	defer f.mu.Unlock()
	if err != nil {
		return err
	}
	old, had := f.tools[name]
	if !had {
		return missing("tool", name)
	}
	if err := f.precondition(w, old.Version); err != nil {
		return err
	}
	delete(f.tools, name)
	return nil
}

func (f *fake) Tool(_ context.Context, name string) (engine.ToolView, error) {
	err := f.enter("Tool")
	defer f.mu.Unlock()
	if err != nil {
		return engine.ToolView{}, err
	}
	v, ok := f.tools[name]
	if !ok {
		return v, missing("tool", name)
	}
	return v, nil
}

func (f *fake) PutFilter(_ context.Context, w engine.Write, t mirror.Filter) (engine.FilterView, bool, error) {
	err := f.enter("PutFilter")
	defer f.mu.Unlock()
	if err != nil {
		return engine.FilterView{}, false, err
	}
	old, had := f.filters[t.Name]
	if err := f.precondition(w, old.Version); err != nil {
		return engine.FilterView{}, false, err
	}
	v := engine.FilterView{Filter: t, Version: old.Version + 1, Author: signed(old.Author, w, had)}
	f.filters[t.Name] = v
	v.Started = f.started
	return v, !had, nil
}

func (f *fake) PlanFilter(_ context.Context, w engine.Write, t mirror.Filter) ([]engine.Planned, error) {
	err := f.enter("PlanFilter")
	defer f.mu.Unlock()
	if err == nil {
		err = f.precondition(w, f.filters[t.Name].Version)
	}
	return []engine.Planned{{Plan: mirror.Plan{Session: mirror.Session{Name: "s1"}.WithDefaults(), Kind: mirror.KindSPAN}}}, err
}

func (f *fake) DeleteFilter(_ context.Context, w engine.Write, name string) error {
	err := f.enter("DeleteFilter")
	defer f.mu.Unlock()
	if err != nil {
		return err
	}
	old, had := f.filters[name]
	if !had {
		return missing("filter", name)
	}
	if err := f.precondition(w, old.Version); err != nil {
		return err
	}
	delete(f.filters, name)
	return nil
}

func (f *fake) Filter(_ context.Context, name string) (engine.FilterView, error) {
	err := f.enter("Filter")
	defer f.mu.Unlock()
	if err != nil {
		return engine.FilterView{}, err
	}
	v, ok := f.filters[name]
	if !ok {
		return v, missing("filter", name)
	}
	return v, nil
}

func (f *fake) Submit(_ context.Context, w engine.Write, s mirror.Session) (engine.SubmitResult, error) {
	err := f.enter("Submit")
	defer f.mu.Unlock()
	if err != nil {
		return engine.SubmitResult{}, err
	}
	old, had := f.sessions[s.Name]
	if err := f.precondition(w, old.Record.Generation); err != nil {
		return engine.SubmitResult{}, err
	}
	s = s.WithDefaults()
	if had && reflect.DeepEqual(old.Record.Session, s) {
		return engine.SubmitResult{View: old, Operation: f.ops[old.Record.Operation], Unchanged: true}, nil
	}
	op := f.start(s.Name, "apply", old.Record.Generation+1, w.Actor.Name)
	v := engine.SessionView{Record: mirror.SessionRecord{Session: s, Generation: op.Generation, Operation: op.ID,
		Phase: mirror.Applying, Created: testTime, Updated: testTime, CreatedBy: w.Actor.Name, UpdatedBy: w.Actor.Name}}
	f.sessions[s.Name] = v
	return engine.SubmitResult{View: v, Operation: op, Created: !had}, nil
}

func (f *fake) start(session, typ string, generation int64, actor string) mirror.Operation {
	op := mirror.Operation{ID: fmt.Sprintf("op%d", len(f.ops)+1), Session: session, Generation: generation, Type: typ,
		Actor: actor, State: mirror.OpSucceeded, Created: testTime}
	if f.openOps {
		op.State = mirror.OpRunning
	}
	f.ops[op.ID] = op
	return op
}

// someForecasts are of an end that does not fit, with a term of each sort.
func someForecasts() []capacity.Forecast {
	flow := capacity.Flow{Octets: 1e8, Frames: 1e5}
	return []capacity.Forecast{{End: capacity.End{Device: "sw1", Port: "p9", Tool: "ids"}, Verdict: capacity.Refuse, Reason: capacity.ReasonOversubscribed,
		Message: "too much", Basis: mirror.BasisMeasured, Capacity: 1e9, CapacityFrom: "speed of the port", MaxUtilization: 0.8, Limit: 8e8, Offered: 816e6, Own: 816e6, Peak: 9e8,
		Terms: []capacity.Term{{Session: "s1", Others: []string{"s2"}, Device: "sw1", Source: "p1", Direction: mirror.RX, Carried: flow, Copied: flow, Offered: flow.Wire(), Peak: flow.Wire(), Bound: true, How: "counted"},
			{Session: "s1", Device: "sw1", Source: "VLAN 7", Direction: mirror.TX, Unknown: "nobody knows"}}}}
}

func (f *fake) Plan(_ context.Context, w engine.Write, s mirror.Session) (engine.Planned, error) {
	err := f.enter("Plan")
	defer f.mu.Unlock()
	if err != nil {
		return engine.Planned{}, err
	}
	native := &mirror.NativeSession{ID: "nm-aaaaaaaaaa", Spec: mirror.NativeSpec{Role: mirror.RoleLocal,
		Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.Both}}, Destinations: []mirror.PortName{"p9"}}}
	return engine.Planned{Forecasts: someForecasts(), Plan: mirror.Plan{Session: s.WithDefaults(), Kind: mirror.KindSPAN,
		Fragments: []mirror.Fragment{{Session: s.Name, Device: "sw1", Spec: native.Spec}},
		Devices: []mirror.PlanPart{{Device: "sw1", Changes: []mirror.Change{{Mark: "nm-aaaaaaaaaa", After: native}},
			Forward: mirror.Payload{Format: "ovsdb", Blocks: []mirror.Block{{Change: mirror.Change{Mark: "nm-aaaaaaaaaa", After: native}, Text: "insert"}}}}}}}, f.precondition(w, f.sessions[s.Name].Record.Generation)
}

func (f *fake) Remove(_ context.Context, w engine.Write, name, policy string) (engine.SubmitResult, error) {
	err := f.enter("Remove")
	defer f.mu.Unlock()
	if err != nil {
		return engine.SubmitResult{}, err
	}
	v, had := f.sessions[name]
	if !had {
		return engine.SubmitResult{}, missing("session", name)
	}
	if err := f.precondition(w, v.Record.Generation); err != nil {
		return engine.SubmitResult{}, err
	}
	f.removedBy = policy
	op := f.start(name, "delete", v.Record.Generation+1, w.Actor.Name)
	v.Record.Deleting, v.Record.Phase, v.Record.Operation = true, mirror.Deleting, op.ID
	f.sessions[name] = v
	if !op.State.Open() {
		delete(f.sessions, name)
	}
	return engine.SubmitResult{View: v, Operation: op}, nil
}

func (f *fake) Session(_ context.Context, name string) (engine.SessionView, error) {
	err := f.enter("Session")
	defer f.mu.Unlock()
	if err != nil {
		return engine.SessionView{}, err
	}
	v, ok := f.sessions[name]
	if !ok {
		return v, missing("session", name)
	}
	return v, nil
}

func (f *fake) Operation(_ context.Context, id string) (mirror.Operation, error) {
	err := f.enter("Operation")
	defer f.mu.Unlock()
	if err != nil {
		return mirror.Operation{}, err
	}
	op, ok := f.ops[id]
	if !ok {
		return op, missing("operation", id)
	}
	return op, nil
}

func (f *fake) FindOperations(_ context.Context, q mirror.OperationQuery) (mirror.OperationPage, error) {
	err := f.enter("FindOperations")
	defer f.mu.Unlock()
	number := func(o mirror.Operation) (n int64) {
		_, _ = fmt.Sscanf(o.ID, "op%d", &n)
		return n
	}
	var all []mirror.Operation
	for _, op := range f.ops {
		if q.Takes(op) && (q.Before == 0 || number(op) < q.Before) {
			all = append(all, op)
		}
	}
	slices.SortFunc(all, func(a, b mirror.Operation) int { return cmp.Compare(number(b), number(a)) })
	page := mirror.OperationPage{Operations: all}
	if len(all) > q.Limit {
		page.Operations = all[:q.Limit]
		page.Next = number(all[q.Limit-1])
	}
	return page, err
}

func (f *fake) WaitOperation(ctx context.Context, id string, d time.Duration) (mirror.Operation, error) {
	err := f.enter("WaitOperation")
	f.mu.Unlock()
	if f.waiting != nil {
		f.waiting(ctx, id, d)
	}
	if err = cmp.Or(err, ctx.Err()); err != nil {
		return mirror.Operation{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	op := f.ops[id]
	if f.finish != nil {
		op.State = f.finish(op, f)
		f.ops[id] = op
	}
	return f.ops[id], nil
}

func (f *fake) FindEvents(_ context.Context, q mirror.EventQuery) (mirror.EventPage, error) {
	err := f.enter("FindEvents")
	defer f.mu.Unlock()
	page, looked := mirror.EventPage{Next: q.After}, 0
	list := slices.Clone(f.events)
	if q.Newest {
		slices.Reverse(list)
	}
	for _, e := range list {
		if len(page.Events) == q.Limit {
			page.More = true
			break
		}
		if q.After > 0 && (q.Newest && e.Seq >= q.After || !q.Newest && e.Seq <= q.After) {
			continue
		}
		if page.Next = e.Seq; q.Takes(e) {
			page.Events = append(page.Events, e)
		}
		if looked++; looked == f.look {
			page.More = true
			break
		}
	}
	page.Lost = len(f.events) > 0 && q.After > 0 && !q.Newest && q.After < f.events[0].Seq-1
	return page, err
}

func (f *fake) LastEvent(context.Context) (int64, error) {
	err := f.enter("LastEvent")
	defer f.mu.Unlock()
	if len(f.events) == 0 {
		return 0, err
	}
	return f.events[len(f.events)-1].Seq, err
}

func (f *fake) EventAdded() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.added == nil {
		f.added = make(chan struct{})
	}
	return f.added
}

// revoke takes a token away.
func (f *fake) revoke(token string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.revoked = map[string]bool{token: true}
}

// happen adds an event of now, and tells those who follow.
func (f *fake) happen(e mirror.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.events); e.Seq == 0 && n > 0 {
		e.Seq = f.events[n-1].Seq + 1
	}
	f.events = append(f.events, e)
	if f.added != nil {
		close(f.added)
		f.added = nil
	}
}

func (f *fake) Authenticate(_ context.Context, bearer string) (engine.Actor, error) {
	err := f.enter("Authenticate")
	defer f.mu.Unlock()
	access := map[string]mirror.Access{viewerToken: mirror.Viewer, operatorToken: mirror.Operator, adminToken: mirror.Admin, firerToken: mirror.Firer}[bearer]
	if err == nil && (access == "" || f.revoked[bearer]) {
		err = fmt.Errorf("engine: token: %w", mirror.ErrAuth)
	}
	actor := engine.Actor{Name: string(access) + "-actor", Access: access}
	if access == mirror.Firer {
		actor.Trigger = "ids"
	}
	return actor, err
}

func (f *fake) Ready(context.Context) error {
	defer f.mu.Unlock()
	return f.enter("Ready")
}

// signed notes who wrote an entry.
func signed(a mirror.Authorship, w engine.Write, had bool) mirror.Authorship {
	if !had {
		a = mirror.Authorship{Created: testTime, CreatedBy: w.Actor.Name}
	}
	a.Updated, a.UpdatedBy = testTime, w.Actor.Name
	return a
}
