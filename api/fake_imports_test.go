package api

import (
	"context"
	"fmt"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

func (f *fake) ImportFrom(_ context.Context, w engine.Write, in engine.Imported, dryRun bool) (out []engine.PlanObject, err error) {
	err = f.enter("ImportFrom")
	defer f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	f.writes = append(f.writes, w)
	for _, d := range in.Devices {
		d = d.WithDefaults()
		d.ManagedBy = in.Source
		o := engine.PlanObject{Kind: mirror.ObjectDevice, Name: d.Name, Action: engine.ActionCreated}
		switch old, had := f.devices[d.Name]; {
		case had && old.Device.ManagedBy != in.Source:
			o.Action, o.Reasons = engine.ActionRefused, []mirror.Reason{{Code: "conflict", Message: fmt.Sprintf("device %q is managed by %s", d.Name, old.Device.ManagedBy)}}
		case had:
			o.Action = engine.ActionUnchanged
		}
		if out = append(out, o); !dryRun && o.Action == engine.ActionCreated {
			f.devices[d.Name] = engine.DeviceView{Device: d, Version: 1}
		}
	}
	for _, t := range in.Tools {
		if out = append(out, engine.PlanObject{Kind: mirror.ObjectTool, Name: t.Name, Action: engine.ActionCreated}); !dryRun {
			t.ManagedBy = in.Source
			f.tools[t.Name] = engine.ToolView{Tool: t, Version: 1}
		}
	}
	return out, nil
}
