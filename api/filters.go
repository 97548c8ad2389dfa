package api

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// FilterSpec is which IP frames a session copies: the first rule that a frame
// matches decides, and what matches no rule is not copied.
type FilterSpec struct {
	Description string            `json:"description,omitempty"`
	Rules       []FilterRule      `json:"rules" maxItems:"256" doc:"in order; the first that matches decides, and what matches none is not copied"`
	Labels      map[string]string `json:"labels,omitempty" doc:"for selectors"`
}

// FilterRule is one rule. What is left out is any.
type FilterRule struct {
	Action          string   `json:"action" doc:"permit (copied) or deny (not copied)"`
	Protocol        Numbered `json:"protocol,omitempty" doc:"a number of 0 to 255, or ah, eigrp, esp, gre, icmp, icmpv6, igmp, ospf, pim, tcp, udp"`
	Source          string   `json:"source,omitempty" minLength:"1" doc:"an address, or a prefix such as 10.1.0.0/16; 0.0.0.0/0 is any of IPv4, ::/0 any of IPv6"`
	Destination     string   `json:"destination,omitempty" minLength:"1" doc:"as source"`
	SourcePort      Numbered `json:"sourcePort,omitempty" doc:"of tcp or udp: 443, or a range such as 5060-5061"`
	DestinationPort Numbered `json:"destinationPort,omitempty" doc:"as sourcePort"`
	VLAN            int      `json:"vlan,omitempty" minimum:"1" maximum:"4094"`
}

// Numbered is a text that is often a number, and may be written as one: 443 and
// "443" are the same. Answers hold texts.
type Numbered string

// Schema is how the OpenAPI document shows it.
func (Numbered) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}}}
}

// Filter is a filter with its version.
type Filter struct {
	Name   string       `json:"name"`
	Spec   FilterSpec   `json:"spec" doc:"what PUT takes"`
	Status FilterStatus `json:"status"`
}

// FilterStatus is what is known of a filter apart from its entry.
type FilterStatus struct {
	Version int64 `json:"version,omitempty" doc:"of the entry; the ETag; left out in lists"`
	Authorship
	Rollouts []FilterRollout `json:"rollouts,omitempty" doc:"in the answer to a write: those that it began, one of each session that the filter is of and that is enabled"`
}

// FilterRollout brings a changed filter to the devices of one session.
type FilterRollout struct {
	Session   string `json:"session"`
	Operation string `json:"operation" doc:"id of its operation"`
	State     string `json:"state"`
}

// FilterPlan is a preview: nothing was stored or sent.
type FilterPlan struct {
	Name     string     `json:"name"`
	Spec     FilterSpec `json:"spec" doc:"the entry with its defaults"`
	Sessions []Plan     `json:"sessions" doc:"what each session that the filter is of would change to, by name"`
}

// FilterList is one page of filters.
type FilterList struct {
	Items      []Filter `json:"items" doc:"by name"`
	NextCursor string   `json:"nextCursor,omitempty" doc:"left out on the last page"`
}

const listFilters = "filters"

type (
	filterListInput struct {
		PageParams
		SelectorParam
	}
	filterPutInput struct {
		NameParam
		Conditions
		PreferParam
		DryRunParam
	}
	filterPatchInput struct {
		NameParam
		MatchParam
		PreferParam
		DryRunParam
	}
	filterWriteOutput struct {
		Status            int
		ETag              string `header:"ETag" doc:"the version, quoted"`
		Location          string `header:"Location" doc:"the new resource, on 201"`
		PreferenceApplied string `header:"Preference-Applied" doc:"the wait that was honoured"`
		Body              any    // Filter or FilterPlan
	}
	filterOutput struct {
		ETag string `header:"ETag" doc:"the version, quoted"`
		Body Filter
	}
	filterListOutput struct{ Body FilterList }
)

func (f FilterSpec) domain(name string) mirror.Filter {
	out := mirror.Filter{Name: name, Description: f.Description, Labels: f.Labels}
	for _, r := range f.Rules {
		out.Rules = append(out.Rules, mirror.FilterRule{Action: r.Action, Protocol: string(r.Protocol), Source: r.Source, Destination: r.Destination,
			SourcePort: string(r.SourcePort), DestinationPort: string(r.DestinationPort), VLAN: r.VLAN})
	}
	return out.WithDefaults()
}

func checkFilterSpec(name string) func(FilterSpec) []mirror.Reason {
	return func(f FilterSpec) []mirror.Reason { return f.domain(name).Validate() }
}

func filterSpecOf(f mirror.Filter) FilterSpec {
	out := FilterSpec{Description: f.Description, Labels: f.Labels, Rules: []FilterRule{}}
	for _, r := range f.Rules {
		out.Rules = append(out.Rules, FilterRule{Action: r.Action, Protocol: Numbered(r.Protocol), Source: r.Source, Destination: r.Destination,
			SourcePort: Numbered(r.SourcePort), DestinationPort: Numbered(r.DestinationPort), VLAN: r.VLAN})
	}
	return out
}

func filterOf(v engine.FilterView) Filter {
	return Filter{Name: v.Filter.Name, Spec: filterSpecOf(v.Filter), Status: FilterStatus{Version: v.Version, Authorship: authorshipOf(v.Author),
		Rollouts: translateAll(v.Started, func(op mirror.Operation) FilterRollout {
			return FilterRollout{Session: op.Session, Operation: op.ID, State: string(op.State)}
		})}}
}

func (s *server) registerFilters() {
	one := Base + "/filters/{name}"
	filter, withPlan := reflect.TypeFor[Filter](), reflect.TypeFor[FilterPlan]()
	refusals := []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity, http.StatusBadGateway}
	register(s, endpoint{id: "list-filters", method: http.MethodGet, path: Base + "/filters", tag: "filters",
		summary: "List filters", doc: "By name.", access: mirror.Viewer,
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[FilterList]()}}}, s.listFilters)
	register(s, endpoint{id: "get-filter", method: http.MethodGet, path: one, tag: "filters",
		summary: "Get a filter", doc: "Its entry.", access: mirror.Viewer,
		answers: []answer{{status: http.StatusOK, body: filter}}, problems: []int{http.StatusNotFound}}, s.getFilter)
	register(s, endpoint{id: "put-filter", method: http.MethodPut, path: one, tag: "filters",
		summary: "Create or replace a filter", access: mirror.Operator,
		doc: "The same body again changes nothing. Other rules change every enabled session that the filter is of, all or none: they are checked like a session that is written, " +
			"each reason names its session, and each session has a rollout of its own under its own policies. 202 while one runs; Prefer: wait=N waits for them.",
		body:     reflect.TypeFor[FilterSpec](),
		answers:  []answer{{http.StatusOK, filter, withPlan}, {http.StatusCreated, filter, nil}, {http.StatusAccepted, filter, nil}},
		problems: refusals}, s.putFilter)
	register(s, endpoint{id: "patch-filter", method: http.MethodPatch, path: one, tag: "filters",
		summary: "Change a filter", doc: "A JSON merge patch (RFC 7396) of its entry; rules are replaced as a whole. Answers like PUT.", access: mirror.Operator,
		body: reflect.TypeFor[FilterSpec](), patch: true,
		answers:  []answer{{http.StatusOK, filter, withPlan}, {http.StatusAccepted, filter, nil}},
		problems: refusals}, s.patchFilter)
	register(s, endpoint{id: "delete-filter", method: http.MethodDelete, path: one, tag: "filters",
		summary: "Delete a filter", doc: "409 while a session names it.", access: mirror.Operator,
		answers:  []answer{{http.StatusOK, reflect.TypeFor[EntryPlan](), nil}, {status: http.StatusNoContent}},
		problems: []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed}}, s.deleteFilter)
}

func (s *server) listFilters(ctx context.Context, in *filterListInput) (*filterListOutput, error) {
	labels, err := in.parse()
	if err != nil {
		return nil, err
	}
	views, next, err := selectPage(listFilters, in.PageParams, func(p mirror.Page) ([]engine.FilterView, string, error) {
		return s.engine.SelectFilters(ctx, mirror.Selection{Labels: labels}, p)
	})
	if err != nil {
		return nil, err
	}
	out := FilterList{Items: make([]Filter, len(views)), NextCursor: next}
	for i, v := range views {
		out.Items[i] = filterOf(v)
	}
	return &filterListOutput{out}, nil
}

func (s *server) getFilter(ctx context.Context, in *NameParam) (*filterOutput, error) {
	v, err := s.engine.Filter(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	return &filterOutput{ETag: etag(v.Version), Body: filterOf(v)}, nil
}

func (s *server) filterVersion(ctx context.Context, name string) func() (int64, error) {
	return func() (int64, error) {
		v, err := s.engine.Filter(ctx, name)
		return v.Version, err
	}
}

func (s *server) putFilter(ctx context.Context, in *filterPutInput) (*filterWriteOutput, error) {
	spec, err := decode(s, bodyOf(ctx), checkFilterSpec(in.Name))
	if err != nil {
		return nil, err
	}
	version, err := in.Conditions.resolve(s.filterVersion(ctx, in.Name))
	if err != nil {
		return nil, err
	}
	return s.writeFilter(ctx, engine.Write{Actor: actorOf(ctx), IfMatch: version}, spec.domain(in.Name), in.DryRun)
}

// writeFilter stores a filter, or plans it, and answers.
func (s *server) writeFilter(ctx context.Context, w engine.Write, f mirror.Filter, dryRun bool) (*filterWriteOutput, error) {
	if dryRun {
		plans, err := s.engine.PlanFilter(ctx, w, f)
		if err != nil {
			return nil, err
		}
		return &filterWriteOutput{Status: http.StatusOK, Body: FilterPlan{Name: f.Name, Spec: filterSpecOf(f), Sessions: orEmpty(translateAll(plans, planOf))}}, nil
	}
	w.Wait = requestOf(ctx).wait
	v, created, err := s.engine.PutFilter(ctx, w, f)
	if err != nil {
		return nil, err
	}
	out := &filterWriteOutput{Status: http.StatusOK, PreferenceApplied: preferenceApplied(w.Wait)}
	end := time.Now().Add(w.Wait)
	for i, op := range v.Started {
		if left := time.Until(end); left > 0 && op.State.Open() {
			if op, err = s.engine.WaitOperation(ctx, op.ID, left); err != nil {
				return nil, err
			}
			v.Started[i] = op
		}
		if op.State.Open() {
			out.Status = http.StatusAccepted
		}
	}
	if out.ETag, out.Body = etag(v.Version), filterOf(v); created {
		out.Status, out.Location = http.StatusCreated, Base+"/filters/"+v.Filter.Name
	}
	return out, nil
}

func (s *server) patchFilter(ctx context.Context, in *filterPatchInput) (*filterWriteOutput, error) {
	version, err := in.resolve(s.filterVersion(ctx, in.Name))
	if err != nil {
		return nil, err
	}
	return retryChanged(version == nil, func() (*filterWriteOutput, error) {
		v, err := s.engine.Filter(ctx, in.Name)
		if err != nil {
			return nil, err
		}
		spec, err := decodePatch(s, bodyOf(ctx), filterSpecOf(v.Filter), checkFilterSpec(in.Name))
		if err != nil {
			return nil, err
		}
		read := v.Version
		if version != nil {
			read = *version
		}
		return s.writeFilter(ctx, engine.Write{Actor: actorOf(ctx), IfMatch: &read}, spec.domain(in.Name), in.DryRun)
	})
}

func (s *server) deleteFilter(ctx context.Context, in *entryDeleteInput) (*entryDeleteOutput, error) {
	return s.deleteEntry(ctx, in, mirror.ObjectFilter, s.filterVersion(ctx, in.Name), s.engine.DeleteFilter)
}
