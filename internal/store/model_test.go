package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A model is mirror.Tx in maps: the plainest thing that follows the contract,
// to compare the store with. Keys of several parts are joined with NUL, which
// sorts them part by part.
type model struct {
	instance    string
	versions    map[string]int64
	devices     map[string]mirror.Device
	states      map[string]mirror.DeviceState
	reads       map[string]time.Time
	tools       map[string]mirror.Tool
	filters     map[string]mirror.Filter
	sessions    map[string]mirror.SessionRecord
	placements  map[string]mirror.Placement
	natives     map[string]mirror.Native
	operations  []mirror.Operation // in order of insertion
	events      []mirror.Event
	claims      map[string]mirror.Claim
	journal     map[string]mirror.JournalEntry
	tokens      map[string]mirror.Token
	hostKeys    map[string]mirror.HostKey
	generations map[string]int64
	profiles    map[string]mirror.Profile
	refusals    map[string]mirror.LoginRefusal
	hold        *mirror.Hold
	minutes     map[string]mirror.LoadMinute // by place and minute
	plans       []mirror.StoredPlan          // in order of insertion
	authors     map[string]mirror.Authorship // by kind and name
	webhooks    map[string]mirror.Webhook
	triggers    map[string]mirror.Trigger
	fired       map[string]mirror.TriggerState
	outlets     map[string]mirror.Outlet
	letters     map[string]mirror.DeadLetter // by outlet and number
	copies      []mirror.Copy                // by id
}

var _ mirror.Tx = (*model)(nil)

func newModel(instance string) *model {
	return &model{instance: instance, versions: map[string]int64{}, devices: map[string]mirror.Device{},
		states: map[string]mirror.DeviceState{}, reads: map[string]time.Time{}, tools: map[string]mirror.Tool{}, filters: map[string]mirror.Filter{}, sessions: map[string]mirror.SessionRecord{},
		placements: map[string]mirror.Placement{}, natives: map[string]mirror.Native{}, claims: map[string]mirror.Claim{},
		journal: map[string]mirror.JournalEntry{}, tokens: map[string]mirror.Token{}, hostKeys: map[string]mirror.HostKey{}, generations: map[string]int64{},
		profiles: map[string]mirror.Profile{}, refusals: map[string]mirror.LoginRefusal{}, minutes: map[string]mirror.LoadMinute{}, authors: map[string]mirror.Authorship{},
		webhooks: map[string]mirror.Webhook{}, triggers: map[string]mirror.Trigger{}, fired: map[string]mirror.TriggerState{}, outlets: map[string]mirror.Outlet{}, letters: map[string]mirror.DeadLetter{}}
}

// clone copies the maps; the records in them are never changed in place.
func (m *model) clone() *model {
	return &model{m.instance, maps.Clone(m.versions), maps.Clone(m.devices), maps.Clone(m.states), maps.Clone(m.reads), maps.Clone(m.tools), maps.Clone(m.filters),
		maps.Clone(m.sessions), maps.Clone(m.placements), maps.Clone(m.natives), slices.Clone(m.operations),
		slices.Clone(m.events), maps.Clone(m.claims), maps.Clone(m.journal), maps.Clone(m.tokens), maps.Clone(m.hostKeys), maps.Clone(m.generations),
		maps.Clone(m.profiles), maps.Clone(m.refusals), m.hold, maps.Clone(m.minutes), slices.Clone(m.plans), maps.Clone(m.authors),
		maps.Clone(m.webhooks), maps.Clone(m.triggers), maps.Clone(m.fired), maps.Clone(m.outlets), maps.Clone(m.letters), slices.Clone(m.copies)}
}

func key(parts ...string) string { return strings.Join(parts, "\x00") }

func get[T any](in map[string]T, k string) (T, error) {
	v, ok := in[k]
	if !ok {
		return v, mirror.ErrNotFound
	}
	return v, nil
}

// sorted lists the values that keep wants, by key.
func sorted[T any](in map[string]T, keep func(T) bool) []T {
	var out []T
	for _, k := range slices.Sorted(maps.Keys(in)) {
		if keep(in[k]) {
			out = append(out, in[k])
		}
	}
	return out
}

func all[T any](T) bool { return true }

func paged[T any](in map[string]T, p mirror.Page) []T {
	var out []T
	for _, k := range slices.Sorted(maps.Keys(in)) {
		if k > p.After && (p.Limit == 0 || len(out) < p.Limit) {
			out = append(out, in[k])
		}
	}
	return out
}

func (m *model) Instance() (string, error) { return m.instance, nil }

func (m *model) Hold() (mirror.Hold, error) {
	if m.hold == nil {
		return mirror.Hold{}, mirror.ErrNotFound
	}
	return *m.hold, nil
}
func (m *model) PutHold(h mirror.Hold) error { m.hold = &h; return nil }
func (m *model) DeleteHold() error           { m.hold = nil; return nil }

func (m *model) Device(name string) (mirror.Device, int64, error) {
	d, err := get(m.devices, name)
	if err != nil {
		return d, 0, err
	}
	return d, m.versions["device/"+name], nil
}
func (m *model) Devices(p mirror.Page) ([]mirror.Device, error) { return paged(m.devices, p), nil }
func (m *model) PutDevice(d mirror.Device) (int64, error) {
	m.devices[d.Name] = d
	m.versions["device/"+d.Name]++
	return m.versions["device/"+d.Name], nil
}
func (m *model) DeleteDevice(name string) error {
	delete(m.authors, key("device", name))
	delete(m.devices, name)
	delete(m.states, name)
	delete(m.reads, name)
	return nil
}
func (m *model) DeviceState(name string) (mirror.DeviceState, error) { return get(m.states, name) }
func (m *model) PutDeviceState(s mirror.DeviceState) error {
	if _, err := get(m.devices, s.Device); err != nil {
		return err
	}
	m.states[s.Device] = s
	return nil
}
func (m *model) DeviceRead(name string) (time.Time, error) { return get(m.reads, name) }
func (m *model) PutDeviceRead(name string, at time.Time) error {
	if _, err := get(m.devices, name); err != nil {
		return err
	}
	m.reads[name] = at
	return nil
}
func (m *model) Tool(name string) (mirror.Tool, int64, error) {
	d, err := get(m.tools, name)
	if err != nil {
		return d, 0, err
	}
	return d, m.versions["tool/"+name], nil
}
func (m *model) Tools(p mirror.Page) ([]mirror.Tool, error) { return paged(m.tools, p), nil }
func (m *model) PutTool(d mirror.Tool) (int64, error) {
	m.tools[d.Name] = d
	m.versions["tool/"+d.Name]++
	return m.versions["tool/"+d.Name], nil
}
func (m *model) DeleteTool(name string) error {
	delete(m.tools, name)
	delete(m.authors, key("tool", name))
	return nil
}

func (m *model) Filter(name string) (mirror.Filter, int64, error) {
	f, err := get(m.filters, name)
	if err != nil {
		return f, 0, err
	}
	return f, m.versions["filter/"+name], nil
}
func (m *model) Filters(p mirror.Page) ([]mirror.Filter, error) { return paged(m.filters, p), nil }
func (m *model) PutFilter(f mirror.Filter) (int64, error) {
	m.filters[f.Name] = f
	m.versions["filter/"+f.Name]++
	return m.versions["filter/"+f.Name], nil
}
func (m *model) DeleteFilter(name string) error {
	delete(m.filters, name)
	delete(m.authors, key("filter", name))
	return nil
}

func (m *model) Session(name string) (mirror.SessionRecord, error) { return get(m.sessions, name) }
func (m *model) Sessions(p mirror.Page) ([]mirror.SessionRecord, error) {
	return paged(m.sessions, p), nil
}
func (m *model) PutSession(r mirror.SessionRecord) error {
	m.sessions[r.Session.Name] = r
	return nil
}
func (m *model) DeleteSession(name string) error {
	delete(m.sessions, name)
	maps.DeleteFunc(m.placements, func(_ string, p mirror.Placement) bool { return p.Session == name })
	return nil
}
func (m *model) Placements(session string) ([]mirror.Placement, error) {
	return sorted(m.placements, func(p mirror.Placement) bool { return p.Session == session }), nil
}
func (m *model) PlacementsByDevice(device string) ([]mirror.Placement, error) {
	return sorted(m.placements, func(p mirror.Placement) bool { return p.Device == device }), nil
}
func (m *model) PlacementsByCollector(ip string) ([]mirror.Placement, error) {
	return sorted(m.placements, func(p mirror.Placement) bool {
		for _, f := range []*mirror.Fragment{p.Target, p.Asked, p.Goal, p.Applied, p.Good} {
			if f != nil && f.Spec.Options.Collector != "" {
				return f.Spec.Options.Collector == ip
			}
		}
		return false
	}), nil
}
func (m *model) PutPlacement(p mirror.Placement) error {
	if _, err := get(m.sessions, p.Session); err != nil {
		return err
	}
	m.placements[key(p.Session, p.Device, string(p.Role), p.Ends)] = p
	return nil
}
func (m *model) DeletePlacement(k mirror.PlacementKey) error {
	delete(m.placements, key(k.Session, k.Device, string(k.Role), k.Ends))
	return nil
}

func (m *model) Natives(device string) ([]mirror.Native, error) {
	return sorted(m.natives, func(n mirror.Native) bool { return n.Device == device }), nil
}
func (m *model) PutNative(n mirror.Native) error {
	for _, o := range m.natives {
		if o.Device == n.Device && o.ID == n.ID && o.Mark != n.Mark {
			return mirror.ErrConflict
		}
	}
	m.natives[key(n.Device, n.Mark)] = n
	return nil
}
func (m *model) DeleteNative(device, mark string) error {
	delete(m.natives, key(device, mark))
	return nil
}

func (m *model) Operation(id string) (mirror.Operation, error) {
	i := slices.IndexFunc(m.operations, func(o mirror.Operation) bool { return o.ID == id })
	if i < 0 {
		return mirror.Operation{}, mirror.ErrNotFound
	}
	return m.operations[i], nil
}
func (m *model) PutOperation(o mirror.Operation) error {
	for _, d := range o.Devices() {
		m.versions["op device/"+o.ID+"/"+d]++
	}
	i := slices.IndexFunc(m.operations, func(p mirror.Operation) bool { return p.ID == o.ID })
	if i < 0 {
		m.operations = append(m.operations, o)
	} else {
		m.operations[i] = o
	}
	return nil
}

func (m *model) FindOperations(q mirror.OperationQuery) (page mirror.OperationPage, err error) {
	for i := len(m.operations) - 1; i >= 0; i-- {
		o, of := m.operations[i], q
		if of.Device = ""; of.Takes(o) && (q.Device == "" || m.versions["op device/"+o.ID+"/"+q.Device] > 0) && len(page.Operations) < q.Limit {
			page.Operations = append(page.Operations, o)
		}
	}
	return page, nil
}
func (m *model) OpenRepairs(device string) (out []mirror.Operation, err error) {
	for _, o := range m.operations {
		if o.Type == mirror.OpRepair && o.Device == device && o.State.Open() {
			out = append(out, o)
		}
	}
	return out, nil
}
func (m *model) OldOperations(time.Time, int64, int64) ([]string, int64, error) { return nil, 0, nil }
func (m *model) DeleteOperation(id string) error {
	m.operations = slices.DeleteFunc(slices.Clone(m.operations), func(o mirror.Operation) bool { return o.ID == id })
	maps.DeleteFunc(m.versions, func(k string, _ int64) bool { return strings.HasPrefix(k, "op device/"+id+"/") })
	return nil
}

// byAge lists operations oldest first.
func (m *model) byAge(keep func(mirror.Operation) bool) []mirror.Operation {
	var out []mirror.Operation
	for _, o := range m.operations {
		if keep(o) {
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b mirror.Operation) int { return a.Created.Compare(b.Created) })
	return out
}
func (m *model) Operations(session string, newest int) ([]mirror.Operation, error) {
	out := m.byAge(func(o mirror.Operation) bool { return o.Session == session })
	slices.Reverse(out)
	if newest > 0 && newest < len(out) {
		out = out[:newest]
	}
	return out, nil
}
func (m *model) OpenOperations() ([]mirror.Operation, error) {
	return m.byAge(func(o mirror.Operation) bool { return o.State.Open() }), nil
}

func (m *model) planAt(id string) int {
	return slices.IndexFunc(m.plans, func(p mirror.StoredPlan) bool { return p.ID == id })
}

func (m *model) Plan(id string) (mirror.StoredPlan, error) {
	if i := m.planAt(id); i >= 0 {
		return m.plans[i], nil
	}
	return mirror.StoredPlan{}, mirror.ErrNotFound
}

func (m *model) Plans(before string, limit int) ([]mirror.StoredPlan, error) {
	out := []mirror.StoredPlan{}
	end := len(m.plans)
	if before != "" {
		end = max(m.planAt(before), 0)
	}
	for _, p := range slices.Backward(m.plans[:end]) {
		if limit <= 0 || len(out) < limit {
			out = append(out, mirror.StoredPlan{ID: p.ID, Head: p.Head})
		}
	}
	return out, nil
}

func (m *model) PutPlan(p mirror.StoredPlan) error {
	p.Created = p.Created.Truncate(time.Microsecond)
	if i := m.planAt(p.ID); i >= 0 {
		p.Created = m.plans[i].Created
		m.plans[i] = p
	} else {
		m.plans = append(m.plans, p)
	}
	return nil
}

func (m *model) AppendEvent(e mirror.Event) error {
	m.versions["event"]++
	e.Seq = m.versions["event"]
	m.events = append(m.events, e)
	return nil
}
func (m *model) Events(after int64, limit int) (out []mirror.Event, err error) {
	for _, e := range m.events {
		if e.Seq > after && (limit <= 0 || len(out) < limit) {
			out = append(out, e)
		}
	}
	return out, nil
}
func (m *model) LastEvent() (int64, error) { return m.versions["event"], nil }
func (m *model) FindEvents(q mirror.EventQuery) (mirror.EventPage, error) {
	page := mirror.EventPage{Next: q.After}
	if len(m.events) > 0 {
		page.Lost = !q.Newest && q.After > 0 && q.After < m.events[0].Seq-1
	} else {
		page.Lost = !q.Newest && q.After > 0 && q.After < m.versions["event"]
	}
	list := slices.Clone(m.events)
	if q.Newest {
		slices.Reverse(list)
	}
	for _, e := range list {
		behind := q.After == 0 || !q.Newest && e.Seq > q.After || q.Newest && e.Seq < q.After
		if behind && q.Takes(e) && len(page.Events) < q.Limit {
			page.Events = append(page.Events, e)
		}
	}
	return page, nil
}
func (m *model) DropEvents(before time.Time, keep int64, most int) (dropped int64, err error) {
	for len(m.events) > 0 && dropped < int64(most) {
		if e := m.events[0]; !e.At.Before(before) && e.Seq > m.versions["event"]-keep {
			break
		}
		m.events, dropped = m.events[1:], dropped+1
	}
	return dropped, nil
}

func (m *model) Claim(device, owner string, deadline time.Time) (mirror.Claim, error) {
	old := m.claims[device]
	c := mirror.Claim{Device: device, Owner: owner, Epoch: old.Epoch, Deadline: deadline}
	if old.Owner != owner {
		c.Epoch++
	}
	m.claims[device] = c
	return c, nil
}
func (m *model) CheckClaim(c mirror.Claim) error {
	now := m.claims[c.Device]
	if now.Epoch == 0 || now.Epoch != c.Epoch || now.Owner != c.Owner {
		return mirror.ErrConflict
	}
	return nil
}

func (m *model) PutJournal(e mirror.JournalEntry) error {
	m.journal[key(e.Device, e.Tx)] = e
	return nil
}
func (m *model) Journal(device string) ([]mirror.JournalEntry, error) {
	return sorted(m.journal, func(e mirror.JournalEntry) bool { return e.Device == device }), nil
}
func (m *model) CloseJournal(device, tx string) error {
	delete(m.journal, key(device, tx))
	return nil
}

func (m *model) NextGeneration(session string) (int64, error) {
	m.generations[session]++
	return m.generations[session], nil
}

func (m *model) Profiles() ([]mirror.Profile, error) { return sorted(m.profiles, all), nil }
func (m *model) PutProfile(p mirror.Profile) error   { m.profiles[p.Name] = p; return nil }
func (m *model) DeleteProfile(name string) error {
	delete(m.profiles, name)
	return m.DeleteLoginRefusals(name)
}
func (m *model) LoginRefusals(profile string) ([]mirror.LoginRefusal, error) {
	return sorted(m.refusals, func(r mirror.LoginRefusal) bool { return profile == "" || r.Profile == profile }), nil
}
func (m *model) PutLoginRefusal(r mirror.LoginRefusal) error {
	m.refusals[key(r.Profile, r.Server)] = r
	return nil
}
func (m *model) DeleteLoginRefusals(profile string) error {
	maps.DeleteFunc(m.refusals, func(_ string, r mirror.LoginRefusal) bool { return r.Profile == profile })
	return nil
}
func (m *model) DeleteLoginRefusal(profile, server string) error {
	delete(m.refusals, key(profile, server))
	return nil
}

func (m *model) HostKeys() ([]mirror.HostKey, error) { return sorted(m.hostKeys, all), nil }
func (m *model) HostKey(host string) (mirror.HostKey, error) {
	k, ok := m.hostKeys[host]
	if !ok {
		return k, mirror.ErrNotFound
	}
	return k, nil
}
func (m *model) PutHostKey(k mirror.HostKey) error {
	if k.Host == "" || k.Key == "" {
		return mirror.ErrInvalid
	}
	if old, ok := m.hostKeys[k.Host]; ok {
		if old.Key != k.Key {
			return mirror.ErrConflict
		}
		return nil
	}
	m.hostKeys[k.Host] = k
	return nil
}
func (m *model) DeleteHostKey(host string) error { delete(m.hostKeys, host); return nil }

func (m *model) Tokens() ([]mirror.Token, error) { return sorted(m.tokens, all), nil }
func (m *model) TokenByHash(hash string) (mirror.Token, error) {
	for _, t := range m.tokens {
		if t.Hash == hash {
			return t, nil
		}
	}
	return mirror.Token{}, mirror.ErrNotFound
}
func (m *model) PutToken(t mirror.Token) error {
	if o, err := m.TokenByHash(t.Hash); err == nil && o.ID != t.ID {
		return mirror.ErrConflict
	}
	m.tokens[t.ID] = t
	return nil
}
func (m *model) DeleteToken(id string) error { delete(m.tokens, id); return nil }

// The names that the tests use, so that everything stored can be listed.
var (
	someNames  = []string{"a", "b", "b-1"}
	someOpIDs  = []string{"op-1", "op-2", "op-3", "op-4", "op-5"}
	someHashes = []string{"h1", "h2", "h3"}
)

// contents reads everything through every read method: answers, or kinds of
// errors, by question.
func contents(tx mirror.Tx) map[string]any {
	out := contentsOf{}
	ask(out, "instance", tx.Instance)
	ask(out, "devices", func() ([]mirror.Device, error) { return tx.Devices(mirror.Page{}) })
	ask(out, "tools", func() ([]mirror.Tool, error) { return tx.Tools(mirror.Page{}) })
	ask(out, "filters", func() ([]mirror.Filter, error) { return tx.Filters(mirror.Page{}) })
	ask(out, "sessions", func() ([]mirror.SessionRecord, error) { return tx.Sessions(mirror.Page{}) })
	ask(out, "open operations", tx.OpenOperations)
	ask(out, "events", func() ([]mirror.Event, error) { return tx.Events(0, 0) })
	ask(out, "some events", func() ([]mirror.Event, error) { return tx.Events(1, 2) })
	ask(out, "last event", tx.LastEvent)
	ask(out, "open repairs", func() ([]mirror.Operation, error) { return tx.OpenRepairs("a") })
	for _, q := range []mirror.OperationQuery{{Limit: 3}, {Session: "a", Limit: 2}, {Device: "b", Limit: 9}, {Kind: mirror.OpRepair, Limit: 9}, {Kind: mirror.OpRollout, Session: "b", Device: "a", Limit: 9}} {
		ask(out, fmt.Sprintf("operations of %+v", q), func() (mirror.OperationPage, error) {
			page, err := tx.FindOperations(q)
			page.Next = 0 // TestPagesOfOperations
			return page, err
		})
	}
	for i, q := range someQueries {
		for _, newest := range []bool{false, true} {
			q.Newest = newest
			ask(out, fmt.Sprintf("events of query %d, newest %t", i, newest), func() (mirror.EventPage, error) {
				page, err := tx.FindEvents(q)
				page.Next, page.More = 0, false // TestPagesOfEvents
				return page, err
			})
		}
	}
	askCopies(out, tx)
	ask(out, "tokens", tx.Tokens)
	ask(out, "host keys", tx.HostKeys)
	ask(out, "profiles", tx.Profiles)
	ask(out, "hold", tx.Hold)
	ask(out, "plans", func() ([]mirror.StoredPlan, error) { return tx.Plans("", 0) })
	for _, profile := range append([]string{""}, someNames...) {
		ask(out, "refused logins of "+profile, func() ([]mirror.LoginRefusal, error) { return tx.LoginRefusals(profile) })
	}
	for _, kind := range []mirror.Resource{mirror.ResourceDevice, mirror.ResourceTool, mirror.ResourceFilter, mirror.ResourceSession, mirror.ResourceWebhook, mirror.ResourceTrigger} {
		ask(out, fmt.Sprint("number of ", kind), func() (int, error) { return tx.Count(kind) })
	}
	for i, s := range someSelections {
		kind := []mirror.Resource{mirror.ResourceSession, mirror.ResourceDevice, mirror.ResourceSession, mirror.ResourceTool, mirror.ResourceFilter}[i%5]
		for _, p := range []mirror.Page{{}, {After: "a", Limit: 1}} {
			ask(out, fmt.Sprint("selection ", i, kind, p), func() (selected, error) {
				names, next, err := tx.Select(kind, s, p)
				return selected{names, next}, err
			})
		}
		ask(out, fmt.Sprint("b is of selection ", i, kind), func() (bool, error) { return tx.Matches(kind, s, "b") })
	}
	askWebhooks(tx, out)
	askTriggers(tx, out)
	for _, n := range someNames {
		for _, kind := range []mirror.Resource{mirror.ResourceDevice, mirror.ResourceTool, mirror.ResourceFilter, mirror.ResourceWebhook, mirror.ResourceTrigger} {
			ask(out, fmt.Sprint("author of ", kind, n), func() (mirror.Authorship, error) { return tx.Authorship(kind, n) })
		}
		askVersioned(out, "device "+n, func() (mirror.Device, int64, error) { return tx.Device(n) })
		askVersioned(out, "tool "+n, func() (mirror.Tool, int64, error) { return tx.Tool(n) })
		askVersioned(out, "filter "+n, func() (mirror.Filter, int64, error) { return tx.Filter(n) })
		p := mirror.Page{After: n, Limit: 2}
		ask(out, "filters after "+n, func() ([]mirror.Filter, error) { return tx.Filters(p) })
		ask(out, "devices after "+n, func() ([]mirror.Device, error) { return tx.Devices(p) })
		ask(out, "tools after "+n, func() ([]mirror.Tool, error) { return tx.Tools(p) })
		ask(out, "sessions after "+n, func() ([]mirror.SessionRecord, error) { return tx.Sessions(p) })
		ask(out, "state "+n, func() (mirror.DeviceState, error) { return tx.DeviceState(n) })
		ask(out, "read "+n, func() (time.Time, error) { return tx.DeviceRead(n) })
		for _, since := range []int64{-60, 61} {
			ask(out, fmt.Sprintf("load of %s since %d", n, since), func() ([]mirror.LoadMinute, error) { return tx.LoadMinutes(n, time.Unix(since, 0)) })
		}
		ask(out, "session "+n, func() (mirror.SessionRecord, error) { return tx.Session(n) })
		ask(out, "placements "+n, func() ([]mirror.Placement, error) { return tx.Placements(n) })
		ask(out, "placements on "+n, func() ([]mirror.Placement, error) { return tx.PlacementsByDevice(n) })
		ask(out, "natives "+n, func() ([]mirror.Native, error) { return tx.Natives(n) })
		ask(out, "operations "+n, func() ([]mirror.Operation, error) { return tx.Operations(n, 0) })
		ask(out, "newest operations "+n, func() ([]mirror.Operation, error) { return tx.Operations(n, 2) })
		ask(out, "open copies "+n, func() ([]mirror.Copy, error) { return tx.OpenCopies(n) })
		ask(out, "journal "+n, func() ([]mirror.JournalEntry, error) { return tx.Journal(n) })
	}
	for _, id := range someOpIDs {
		ask(out, "plan "+id, func() (mirror.StoredPlan, error) { return tx.Plan(id) })
		ask(out, "plans before "+id, func() ([]mirror.StoredPlan, error) { return tx.Plans(id, 2) })
		ask(out, "operation "+id, func() (mirror.Operation, error) { return tx.Operation(id) })
	}
	readBatches(out, tx)
	for _, h := range someHashes {
		ask(out, "token of "+h, func() (mirror.Token, error) { return tx.TokenByHash(h) })
	}
	return out
}

type contentsOf = map[string]any

func ask[T any](out contentsOf, question string, read func() (T, error)) {
	answer, err := read()
	if err != nil {
		out[question] = kindOf(err).Error()
		return
	}
	out[question] = answer
}
