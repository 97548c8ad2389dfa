package netbox

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// ref is a nested object. What is null has no id.
type ref struct {
	ID   int64  `json:"id"`
	Slug string `json:"slug"`
	Name string `json:"name"`
}

type ip struct {
	Address string `json:"address"` // with its prefix length
}

// device is one of dcim/devices as far as it is of use.
type device struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"` // "" = null
	Display string `json:"display"`
	Status  struct {
		Value string `json:"value"`
	} `json:"status"`
	Platform   ref `json:"platform"`
	DeviceType struct {
		Slug         string `json:"slug"`
		Manufacturer ref    `json:"manufacturer"`
	} `json:"device_type"`
	Role     ref   `json:"role"`
	OldRole  ref   `json:"device_role"` // as role was called before 3.6
	Site     ref   `json:"site"`
	Tenant   ref   `json:"tenant"`
	Location ref   `json:"location"`
	Tags     []ref `json:"tags"`
	IP       ip    `json:"primary_ip"`
	IPv4     ip    `json:"primary_ip4"`
	IPv6     ip    `json:"primary_ip6"`
	OOB      ip    `json:"oob_ip"`
	Chassis  struct {
		Master ref `json:"master"`
	} `json:"virtual_chassis"`
	Custom map[string]any `json:"custom_fields"` // of any shape
}

func (d device) role() string { return cmp.Or(d.Role.Slug, d.OldRole.Slug) }

// stackOf is the master of the stack that a device is a member of and not the master; 0 = none.
func (d device) stackOf() int64 {
	if d.Chassis.Master.ID == d.ID {
		return 0
	}
	return d.Chassis.Master.ID
}

// port is one of dcim/interfaces.
type port struct {
	ID     int64           `json:"id"`
	Device ref             `json:"device"`
	Name   string          `json:"name"`
	Speed  json.RawMessage `json:"speed"` // kb/s, or null
	// Ends are those of a whole path; of a cable that leads to a circuit or a console
	// port they are of another shape, so that each is decoded by itself.
	EndsType  string          `json:"connected_endpoints_type"`
	Ends      json.RawMessage `json:"connected_endpoints"`
	Reachable *bool           `json:"connected_endpoints_reachable"` // false = a part of the path is planned only
	// Before 3.3 a path had one end.
	EndType      string          `json:"connected_endpoint_type"`
	End          json.RawMessage `json:"connected_endpoint"`
	EndReachable *bool           `json:"connected_endpoint_reachable"`
}

// speed is that of a port; 0 = NetBox does not tell.
func (p port) speed() mirror.BitsPerSecond {
	kilo, err := strconv.ParseUint(string(p.Speed), 10, 50)
	if err != nil {
		return 0
	}
	return mirror.BitsPerSecond(kilo * 1000)
}

// ends are what is at the other end of a port's cable, as far as those are interfaces.
func (p port) ends() (out []endpoint) {
	raw := []json.RawMessage{p.End}
	kind, reachable := p.EndType, p.EndReachable
	if p.Ends != nil {
		kind, reachable, raw = p.EndsType, p.Reachable, nil
		_ = json.Unmarshal(p.Ends, &raw) // null is none
	}
	if kind != "dcim.interface" || reachable != nil && !*reachable {
		return nil
	}
	for _, r := range raw {
		var e endpoint
		if json.Unmarshal(r, &e) == nil && e.Device.ID != 0 {
			out = append(out, e)
		}
	}
	return out
}

type endpoint struct {
	ID     int64  `json:"id"`
	Device ref    `json:"device"`
	Name   string `json:"name"`
}

// platform is one of dcim/platforms; newer versions have them below each other.
type platform struct {
	ID     int64  `json:"id"`
	Slug   string `json:"slug"`
	Parent ref    `json:"parent"`
}

// Answer is what a NetBox knows of the devices that were asked for.
type Answer struct {
	devices   []device
	ports     []port
	platforms []platform
	members   map[int64]int64 // of stacks, to the masters that stand for them
	asked     string          // by which filters
}

// usual is what is asked for where nobody says anything about it.
var usual = url.Values{"status": {"active"}, "has_primary_ip": {"true"}}

// filters are what may be asked for: what a device must be like that fits a value. NetBox
// passes over filters that it does not know, so each is checked on what it answers.
var filters = map[string]func(device, string) bool{
	"status":         func(d device, v string) bool { return d.Status.Value == v },
	"has_primary_ip": func(d device, v string) bool { return (d.primary() != "") == (v == "true") },
	"role":           func(d device, v string) bool { return d.role() == v },
	"site":           func(d device, v string) bool { return d.Site.Slug == v },
	"tenant":         func(d device, v string) bool { return d.Tenant.Slug == v },
	"platform":       nil, // a platform stands for those below it, too: the server's word is taken, see platformFits
	"manufacturer":   func(d device, v string) bool { return d.DeviceType.Manufacturer.Slug == v },
	"device_type":    func(d device, v string) bool { return d.DeviceType.Slug == v },
	"name":           func(d device, v string) bool { return strings.EqualFold(d.Name, v) },
	"id":             func(d device, v string) bool { return strconv.FormatInt(d.ID, 10) == v },
	"tag": func(d device, v string) bool {
		return slices.ContainsFunc(d.Tags, func(t ref) bool { return t.Slug == v })
	},
}

// Filters checks what is asked for, NAME=VALUE each, and adds what is asked for usually:
// active devices, and those that have a primary address unless oob says that it is the other
// one that is meant. ErrInvalid names what could not be checked.
func Filters(given []string, oob bool) (url.Values, error) {
	out := cloned(usual)
	if oob {
		out.Del("has_primary_ip")
	}
	fresh := map[string]bool{}
	for _, text := range given {
		name, value, ok := strings.Cut(text, "=")
		if _, known := filters[name]; !ok || !known || value == "" {
			return nil, fmt.Errorf("netbox: filter %q: NAME=VALUE with one of %s; NetBox passes over others in silence, and answers with everything: %w",
				text, strings.Join(slices.Sorted(maps.Keys(filters)), ", "), mirror.ErrInvalid)
		}
		if name == "has_primary_ip" && value != "true" && value != "false" {
			return nil, fmt.Errorf("netbox: filter %q: true or false: %w", text, mirror.ErrInvalid)
		}
		if !fresh[name] {
			out.Del(name)
			fresh[name] = true
		}
		out.Add(name, value)
	}
	return out, nil
}

func (d device) primary() string { return address(d.IP, d.IPv4, d.IPv6) }

// address is the first of several, without its prefix length.
func address(of ...ip) string {
	for _, a := range of {
		if host, _, _ := strings.Cut(a.Address, "/"); host != "" {
			return host
		}
	}
	return ""
}

// errSlow ends a reading that takes too long.
var errSlow = errors.New("too slow")

// Read asks for devices by filters of Filters, for their interfaces, and for platforms.
// Everything, within ten minutes, or an error: half an answer would look like devices that
// vanished.
func (s *Server) Read(ctx context.Context, by url.Values) (Answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.whole, errSlow)
	defer cancel()
	a, err := s.read(ctx, by)
	if err != nil && errors.Is(context.Cause(ctx), errSlow) {
		err = fmt.Errorf("%w: not everything was told within %v; a filter asks for less: %w", err, s.whole, mirror.ErrTimeout)
	}
	if err != nil {
		return Answer{}, err
	}
	return a, nil
}

func (s *Server) read(ctx context.Context, by url.Values) (Answer, error) {
	a := Answer{members: map[int64]int64{}}
	a.asked, _ = url.QueryUnescape(strings.ReplaceAll(by.Encode(), "&", ", "))
	var err error
	if a.platforms, err = list(ctx, s, "/api/dcim/platforms/", nil, func(p platform) int64 { return p.ID }); err != nil {
		return a, err
	}
	query := cloned(by)
	query.Set("exclude", "config_context") // which the server reckons for each device
	if a.devices, err = list(ctx, s, "/api/dcim/devices/", query, func(d device) int64 { return d.ID }); err != nil {
		return a, err
	}
	slices.SortFunc(a.devices, func(x, y device) int { return cmp.Compare(x.ID, y.ID) })
	if err := a.fits(by); err != nil {
		return a, err
	}
	return a, s.ports(ctx, &a)
}

// ports asks for the interfaces of the devices. Those of a stack are those of its members,
// but not of members that are reached by themselves.
func (s *Server) ports(ctx context.Context, a *Answer) error {
	const together = 50 // device_id of one request
	var single []string
	alone := map[int64]bool{}
	for _, d := range a.devices {
		alone[d.ID] = d.stackOf() == 0 || d.primary() != ""
		if d.Chassis.Master.ID != d.ID && alone[d.ID] {
			single = append(single, strconv.FormatInt(d.ID, 10))
		}
	}
	for _, d := range a.devices {
		if d.Chassis.Master.ID != d.ID {
			continue
		}
		ports, err := list(ctx, s, "/api/dcim/interfaces/", url.Values{"virtual_chassis_member_id": {strconv.FormatInt(d.ID, 10)}}, portID)
		if err != nil {
			return err
		}
		for _, p := range ports {
			if p.Device.ID != d.ID && alone[p.Device.ID] {
				continue
			}
			a.members[p.Device.ID] = d.ID
			p.Device.ID = d.ID
			a.ports = append(a.ports, p)
		}
	}
	for ids := range slices.Chunk(single, together) {
		ports, err := list(ctx, s, "/api/dcim/interfaces/", url.Values{"device_id": ids}, portID)
		if err != nil {
			return err
		}
		a.ports = append(a.ports, ports...)
	}
	return nil
}

func portID(p port) int64 { return p.ID }

// fits refuses an answer that was not filtered as it was asked for.
func (a Answer) fits(by url.Values) error {
	for name, values := range by {
		for _, d := range a.devices {
			fits := func(v string) bool {
				if name == "platform" {
					return a.platformFits(d.Platform, v)
				}
				return filters[name](d, v)
			}
			one, all := slices.ContainsFunc(values, fits), !slices.ContainsFunc(values, func(v string) bool { return !fits(v) })
			if !one || name == "tag" && !all { // several values of one filter are any of them, of tags all
				return fmt.Errorf("netbox: the answer holds device %q, which does not fit %s=%s: the filter was not honoured, or a value is unknown to it (it is the slug that counts, such as berlin of a site called Berlin): %w",
					cmp.Or(d.Display, d.Name), name, strings.Join(values, ","), mirror.ErrParse)
			}
		}
	}
	return nil
}

func (a Answer) platformFits(p ref, slug string) bool {
	return slices.Contains(a.lineage(p), slug)
}

// lineage are the slugs of a platform and of those that it is below.
func (a Answer) lineage(p ref) (slugs []string) {
	slug, id := p.Slug, p.ID
	for range len(a.platforms) + 1 {
		if slug != "" {
			slugs = append(slugs, slug)
		}
		i := slices.IndexFunc(a.platforms, func(x platform) bool { return x.ID == id })
		if i < 0 || a.platforms[i].Parent.ID == 0 {
			return slugs
		}
		slug, id = a.platforms[i].Parent.Slug, a.platforms[i].Parent.ID
	}
	return slugs
}
