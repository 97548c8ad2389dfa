package api

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Summary counts everything, as of now or of a moment ago.
type Summary struct {
	At       time.Time      `json:"at"`
	Message  string         `json:"message,omitempty" doc:"why nothing is pushed to any device; left out when it is"`
	Sessions SessionCounts  `json:"sessions"`
	Devices  DeviceCounts   `json:"devices"`
	Tools    Count          `json:"tools"`
	Filters  Count          `json:"filters"`
	Problems map[string]int `json:"problems" doc:"objects with a problem, by the severity of their worst: critical, error, warning, notice"`
}

// Count is how many there are.
type Count struct {
	Total int `json:"total"`
}

// SessionCounts count sessions.
type SessionCounts struct {
	Total      int                       `json:"total"`
	Phases     map[string]int            `json:"phases" doc:"by phase; one that no session has is left out"`
	Conditions map[string]map[string]int `json:"conditions" doc:"by condition and its status, such as Configured: {True: 7, False: 1}"`
}

// DeviceCounts count devices.
type DeviceCounts struct {
	Total       int            `json:"total"`
	Reachable   map[string]int `json:"reachable" doc:"by True, False and Unknown (not read since the start)"`
	Modes       map[string]int `json:"modes" doc:"full or observe"`
	Platforms   map[string]int `json:"platforms"`
	Maintenance int            `json:"maintenance" doc:"in maintenance"`
	Retired     int            `json:"retired" doc:"vanished from their source"`
	Braked      int            `json:"braked" doc:"whose repairs have stopped and wait for :release"`
	Foreign     int            `json:"foreign" doc:"native sessions that netmirror did not make, on all devices"`
	ForeignOn   int            `json:"foreignOn" doc:"devices that hold one"`
}

// Concern is something that needs somebody: the worst of one object.
type Concern struct {
	Object    EventObject `json:"object"`
	Severity  string      `json:"severity" doc:"critical (copies are lost or missing, or nothing is pushed), error (a device does not hold what it shall, or is away), warning, notice"`
	Condition string      `json:"condition,omitempty" doc:"the one that is False; left out where it is about something else"`
	Reason    string      `json:"reason" doc:"one word for programs"`
	Message   string      `json:"message,omitempty" doc:"what is the case; quotes the device where it spoke"`
	Since     *time.Time  `json:"since,omitempty"`
	Until     *time.Time  `json:"until,omitempty" doc:"when it comes about, of what is ahead: the end of a lease"`
	Means     string      `json:"means,omitempty" doc:"what such a case is"`
	Todo      string      `json:"todo,omitempty" doc:"what to do about it"`
}

// ConcernList is one page of what needs somebody.
type ConcernList struct {
	Items      []Concern `json:"items" doc:"the worst first, then the newest"`
	NextCursor string    `json:"nextCursor,omitempty" doc:"left out on the last page"`
}

type (
	summaryOutput     struct{ Body Summary }
	concernListOutput struct{ Body ConcernList }
)

const listProblems = "problems"

func (s *server) registerSummary() {
	register(s, endpoint{id: "get-summary", method: http.MethodGet, path: Base + "/summary", tag: "controller",
		summary: "Count everything", doc: "Sessions by phase and condition, devices by whether they can be reached. It costs next to nothing, however much is stored.", access: mirror.Viewer,
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[Summary]()}}}, s.getSummary)
	register(s, endpoint{id: "list-problems", method: http.MethodGet, path: Base + "/problems", tag: "controller",
		summary: "List what needs somebody now", doc: "One entry for each object, the worst first: copies that are missing or lost, configuration that a device does not hold, devices that are away, " +
			"what will hurt later, leases that end within half an hour. Each says what to do.", access: mirror.Viewer,
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[ConcernList]()}}}, s.listProblems)
}

func (s *server) getSummary(ctx context.Context, _ *struct{}) (*summaryOutput, error) {
	t, err := s.engine.Totals(ctx)
	if err != nil {
		return nil, err
	}
	out := Summary{At: t.At, Message: t.Held, Tools: Count{t.Tools}, Filters: Count{t.Filters}, Problems: named(t.Problems),
		Sessions: SessionCounts{Total: t.Sessions, Phases: named(t.Phases), Conditions: map[string]map[string]int{}},
		Devices: DeviceCounts{Total: t.Devices.Total, Reachable: named(t.Devices.Reachable), Modes: named(t.Devices.Modes), Platforms: named(t.Devices.Platforms),
			Maintenance: t.Devices.Maintenance, Retired: t.Devices.Retired, Braked: t.Devices.Braked, Foreign: t.Devices.Foreign, ForeignOn: t.Devices.ForeignOn}}
	for typ, by := range t.Conditions {
		out.Sessions.Conditions[typ] = named(by)
	}
	return &summaryOutput{out}, nil
}

// named gives counts their names on the wire.
func named[K ~string](counts map[K]int) map[string]int {
	out := make(map[string]int, len(counts))
	for k, n := range counts {
		out[string(k)] = n
	}
	return out
}

type problemsInput struct {
	PageParams
	Session string `query:"session" maxLength:"63" doc:"only what is about this session"`
}

func (s *server) listProblems(ctx context.Context, in *problemsInput) (*concernListOutput, error) {
	if in.Session != "" {
		list, err := s.engine.ProblemsOf(ctx, mirror.Object{Kind: mirror.ObjectSession, Name: in.Session})
		if err != nil {
			return nil, err
		}
		return &concernListOutput{ConcernList{Items: orEmpty(translateAll(list, concernOf))}}, nil
	}
	after, err := in.after(listProblems)
	if err != nil {
		return nil, err
	}
	page, next, err := s.engine.Problems(ctx, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := ConcernList{Items: orEmpty(translateAll(page, concernOf))}
	if next != "" {
		out.NextCursor = cursorOf(listProblems, next)
	}
	return &concernListOutput{out}, nil
}

func concernOf(p engine.Problem) Concern {
	return Concern{Object: EventObject{Kind: p.Object.Kind, Name: p.Object.Name}, Severity: string(p.Severity), Condition: p.Condition,
		Reason: p.Reason, Message: p.Message, Since: timeOrNil(p.Since), Until: timeOrNil(p.Until), Means: p.Means, Todo: p.Do}
}
