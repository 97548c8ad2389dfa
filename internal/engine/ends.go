package engine

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// What comes to an end is reckoned of what is accepted, whatever relief has made of
// it: the target of a placement, and while its rollout is open also what it holds and
// may go back to. An intent that waits to be decided has no placements of its own yet:
// it reserves nothing, and is judged when it is decided.

// An endFeeds is what comes to one end.
type endFeeds struct {
	end   capacity.End // with the tool there, if there is one
	tool  *mirror.Tool
	feeds []capacity.Feed // of all sessions
	// crowded says that others than the asking session copy there.
	crowded bool
}

// key names an end.
func endKey(end capacity.End) string {
	return fmt.Sprintf("%s\x00%s\x00%s\x00%t", end.Device, end.Port, end.IP, end.Link)
}

// ends lists the ends of feeds, each once, in their order.
func ends(feeds []capacity.Feed) []capacity.End {
	var out []capacity.End
	for _, f := range feeds {
		for _, e := range f.Ends {
			if !slices.ContainsFunc(out, e.Same) {
				out = append(out, e)
			}
		}
	}
	return out
}

// others gathers what all sessions but one feed to an end.
func (s *sight) others(end capacity.End, but string) ([]capacity.Feed, error) {
	rows, err := s.near(end)
	if err != nil {
		return nil, err
	}
	named, known := map[string]bool{}, map[string][]mirror.Placement{}
	vlans := map[int]bool{} // remote VLANs whose copies come to the end
	for _, row := range rows {
		known[row.Session] = append(known[row.Session], row)
		for _, f := range claims(row) {
			if at, vlan := comes(f, end); at {
				named[row.Session] = true
				if vlan != 0 {
					vlans[vlan] = true
				}
			}
		}
	}
	for _, row := range rows { // who else copies into such a VLAN on the device, or hears of it
		if len(vlans) == 0 {
			break
		}
		for _, f := range claims(row) {
			if vlans[f.Spec.RemoteVLAN] {
				named[row.Session] = true
			}
		}
	}
	delete(named, but)
	var out []capacity.Feed
	for _, name := range slices.Sorted(maps.Keys(named)) {
		feeds, err := s.sessionFeeds(name, known[name], len(vlans) > 0)
		if err != nil {
			return nil, err
		}
		theirs := to(feeds, end, vlans)
		if end.Link {
			if err := s.running(name, theirs); err != nil {
				return nil, err
			}
		}
		out = append(out, theirs...)
	}
	return out, nil
}

// near are the placements among which are those that end, or pass, at an end.
func (s *sight) near(end capacity.End) ([]mirror.Placement, error) {
	if end.Port == "" {
		return s.tx.PlacementsByCollector(end.IP)
	}
	return s.tx.PlacementsByDevice(end.Device)
}

// comes reports whether copies of a fragment end, or pass, at an end, and out of which
// remote VLAN.
func comes(f mirror.Fragment, end capacity.End) (bool, int) {
	switch {
	case end.Port == "":
		return f.Spec.Role == mirror.RoleERSPANSource && f.Spec.Options.Collector == end.IP, 0
	case end.Link:
		named := len(f.Spec.Trunks) == 0 || slices.Contains(f.Spec.Trunks, end.Port)
		return f.Spec.RemoteVLAN != 0 && named, f.Spec.RemoteVLAN
	}
	return slices.Contains(f.Spec.Destinations, end.Port), f.Spec.RemoteVLAN
}

// to keeps the feeds that come to an end. Copies in a remote VLAN come to whoever
// listens to it.
func to(feeds []capacity.Feed, end capacity.End, vlans map[int]bool) (out []capacity.Feed) {
	for _, f := range feeds {
		switch {
		case slices.ContainsFunc(f.Ends, end.Same):
		case vlans[f.RemoteVLAN] && !end.Link && arrives(f):
			f.Ends = append(slices.Clone(f.Ends), end)
		default:
			continue
		}
		out = append(out, f)
	}
	return out
}

// arrives reports whether a feed comes to an end that is no link: what may pass on
// links is a feed of its own.
func arrives(f capacity.Feed) bool {
	return slices.ContainsFunc(f.Ends, func(e capacity.End) bool { return !e.Link })
}

// includedAfter is how long copies must have flowed until what a link was read to
// carry has them in it.
const includedAfter = 5 * time.Minute

// running marks the feeds of a session that a link carries already.
func (s *sight) running(name string, feeds []capacity.Feed) error {
	rec, err := s.tx.Session(name)
	if errors.Is(err, mirror.ErrNotFound) || err == nil && rec.Operation == "" {
		return nil
	}
	if err != nil {
		return err
	}
	op, err := s.tx.Operation(rec.Operation)
	if err != nil || op.State != mirror.OpSucceeded || time.Since(op.Finished) < includedAfter {
		return err
	}
	rows, err := s.tx.Placements(name)
	if err != nil {
		return err
	}
	var held []mirror.Fragment
	for _, row := range rows {
		if row.Applied != nil {
			held = append(held, *row.Applied)
		}
	}
	flows := capacity.FeedsOf(name, held, s)
	for i := range feeds {
		feeds[i].Running = slices.ContainsFunc(flows, func(f capacity.Feed) bool {
			return f.Device == feeds[i].Device && f.Native == feeds[i].Native && reflect.DeepEqual(f.Sources, feeds[i].Sources)
		})
	}
	return nil
}

// sessionFeeds is what a session feeds to its ends. rows are those of its placements
// that are near the end that is looked at; where copies come from far, in a remote VLAN
// or out of a tunnel, the others are looked up.
func (s *sight) sessionFeeds(name string, rows []mirror.Placement, far bool) ([]capacity.Feed, error) {
	for _, row := range rows {
		far = far || row.Role != mirror.RoleLocal && row.Role != mirror.RoleERSPANSource
	}
	if far {
		var err error
		if rows, err = s.tx.Placements(name); err != nil {
			return nil, err
		}
	}
	return capacity.FeedsOf(name, united(rows), s), nil
}

// united are the fragments that placements may come to hold: where what one wants and
// what it holds end at the same place, they are one fragment of all their sources, with
// the options that let the most through, so that nothing is counted twice.
func united(rows []mirror.Placement) []mirror.Fragment {
	var out []mirror.Fragment
	for _, row := range rows {
		first := len(out)
		for _, f := range claims(row) {
			i := slices.IndexFunc(out[first:], func(o mirror.Fragment) bool {
				return o.Spec.Ends() == f.Spec.Ends() && o.Spec.RemoteVLAN == f.Spec.RemoteVLAN
			})
			if i < 0 {
				out = append(out, f)
				continue
			}
			out[first+i].Spec = most(out[first+i].Spec, f.Spec)
		}
	}
	return out
}

// targets are the fragments that an accepted intent wants.
func targets(rows []mirror.Placement) (out []mirror.Fragment) {
	for _, row := range rows {
		if f := row.Intended(); f != nil {
			out = append(out, *f)
		}
	}
	return out
}

// most is a spec that copies at least what each of two does.
func most(a, b mirror.NativeSpec) mirror.NativeSpec {
	a.Sources = slices.Concat(a.Sources, b.Sources)
	a.Trunks = slices.Concat(a.Trunks, b.Trunks)
	larger := func(x, y int) int { // 0 = no bound
		if x == 0 || y == 0 {
			return 0
		}
		return max(x, y)
	}
	a.Options.Truncate = larger(a.Options.Truncate, b.Options.Truncate)
	a.Options.Sample = min(a.Options.Sample, b.Options.Sample)
	if len(a.Options.FilterVLANs) == 0 || len(b.Options.FilterVLANs) == 0 {
		a.Options.FilterVLANs = nil
	} else {
		a.Options.FilterVLANs = slices.Concat(a.Options.FilterVLANs, b.Options.FilterVLANs)
	}
	if a.Options.Filter == "" || b.Options.Filter == "" {
		a.Options.Filter, a.Rules = "", nil
	}
	return a.Normalize()
}

// at names the tool of an end: the one that the session names there, else the first by
// name that is declared there.
func (s *sight) at(end capacity.End, asking mirror.Session) (endFeeds, error) {
	out := endFeeds{end: end}
	if end.Link {
		return out, nil
	}
	tools, err := s.toolsAt(end)
	if err != nil || len(tools) == 0 {
		return out, err
	}
	out.tool = &tools[0]
	for i, tool := range tools {
		if slices.ContainsFunc(asking.Destinations, func(d mirror.Destination) bool { return d.Tool == tool.Name }) {
			out.tool = &tools[i]
			break
		}
	}
	out.end.Tool = out.tool.Name
	return out, nil
}

// toolsAt are the tools at an end, by name; looked up once.
func (s *sight) toolsAt(end capacity.End) ([]mirror.Tool, error) {
	key := endKey(end)
	if list, there := s.toolsBy[key]; there {
		return list, nil
	}
	if s.tools == nil {
		all, err := s.tx.Tools(mirror.Page{})
		if err != nil {
			return nil, err
		}
		s.tools = append([]mirror.Tool{}, all...)
	}
	var list []mirror.Tool
	for _, tool := range s.tools {
		there, err := s.isAt(tool, end)
		if err != nil {
			return nil, err
		}
		if there {
			list = append(list, tool)
		}
	}
	s.toolsBy[key] = list
	return list, nil
}

// isAt reports whether a tool is connected at an end.
func (s *sight) isAt(tool mirror.Tool, end capacity.End) (bool, error) {
	if tool.Device == "" {
		return end.IP != "" && tool.IP == end.IP, nil
	}
	if tool.Device != end.Device || end.Port == "" {
		return false, nil
	}
	d, _, err := s.tx.Device(tool.Device)
	if errors.Is(err, mirror.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	drv, err := s.e.driver(d)
	if err != nil {
		return false, nil //nolint:nilerr // a platform without a driver has no ports
	}
	ports, err := drv.Ports(tool.Interface)
	return err == nil && slices.Contains(ports, end.Port), nil
}

// question is what is asked of an end for a session with such settings.
func (s *sight) question(at endFeeds, of mirror.Session) capacity.Question {
	q := capacity.Question{End: at.end, Session: of.Name, Feeds: at.feeds, Mode: mirror.AdmissionEnforce, Basis: mirror.BasisMeasured}
	share := 0.0
	if a := of.Admission; a != nil {
		q.Mode, q.Basis, share = cmp.Or(a.Mode, q.Mode), cmp.Or(a.Basis, q.Basis), a.MaxUtilization
	}
	if at.tool != nil && at.tool.MaxUtilization != 0 && (share == 0 || at.tool.MaxUtilization < share) {
		share = at.tool.MaxUtilization
	}
	q.MaxUtilization = cmp.Or(share, capacity.DefaultUtilization)
	q.Capacity, q.From = s.capacityOf(at)
	return q
}

// capacityOf is what an end can take, and what that is.
func (s *sight) capacityOf(at endFeeds) (mirror.BitsPerSecond, string) {
	var speed mirror.BitsPerSecond
	from := ""
	if at.end.Port != "" {
		d := s.device(at.end.Device)
		if p, ok := d.Observation.Port(at.end.Port); ok {
			speed, from = s.speed(d, p)
		}
	}
	if at.tool != nil && at.tool.Capacity != 0 && (speed == 0 || at.tool.Capacity <= speed) {
		return at.tool.Capacity, "capacity of tool " + at.tool.Name
	}
	if speed == 0 {
		return 0, ""
	}
	return speed, from
}
