package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// ImportBody is the whole of what a source of inventory knows.
type ImportBody struct {
	Devices []ImportedDevice `json:"devices" maxItems:"10000" doc:"all of them: one that came from the source before and is missing becomes retired"`
	Tools   []ImportedTool   `json:"tools,omitempty" maxItems:"10000" doc:"likewise"`
}

// ImportedDevice is a device of a source.
type ImportedDevice struct {
	Name string     `json:"name"`
	Spec DeviceSpec `json:"spec"`
}

// ImportedTool is a tool of a source.
type ImportedTool struct {
	Name string   `json:"name"`
	Spec ToolSpec `json:"spec"`
}

// ImportResult is what became, or would become, of each entry.
type ImportResult struct {
	Source  string           `json:"source"`
	DryRun  bool             `json:"dryRun" doc:"nothing was stored"`
	Objects []ImportedObject `json:"objects" doc:"in the order of the body, those that vanished last"`
}

// ImportedObject is what became of one entry.
type ImportedObject struct {
	Kind    string   `json:"kind" doc:"device or tool"`
	Name    string   `json:"name"`
	Action  string   `json:"action" doc:"created, changed, unchanged, retired or refused"`
	Changed []string `json:"changed,omitempty" doc:"fields that changed"`
	Reasons []Reason `json:"reasons,omitempty" doc:"why it is refused; what is stored under the name stays as it is"`
}

type (
	importInput struct {
		Source string `path:"source" enum:"containerlab,netbox" doc:"where the entries come from"`
		DryRunParam
		Shrink bool `query:"shrink" doc:"true: it is right that more than half of the devices that came from netbox have vanished; without, such an import is refused (409), since a token that may see less answers so, too"`
	}
	importOutput struct{ Body ImportResult }
)

func (s *server) registerImports() {
	register(s, endpoint{id: "import", method: http.MethodPost, path: Base + "/imports/{source}", tag: "devices",
		summary: "Import devices and tools from a source", access: mirror.Admin, body: reflect.TypeFor[ImportBody](),
		doc: "Stores what the source knows as managed by it: writes through other doors are 409 then. What it does not know any more becomes retired, and is never deleted by itself. " +
			"An entry that cannot be, such as one whose name another door holds, is refused by itself, and the others are stored. dryRun tells what would become of each.",
		answers:  []answer{{status: http.StatusOK, body: reflect.TypeFor[ImportResult]()}},
		problems: []int{http.StatusConflict, http.StatusUnprocessableEntity}}, s.importInventory)
}

func (s *server) importInventory(ctx context.Context, in *importInput) (*importOutput, error) {
	body, err := decodeUpTo(s, maxManifest, bodyOf(ctx), func(ImportBody) []mirror.Reason { return nil })
	if err != nil {
		return nil, explainFormer(err)
	}
	what := engine.Imported{Source: in.Source, Guard: in.Source == mirror.ManagedByNetBox, Shrink: in.Shrink}
	for _, d := range body.Devices {
		what.Devices = append(what.Devices, d.Spec.domain(d.Name))
	}
	for _, t := range body.Tools {
		what.Tools = append(what.Tools, t.Spec.domain(t.Name))
	}
	objects, err := s.engine.ImportFrom(ctx, engine.Write{Actor: actorOf(ctx)}, what, in.DryRun)
	if err != nil {
		return nil, err
	}
	out := ImportResult{Source: in.Source, DryRun: in.DryRun, Objects: []ImportedObject{}}
	for _, o := range objects {
		made := ImportedObject{Kind: o.Kind, Name: clean(o.Name), Action: o.Action, Changed: o.Changed}
		if len(o.Reasons) > 0 {
			made.Reasons = reasonsOf(o.Reasons)
		}
		out.Objects = append(out.Objects, made)
	}
	return &importOutput{out}, nil
}
