package engine

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// The destination guard decides on facts of now, twice: when an intent is
// accepted, and again before each push that makes copies end at a port. The
// ports are named in the read that precedes, so that this costs no round trip of
// its own.

// landings tells where copies of ours end already on a device, and which of its
// ports are tools'.
func (e *Engine) landings(tx mirror.Tx, info *plan.DeviceInfo) error {
	rows, err := tx.PlacementsByDevice(info.Device.Name)
	if err != nil {
		return err
	}
	info.Taken = taken(rows)
	info.Tools, err = toolPorts(tx, *info)
	return err
}

// taken are the ports at which copies of placements end, or ended before a
// rollout that is under way.
func taken(rows []mirror.Placement) []mirror.PortName {
	var out []mirror.PortName
	for _, row := range rows {
		for _, f := range []*mirror.Fragment{row.Applied, row.Good} {
			if f != nil && !f.Spec.Role.Footing() {
				out = append(out, f.Spec.Destinations...)
			}
		}
	}
	return out
}

func toolPorts(tx mirror.Tx, info plan.DeviceInfo) ([]mirror.PortName, error) {
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

// lookAt is a look that names ports, and those whose traffic may forbid.
func lookAt(info plan.DeviceInfo, ports []mirror.PortName) mirror.Look {
	look := mirror.Look{Ports: ports}
	for _, p := range ports {
		if info.Ends(p) {
			look.Traffic = append(look.Traffic, p)
		}
	}
	return look
}

// unite asks for everything that either look asks for.
func unite(a, b mirror.Look) mirror.Look {
	merge := func(x, y []mirror.PortName) []mirror.PortName {
		if len(x)+len(y) == 0 {
			return nil
		}
		out := slices.Concat(x, y)
		slices.Sort(out)
		return slices.Compact(out)
	}
	return mirror.Look{Whole: a.Whole || b.Whole, Ports: merge(a.Ports, b.Ports), Traffic: merge(a.Traffic, b.Traffic)}
}

// covers reports whether a look that was made told what another asks of ports.
func covers(made, asked mirror.Look) bool {
	has := func(list []mirror.PortName) func(mirror.PortName) bool {
		return func(p mirror.PortName) bool { return !slices.Contains(list, p) }
	}
	return !slices.ContainsFunc(asked.Ports, has(made.Ports)) && !slices.ContainsFunc(asked.Traffic, has(made.Traffic))
}

// acceptLooks names, for each device of a session, the destination ports that
// are decided about.
func (e *Engine) acceptLooks(tx mirror.Tx, s mirror.Session) (map[string]mirror.Look, error) {
	out := map[string]mirror.Look{}
	for _, name := range s.Devices() {
		out[name] = mirror.Look{}
	}
	for _, d := range s.Destinations {
		if d.Tool != "" {
			tool, _, err := tx.Tool(d.Tool)
			if errors.Is(err, mirror.ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			d.Device, d.Interface = tool.Device, tool.Interface
		}
		if d.Device == "" {
			continue
		}
		look, err := e.acceptLook(tx, d.Device, d.Interface)
		if err != nil {
			return nil, err
		}
		out[d.Device] = unite(out[d.Device], look)
	}
	return out, nil
}

// acceptLook names one port. What is wrong with its name is told later, with
// its place in the request.
func (e *Engine) acceptLook(tx mirror.Tx, device, port string) (mirror.Look, error) {
	d, _, err := tx.Device(device)
	if errors.Is(err, mirror.ErrNotFound) {
		return mirror.Look{}, nil
	}
	if err != nil {
		return mirror.Look{}, err
	}
	drv, err := e.driver(d)
	if err != nil {
		return mirror.Look{}, nil //nolint:nilerr // Expand refuses the device
	}
	ports, _ := drv.Ports(port)
	info := plan.DeviceInfo{Device: d, Ports: drv.Ports}
	if err := e.landings(tx, &info); err != nil {
		return mirror.Look{}, err
	}
	return lookAt(info, ports), nil
}

// guardAlone reports whether nothing but the destination guard refuses.
func guardAlone(r *mirror.Refusal) bool {
	return !slices.ContainsFunc(r.Reasons, func(x mirror.Reason) bool { return x.Code != plan.GuardCode })
}

// expect names the ports of goals that are about to be pushed, before the read
// that the push rests on.
func (p *pass) expect(ctx context.Context) (look mirror.Look, err error) {
	err = p.e.store.View(ctx, func(tx mirror.Tx) error {
		if p.rows, err = tx.PlacementsByDevice(p.w.name); err != nil {
			return err
		}
		p.info.Taken = taken(p.rows)
		var ports []mirror.PortName
		for _, row := range p.rows {
			if f := row.Goal; f == nil || !p.moving(row) || f.Spec.Role.Footing() {
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
		p.info.Tools, err = toolPorts(tx, p.info)
		look = lookAt(p.info, ports)
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
	err := p.e.store.View(ctx, func(tx mirror.Tx) (err error) {
		p.info.Tools, err = toolPorts(tx, p.info)
		return err
	})
	return lookAt(p.info, ports), err
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
			p.e.log.Info("destination in use", "device", p.w.name, "mark", c.Mark, "detail", r.Message)
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
	return otherwise
}
