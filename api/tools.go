package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// ToolSpec is a long-lived receiver of copies: an IDS, a recorder, a broker. It
// is connected to an interface of a device, or has an IP address.
type ToolSpec struct {
	Description    string            `json:"description,omitempty"`
	Device         string            `json:"device,omitempty" minLength:"1" doc:"where it is connected"`
	Interface      string            `json:"interface,omitempty" minLength:"1" doc:"of the device, in the platform's words"`
	IP             string            `json:"ip,omitempty" minLength:"1" doc:"instead of device and interface"`
	Capacity       uint64            `json:"capacity,omitempty" doc:"bits per second on the wire; default: the port's speed"`
	MaxUtilization float64           `json:"maxUtilization,omitempty" minimum:"0" maximum:"1" doc:"share of the capacity that copies may use"`
	Owner          string            `json:"owner,omitempty" doc:"whom to ask"`
	Accepts        []string          `json:"accepts,omitempty" maxItems:"16" doc:"untagged, tagged, erspan2, erspan3, gre"`
	Labels         map[string]string `json:"labels,omitempty" doc:"for selectors"`
}

// Tool is a tool with its version.
type Tool struct {
	Name   string     `json:"name"`
	Spec   ToolSpec   `json:"spec" doc:"what PUT takes"`
	Status ToolStatus `json:"status"`
}

// ToolStatus is what is known of a tool apart from its entry.
type ToolStatus struct {
	Version int64 `json:"version,omitempty" doc:"of the entry; the ETag; left out in lists"`
	Authorship
	ManagedBy string `json:"managedBy,omitempty" doc:"the source that it is imported from; a write by another door is 409"`
	Retired   bool   `json:"retired,omitempty" doc:"vanished from its source; never deleted by itself"`
}

// ToolList is one page of tools.
type ToolList struct {
	Items      []Tool `json:"items" doc:"by name"`
	NextCursor string `json:"nextCursor,omitempty" doc:"left out on the last page"`
}

const listTools = "tools"

type (
	toolListInput struct {
		PageParams
		SelectorParam
		Order string `query:"order" enum:"name,worst" default:"name" doc:"worst: copies do not arrive, are too many, begin, are not known to arrive, arrive, or there are none; each by name. The pages after the first keep its order"`
	}
	toolPutInput struct {
		NameParam
		Conditions
		DryRunParam
	}
	toolPatchInput struct {
		NameParam
		MatchParam
		DryRunParam
	}
	toolOutput struct {
		ETag string `header:"ETag" doc:"the version, quoted"`
		Body Tool
	}
	toolListOutput struct{ Body ToolList }
)

func (t ToolSpec) domain(name string) mirror.Tool {
	return mirror.Tool{Name: name, Description: t.Description, Device: t.Device, Interface: t.Interface, IP: t.IP,
		Capacity: mirror.BitsPerSecond(t.Capacity), MaxUtilization: t.MaxUtilization, Owner: t.Owner, Accepts: t.Accepts, Labels: t.Labels}
}

func toolSpecOf(t mirror.Tool) ToolSpec {
	return ToolSpec{Description: t.Description, Device: t.Device, Interface: t.Interface, IP: t.IP, Capacity: uint64(t.Capacity),
		MaxUtilization: t.MaxUtilization, Owner: t.Owner, Accepts: t.Accepts, Labels: t.Labels}
}

func toolOf(v engine.ToolView) Tool {
	return Tool{Name: v.Tool.Name, Spec: toolSpecOf(v.Tool), Status: ToolStatus{Version: v.Version, Authorship: authorshipOf(v.Author), ManagedBy: v.Tool.ManagedBy, Retired: v.Tool.Retired}}
}

func (s *server) registerTools() {
	one := Base + "/tools/{name}"
	tool, withPlan := reflect.TypeFor[Tool](), reflect.TypeFor[EntryPlan]()
	register(s, endpoint{id: "list-tools", method: http.MethodGet, path: Base + "/tools", tag: "tools",
		summary: "List tools", doc: "By name, or the worst first.", access: mirror.Viewer,
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[ToolList]()}}}, s.listTools)
	register(s, endpoint{id: "get-tool", method: http.MethodGet, path: one, tag: "tools",
		summary: "Get a tool", doc: "Its entry.", access: mirror.Viewer,
		answers: []answer{{status: http.StatusOK, body: tool}}, problems: []int{http.StatusNotFound}}, s.getTool)
	register(s, endpoint{id: "put-tool", method: http.MethodPut, path: one, tag: "tools",
		summary: "Create or replace a tool", doc: "The same body again changes nothing.", access: mirror.Operator,
		body:     reflect.TypeFor[ToolSpec](),
		answers:  []answer{{http.StatusOK, tool, withPlan}, {status: http.StatusCreated, body: tool}},
		problems: []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity}}, s.putTool)
	register(s, endpoint{id: "patch-tool", method: http.MethodPatch, path: one, tag: "tools",
		summary: "Change a tool", doc: "A JSON merge patch (RFC 7396) of its entry.", access: mirror.Operator,
		body: reflect.TypeFor[ToolSpec](), patch: true,
		answers:  []answer{{http.StatusOK, tool, withPlan}},
		problems: []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity}}, s.patchTool)
	register(s, endpoint{id: "delete-tool", method: http.MethodDelete, path: one, tag: "tools",
		summary: "Delete a tool", doc: "409 while a session ends at it.", access: mirror.Operator,
		answers:  []answer{{http.StatusOK, withPlan, nil}, {status: http.StatusNoContent}},
		problems: []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed}}, s.deleteTool)
}

func (s *server) listTools(ctx context.Context, in *toolListInput) (*toolListOutput, error) {
	labels, err := in.parse()
	if err != nil {
		return nil, err
	}
	list := listTools
	if in.Order == string(engine.WorstFirst) {
		list += " by worst"
	}
	views, next, err := selectPage(list, in.PageParams, func(p mirror.Page) ([]engine.ToolView, string, error) {
		if in.Order == string(engine.WorstFirst) {
			return s.engine.WorstTools(ctx, mirror.Selection{Labels: labels}, p)
		}
		return s.engine.SelectTools(ctx, mirror.Selection{Labels: labels}, p)
	})
	if err != nil {
		return nil, err
	}
	out := ToolList{Items: make([]Tool, len(views)), NextCursor: next}
	for i, v := range views {
		out.Items[i] = toolOf(v)
	}
	return &toolListOutput{out}, nil
}

func (s *server) getTool(ctx context.Context, in *NameParam) (*toolOutput, error) {
	v, err := s.engine.Tool(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	return &toolOutput{ETag: etag(v.Version), Body: toolOf(v)}, nil
}

func (s *server) toolVersion(ctx context.Context, name string) func() (int64, error) {
	return func() (int64, error) {
		v, err := s.engine.Tool(ctx, name)
		return v.Version, err
	}
}

func checkToolSpec(name string) func(ToolSpec) []mirror.Reason {
	return func(t ToolSpec) []mirror.Reason { return t.domain(name).Validate() }
}

func (s *server) patchTool(ctx context.Context, in *toolPatchInput) (*entryWriteOutput, error) {
	version, err := in.resolve(s.toolVersion(ctx, in.Name))
	if err != nil {
		return nil, err
	}
	return retryChanged(version == nil, func() (*entryWriteOutput, error) {
		v, err := s.engine.Tool(ctx, in.Name)
		if err != nil {
			return nil, err
		}
		spec, err := decodePatch(s, bodyOf(ctx), toolSpecOf(v.Tool), checkToolSpec(in.Name))
		if err != nil {
			return nil, err
		}
		read := v.Version
		if version != nil {
			read = *version
		}
		return s.writeTool(ctx, engine.Write{Actor: actorOf(ctx), IfMatch: &read}, spec.domain(in.Name), in.DryRun)
	})
}

func (s *server) putTool(ctx context.Context, in *toolPutInput) (*entryWriteOutput, error) {
	spec, err := decode(s, bodyOf(ctx), checkToolSpec(in.Name))
	if err != nil {
		return nil, err
	}
	version, err := in.Conditions.resolve(s.toolVersion(ctx, in.Name))
	if err != nil {
		return nil, err
	}
	return s.writeTool(ctx, engine.Write{Actor: actorOf(ctx), IfMatch: version}, spec.domain(in.Name), in.DryRun)
}

// writeTool stores a tool, or plans it, and answers.
func (s *server) writeTool(ctx context.Context, w engine.Write, t mirror.Tool, dryRun bool) (*entryWriteOutput, error) {
	if dryRun {
		return entryPlan(s.engine.PlanTool(ctx, w, t))
	}
	v, created, err := s.engine.PutTool(ctx, w, t)
	if err != nil {
		return nil, err
	}
	out := &entryWriteOutput{Status: http.StatusOK, ETag: etag(v.Version), Body: toolOf(v)}
	if created {
		out.Status, out.Location = http.StatusCreated, Base+"/tools/"+v.Tool.Name
	}
	return out, nil
}

func (s *server) deleteTool(ctx context.Context, in *entryDeleteInput) (*entryDeleteOutput, error) {
	return s.deleteEntry(ctx, in, mirror.ObjectTool, s.toolVersion(ctx, in.Name), s.engine.DeleteTool)
}
