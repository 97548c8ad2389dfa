package web

import (
	"slices"
	"strings"

	"github.com/netmirror/netmirror/client"
)

// Bounds of what is suggested: a form stays small in a large fleet, and what is not
// suggested can be typed.
const (
	suggestedDevices = 400
	suggestedTools   = 200
	suggestedPorts   = 2000
	devicesWithPorts = 6
)

// A portList are the ports of one device.
type portList struct {
	Device string
	Ports  []client.Interface
}

// A toolChoice is a tool that copies may go to.
type toolChoice struct {
	Name, Where, How  string
	Free              string
	Shape             string
	Width, Mark       string
	Checked, Gone     bool
	capacity, offered int64
}

// A leaseOption is a choice: its value, its words, and whether it is taken.
type leaseOption struct {
	Value, Text string
	On          bool
}

// suggest fills what the form offers.
func (p *newPage) suggest(v *visit) error {
	for d, err := range v.cl.AllDevices(v.Context(), client.ListDevicesOptions{}) {
		if err != nil {
			return err
		}
		if p.Devices = append(p.Devices, d.Name); len(p.Devices) >= suggestedDevices {
			break
		}
	}
	for f, err := range v.cl.AllFilters(v.Context(), client.ListFiltersOptions{}) {
		if err != nil {
			return err
		}
		p.Filters = append(p.Filters, f.Name)
	}
	seen := map[string]bool{"": true}
	var named []string
	for _, r := range p.Sources {
		named = append(named, r.Device)
	}
	for _, r := range p.Places {
		named = append(named, r.Device)
	}
	for _, device := range named {
		if seen[device] || len(p.Ports) >= devicesWithPorts {
			continue
		}
		seen[device] = true
		if list, err := portsOf(v, device); err == nil { // one that is not there is told of at its row
			p.Ports = append(p.Ports, list)
		}
	}
	p.Leases = p.leases(v)
	return p.tools(v)
}

// portsOf are the ports of a device as far as they were read.
func portsOf(v *visit, device string) (portList, error) {
	out := portList{Device: device}
	for i, err := range v.cl.AllInterfaces(v.Context(), device, client.ListInterfacesOptions{Limit: 500}) {
		if err != nil {
			return out, err
		}
		if out.Ports = append(out.Ports, i); len(out.Ports) >= suggestedPorts {
			break
		}
	}
	slices.SortStableFunc(out.Ports, func(a, b client.Interface) int { return naturally(a.Name, b.Name) })
	return out, nil
}

// naturally compares names with the numbers in them as numbers: 1/0/2 before 1/0/10.
func naturally(a, b string) int {
	for a != "" && b != "" {
		x, y := leading(a), leading(b)
		p, q := a[:x], b[:y]
		if p[0] >= '0' && p[0] <= '9' && q[0] >= '0' && q[0] <= '9' {
			p, q = strings.TrimLeft(p, "0"), strings.TrimLeft(q, "0")
			if len(p) != len(q) {
				return len(p) - len(q)
			}
		}
		if c := strings.Compare(p, q); c != 0 {
			return c
		}
		a, b = a[x:], b[y:]
	}
	return len(a) - len(b)
}

// leading is the length of the run of digits, or of no digits, that text begins with.
func leading(text string) int {
	digit := func(i int) bool { return text[i] >= '0' && text[i] <= '9' }
	n := 1
	for n < len(text) && digit(n) == digit(0) {
		n++
	}
	return n
}

// About is what is said of a port where it is suggested.
func (l portList) About(i client.Interface) string {
	var out []string
	switch {
	case i.Up == "False":
		out = append(out, "down")
	case i.Speed != nil:
		out = append(out, rate(i.Speed))
	}
	if i.AccessVLAN != nil {
		out = append(out, "VLAN "+count(i.AccessVLAN))
	}
	for _, c := range i.CabledTo {
		out = append(out, "to "+strings.TrimSpace(c.Device+" "+c.Interface))
	}
	return strings.Join(out, ", ")
}

func (p *newPage) leases(v *visit) []leaseOption {
	today := evening(v.now)
	words := "until 18:00"
	if today.YearDay() != v.now.YearDay() {
		words = "until 18:00 tomorrow"
	}
	out := []leaseOption{{"1h", "1 h", false}, {eveningChoice(v.now), words, false}, {"24h", "1 day", false}, {"168h", "7 days", false}, {leaseNone, "no end", false}, {leaseOther, "other", false}}
	if strings.HasPrefix(p.Lease, leaseUntil) { // chosen when another evening was the next
		out[1].Value = p.Lease
	}
	if lease, ok := p.kept["lease"].(map[string]any); ok && leaseChoice(p.kept, v.now) == leaseKept {
		out = append([]leaseOption{{leaseKept, "as it is: " + leaseText(lease), false}}, out...)
	}
	for i := range out {
		out[i].On = out[i].Value == p.Lease
	}
	return out
}

// tools are all tools with the room that they have; those that are ticked first where
// there are too many.
func (p *newPage) tools(v *visit) error {
	loads := map[string]client.Load{}
	for l, err := range v.cl.AllLoads(v.Context(), client.ListLoadsOptions{}) {
		if err != nil {
			return err
		}
		if l.Tool != "" {
			loads[l.Tool] = l
		}
	}
	speeds := map[string]portList{}
	for t, err := range v.cl.AllTools(v.Context(), client.ListToolsOptions{}) {
		if err != nil {
			return err
		}
		c := toolChoice{Name: t.Name, Where: toolPlace(t.Spec), How: p.reach(t.Spec), Checked: slices.Contains(p.Tools, t.Name)}
		c.room(v, t.Spec, loads[t.Name], speeds)
		if c.Checked || len(p.Choices) < suggestedTools {
			p.Choices = append(p.Choices, c)
		}
	}
	for _, name := range p.Tools {
		if !slices.ContainsFunc(p.Choices, func(c toolChoice) bool { return c.Name == name }) {
			p.Choices = append(p.Choices, toolChoice{Name: name, Where: "no tool of this name is known", Checked: true, Gone: true})
		}
	}
	return nil
}

func toolPlace(t client.ToolSpec) string {
	if t.IP != "" {
		return t.IP
	}
	return t.Device + " " + t.Interface
}

// reach says how copies of the sources would come to a tool.
func (p *newPage) reach(t client.ToolSpec) string {
	var from []string
	for _, r := range p.Sources {
		if r.Device != "" && !slices.Contains(from, r.Device) {
			from = append(from, r.Device)
		}
	}
	switch {
	case t.IP != "":
		return "over the network (ERSPAN): needs an ERSPAN number"
	case len(from) == 0:
		return ""
	case len(from) == 1 && from[0] == t.Device:
		return "on the same switch"
	}
	return "on another switch: needs a remote VLAN and its path"
}

// room is how much more a tool may be offered.
func (c *toolChoice) room(v *visit, t client.ToolSpec, load client.Load, speeds map[string]portList) {
	c.offered = load.Offered
	switch {
	case load.Capacity != nil:
		c.capacity = *load.Capacity
	case t.Capacity != nil:
		c.capacity = *t.Capacity
	case t.Device != "":
		list, ok := speeds[t.Device]
		if !ok && len(speeds) < devicesWithPorts {
			list, _ = portsOf(v, t.Device) // what is not known is said so
			speeds[t.Device] = list
		}
		for _, i := range list.Ports {
			if i.Speed != nil && samePort(t.Interface, i.Name) {
				c.capacity = *i.Speed
			}
		}
	}
	if c.capacity == 0 {
		c.Free = "room not known"
		return
	}
	share := 0.8
	if t.MaxUtilization != nil {
		share = *t.MaxUtilization
	}
	limit := int64(float64(c.capacity) * share)
	c.Free = of(max(0, limit-c.offered), limit) + " free"
	c.Width, c.Mark = part(min(c.offered, c.capacity), c.capacity), part(limit, c.capacity)
	if c.offered > limit {
		c.Shape = shapeSoon
	}
}
