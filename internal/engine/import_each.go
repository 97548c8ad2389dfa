package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// ActionRetired is what becomes of an entry that vanished from its source.
const ActionRetired = "retired"

// CodeShrunk is the code of a refused import of which most entries have vanished.
const CodeShrunk = "source-shrunk"

// An Imported is the whole of what a source knows.
type Imported struct {
	Source  string // of mirror.Imports
	Devices []mirror.Device
	Tools   []mirror.Tool
	// Shrink: it is right that more than half of what came from there has vanished. Without,
	// such an import is refused when Guard is set: a source that hides what somebody may not
	// see answers so, too.
	Guard, Shrink bool
}

// ImportFrom makes the entries of a source those of in: what is in it is stored as managed by
// the source, what is not any more becomes retired and is never deleted. An entry that
// cannot be is refused with its reasons, such as a name that another door holds, and the
// others are stored all the same. dryRun: nothing is stored. What became of each entry is
// told in the order of in, those that vanished last. ErrConflict is an import that Guard stops.
func (e *Engine) ImportFrom(ctx context.Context, w Write, in Imported, dryRun bool) ([]PlanObject, error) {
	var wr *writing
	write := func(tx mirror.Tx) error {
		wr = &writing{e: e, tx: newScratch(tx, !dryRun), w: w, now: time.Now().UTC(),
			m: mirror.Manifest{Devices: clone(in.Devices), Tools: clone(in.Tools)}}
		return wr.imported(in)
	}
	if dryRun {
		if err := e.store.View(ctx, write); err != nil {
			return nil, err
		}
		return wr.objects, nil
	}
	err := e.update(ctx, func(tx mirror.Tx) error {
		if err := write(tx); err != nil {
			return err
		}
		return wr.tx.flush()
	})
	if err != nil {
		return nil, err
	}
	return wr.objects, e.importStored(ctx, in.Source, wr)
}

// importStored has what was stored driven as it says now.
func (e *Engine) importStored(ctx context.Context, source string, wr *writing) error {
	for _, o := range wr.objects {
		if o.Action == ActionUnchanged || o.Action == ActionRefused {
			continue
		}
		if o.Action == ActionRetired {
			e.log.Warn("retired: its entry vanished", o.Kind, o.Name, "source", source)
		}
		switch o.Kind {
		case mirror.ObjectDevice:
			d, _, err := wr.tx.devices.get(o.Name)
			if err != nil {
				return err
			}
			if err := e.deviceStored(ctx, d, false); err != nil {
				return err
			}
		default:
			t, _, err := wr.tx.tools.get(o.Name)
			if err != nil {
				return err
			}
			e.readmitTool(ctx, t)
			e.cfg.Watch.ToolChanged(t.Name)
		}
	}
	return nil
}

// imported writes what a source knows, and retires what it does not any more.
func (wr *writing) imported(in Imported) error {
	devices, tools, err := wr.vanished(in)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	twice := func(kind, name string) error {
		if seen[kind+" "+name] {
			return mirror.Refuse(mirror.ErrInvalid, []mirror.Reason{{Pointer: "/name", Code: "duplicate-name", Message: fmt.Sprintf("%s %q is named twice", kind, name)}})
		}
		seen[kind+" "+name] = true
		return nil
	}
	for i, d := range wr.m.Devices {
		o := PlanObject{Kind: mirror.ObjectDevice, Name: d.Name, Pointer: "/devices/" + strconv.Itoa(i)}
		err := wr.object(o, func(o *PlanObject) error {
			if err := twice(o.Kind, d.Name); err != nil {
				return err
			}
			d.ManagedBy, d.Retired = in.Source, false
			d, err := wr.e.acceptDevice(d)
			if err != nil {
				return err
			}
			return wr.device(o, d)
		})
		if err != nil {
			return err
		}
	}
	for i, t := range wr.m.Tools {
		o := PlanObject{Kind: mirror.ObjectTool, Name: t.Name, Pointer: "/tools/" + strconv.Itoa(i)}
		err := wr.object(o, func(o *PlanObject) error {
			if err := twice(o.Kind, t.Name); err != nil {
				return err
			}
			t.ManagedBy, t.Retired = in.Source, false
			t, err := acceptTool(t)
			if err != nil {
				return err
			}
			return wr.tool(o, t)
		})
		if err != nil {
			return err
		}
	}
	return wr.retire(devices, tools)
}

// vanished are the entries of a source that it does not name any more.
func (wr *writing) vanished(in Imported) (devices []mirror.Device, tools []mirror.Tool, err error) {
	listed := map[string]bool{}
	for _, d := range in.Devices {
		listed[mirror.ObjectDevice+" "+d.Name] = true
	}
	for _, t := range in.Tools {
		listed[mirror.ObjectTool+" "+t.Name] = true
	}
	ours, gone := 0, []string{}
	stored, err := wr.tx.Devices(mirror.Page{})
	if err != nil {
		return nil, nil, err
	}
	for _, d := range stored {
		if d.ManagedBy != in.Source || d.Retired {
			continue
		}
		if ours++; !listed[mirror.ObjectDevice+" "+d.Name] {
			devices, gone = append(devices, d), append(gone, d.Name)
		}
	}
	receivers, err := wr.tx.Tools(mirror.Page{})
	if err != nil {
		return nil, nil, err
	}
	for _, t := range receivers {
		if t.ManagedBy == in.Source && !t.Retired && !listed[mirror.ObjectTool+" "+t.Name] {
			tools = append(tools, t)
		}
	}
	if in.Guard && !in.Shrink && 2*len(gone) > ours {
		return nil, nil, mirror.Refuse(mirror.ErrConflict, []mirror.Reason{{Code: CodeShrunk,
			Message: fmt.Sprintf("%d of the %d devices that came from %s are not in its answer any more (%s): nothing was changed", len(gone), ours, in.Source, fewNames(gone))}})
	}
	return devices, tools, nil
}

// fewNames are the first of many.
func fewNames(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// retire marks entries that vanished. What uses them is told so, and nothing is taken away.
func (wr *writing) retire(devices []mirror.Device, tools []mirror.Tool) error {
	for _, d := range devices {
		d.Retired = true
		err := wr.object(PlanObject{Kind: mirror.ObjectDevice, Name: d.Name, Action: ActionRetired}, func(*PlanObject) error {
			_, _, _, err := wr.e.storeDevice(wr.tx, wr.w, d, nil)
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, t := range tools {
		t.Retired = true
		err := wr.object(PlanObject{Kind: mirror.ObjectTool, Name: t.Name, Action: ActionRetired}, func(*PlanObject) error {
			_, _, _, err := wr.e.storeTool(wr.tx, wr.w, t)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
