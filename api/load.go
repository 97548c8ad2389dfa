package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

type (
	// HistoryParam asks for the past.
	HistoryParam struct {
		History string `query:"history" enum:"none,hour,day" doc:"hour: every reading of the last hour, every 10 s where counters are cheap to read; day: the minutes of the last day; none (default)"`
	}
	loadInput struct {
		NameParam
		HistoryParam
	}
	sessionLoadOutput struct{ Body SessionLoad }
	toolLoadOutput    struct{ Body ToolLoad }
	deviceLoadOutput  struct{ Body DeviceLoad }
)

func (h HistoryParam) span() engine.Span {
	if h.History == "none" {
		return engine.SpanNone
	}
	return engine.Span(h.History)
}

func (s *server) registerLoads() {
	missing := []int{http.StatusNotFound}
	register(s, endpoint{id: "list-loads", method: http.MethodGet, path: Base + "/loads", tag: "loads",
		summary: "List what is measured wherever copies go", doc: "All destinations, and links on the way, by device, interface and address; figures of now.",
		access: mirror.Viewer, answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[LoadList]()}}}, s.listLoads)
	register(s, endpoint{id: "get-session-load", method: http.MethodGet, path: Base + "/sessions/{name}/load", tag: "sessions",
		summary: "Get what is measured of a session", doc: "What its sources offer to each destination and to links on the way, what those can take, and how many of the expected copies are counted.",
		access: mirror.Viewer, answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[SessionLoad]()}}, problems: missing},
		func(ctx context.Context, in *loadInput) (*sessionLoadOutput, error) {
			v, err := s.engine.SessionLoad(ctx, in.Name, in.span())
			if err != nil {
				return nil, err
			}
			return &sessionLoadOutput{sessionLoadOf(v)}, nil
		})
	register(s, endpoint{id: "get-tool-load", method: http.MethodGet, path: Base + "/tools/{name}/load", tag: "tools",
		summary: "Get what is measured at a tool", doc: "What all sessions offer to it, and what it can take.",
		access: mirror.Viewer, answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[ToolLoad]()}}, problems: missing},
		func(ctx context.Context, in *loadInput) (*toolLoadOutput, error) {
			v, err := s.engine.ToolLoad(ctx, in.Name, in.span())
			if err != nil {
				return nil, err
			}
			return &toolLoadOutput{ToolLoad{Ends: orEmpty(translateAll(v.Ends, endLoadOf)), History: translateAll(v.History, pointOf)}}, nil
		})
	register(s, endpoint{id: "get-device-load", method: http.MethodGet, path: Base + "/devices/{name}/load", tag: "devices",
		summary: "Get what is measured on a device", doc: "What its watched ports carry, and what is offered to destinations on it.",
		access: mirror.Viewer, answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[DeviceLoad]()}}, problems: missing},
		func(ctx context.Context, in *loadInput) (*deviceLoadOutput, error) {
			v, err := s.engine.DeviceLoad(ctx, in.Name, in.span())
			if err != nil {
				return nil, err
			}
			return &deviceLoadOutput{DeviceLoad{Interfaces: orEmpty(translateAll(v.Ports, portLoadOf)),
				Ends: orEmpty(translateAll(v.Ends, endLoadOf)), History: translateAll(v.History, pointOf)}}, nil
		})
}
