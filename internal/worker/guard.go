package worker

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// The destination guard decides on facts of now before each push that makes
// copies end at a port. The ports are named in the read that precedes, so that
// this costs no round trip of its own.

// ToolPorts are the ports of a device at which tools are connected.
func ToolPorts(tx mirror.Tx, info plan.DeviceInfo) ([]mirror.PortName, error) {
	tools, err := tx.Tools(mirror.Page{})
	if err != nil {
		return nil, err
	}
	var out []mirror.PortName
	for _, t := range tools {
		if t.Device == info.Device.Name && t.Interface != "" {
			ports, _ := info.Ports(t.Interface) // one that is no port is nobody's
			out = append(out, ports...)
		}
	}
	return out, nil
}

// expect names the ports of goals that are about to be pushed, before the read
// that the push rests on.
func (p *pass) expect(ctx context.Context) (look mirror.Look, err error) {
	err = p.s.Store.View(ctx, func(tx mirror.Tx) error {
		if p.rows, err = tx.PlacementsByDevice(p.w.name); err != nil {
			return err
		}
		p.info.Taken = plan.Taken(p.rows)
		var ports []mirror.PortName
		for _, row := range p.rows {
			if f := row.Goal; f == nil || !p.moving(row) || f.Spec.Role.OnlyFootings() {
				continue
			}
			for _, d := range row.Goal.Spec.Destinations {
				if row.Applied == nil || !slices.Contains(row.Applied.Spec.Destinations, d) {
					ports = append(ports, d)
				}
			}
		}
		if len(ports) == 0 {
			return nil
		}
		p.info.Tools, err = ToolPorts(tx, p.info)
		look = plan.LookAt(p.info, ports)
		return err
	})
	return look, err
}

// landing names the ports at which changes make copies end.
func (p *pass) landing(ctx context.Context, changes []mirror.Change) (mirror.Look, error) {
	var ports []mirror.PortName
	for _, c := range changes {
		ports = append(ports, plan.Landings(c)...)
	}
	if len(ports) == 0 {
		return mirror.Look{}, nil
	}
	err := p.s.Store.View(ctx, func(tx mirror.Tx) (err error) {
		p.info.Tools, err = ToolPorts(tx, p.info)
		return err
	})
	return plan.LookAt(p.info, ports), err
}

// guard refuses those of the changes whose copies must not end where they would,
// and reports whether it refused any.
func (p *pass) guard(changes []mirror.Change) bool {
	any := false
	for _, c := range changes {
		forced := slices.ContainsFunc(p.concerned(c), func(row mirror.Placement) bool {
			f := p.standing(row)
			return f != nil && f.Force
		})
		var refused, warned []mirror.Reason
		for _, port := range plan.Landings(c) {
			no, yes := plan.Guard(port, forced, p.info)
			refused, warned = append(refused, no...), append(warned, yes...)
		}
		for _, r := range warned {
			p.s.Log.Info("destination in use", "device", p.w.name, "mark", c.Mark, "detail", r.Message)
		}
		if len(refused) > 0 {
			any = true
			p.refuse(c, guardError(refused))
		}
	}
	return any
}

// A guardError is why copies must not end at a port.
type guardError []mirror.Reason

func (g guardError) Error() string {
	texts := make([]string, len(g))
	for i, r := range g {
		texts[i] = r.Message
	}
	return strings.Join(texts, "; ")
}

// Unwrap gives the kind.
func (g guardError) Unwrap() error { return mirror.ErrConflict }

// refusalReason is the CamelCase reason of a condition after a refusal.
func refusalReason(cause error, otherwise string) string {
	var g guardError
	if errors.As(cause, &g) {
		return "DestinationInUse"
	}
	if errors.As(cause, new(notHeld)) {
		return "NotHeld"
	}
	if errors.Is(cause, mirror.ErrPlanStale) {
		return mirror.ReasonPlanStale
	}
	return otherwise
}
