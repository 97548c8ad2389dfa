package netbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/inventory"
)

const token = "0123456789abcdef0123456789abcdef01234567"

// A box answers as a NetBox does: lists in pages, filters that it knows, 403 without a
// token. What it tells of the next page bears the name of an inner host, as behind a proxy.
type box struct {
	*httptest.Server
	t     *testing.T
	mu    sync.Mutex
	lists map[string][]map[string]any
	// size is the most entries of a page; deaf are filters that it passes over; faults are
	// given before answers, one each.
	size   int
	deaf   []string
	faults []func(http.ResponseWriter)
	asked  []string
	wants  string // the header of the token
	cursor bool   // pages by start=ID
	// between is done after each page that has a next one.
	between func()
}

func newBox(t *testing.T) *box {
	b := &box{t: t, size: 2, wants: "Token " + token, lists: map[string][]map[string]any{}}
	b.Server = httptest.NewServer(http.HandlerFunc(b.answer))
	t.Cleanup(b.Close)
	b.add("platforms", `{"id": 1, "slug": "ios-xe", "parent": null}`, `{"id": 2, "slug": "ios-xe-17", "parent": {"id": 1, "slug": "ios-xe"}}`, `{"id": 3, "slug": "eos"}`,
		`{"id": 4, "slug": "home-made"}`)
	return b
}

func (b *box) add(list string, entries ...string) {
	b.t.Helper()
	for _, text := range entries {
		var e map[string]any
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			b.t.Fatal(err, text)
		}
		b.lists[list] = append(b.lists[list], e)
	}
}

// named is a device as NetBox tells of it.
func named(id int, name, platform, address, more string) string {
	quoted := func(s string) string { return fmt.Sprintf("%q", s) }
	fields := []string{fmt.Sprintf(`"id": %d, "display": %q, "status": {"value": "active", "label": "Active"}, "a_field_of_2030": {"x": [1]}`, id, name)}
	if name != "" {
		fields = append(fields, `"name": `+quoted(name))
	} else {
		fields = append(fields, `"name": null`)
	}
	if platform != "" {
		ids := map[string]int{"ios-xe": 1, "ios-xe-17": 2, "eos": 3, "home-made": 4}
		fields = append(fields, fmt.Sprintf(`"platform": {"id": %d, "slug": %q, "name": "P"}`, ids[platform], platform))
	} else {
		fields = append(fields, `"platform": null`)
	}
	if address != "" {
		fields = append(fields, fmt.Sprintf(`"primary_ip": {"id": 1, "address": %q}`, address))
	} else {
		fields = append(fields, `"primary_ip": null, "primary_ip4": null`)
	}
	if more != "" {
		fields = append(fields, more)
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

func (b *box) answer(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, r.URL.String())
	if len(b.faults) > 0 {
		f := b.faults[0]
		b.faults = b.faults[1:]
		if f != nil {
			f(w)
			return
		}
	}
	if r.Header.Get("Authorization") != b.wants {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"detail": "Invalid v1 token"}`)
		return
	}
	name, ok := strings.CutPrefix(r.URL.Path, "/nb/api/dcim/")
	name = strings.TrimSuffix(name, "/")
	list, known := b.lists[name]
	if !ok || !known && name != "interfaces" && name != "devices" {
		http.NotFound(w, r)
		return
	}
	q := r.URL.Query()
	var kept []map[string]any
	for _, e := range list {
		if b.fits(e, q) {
			kept = append(kept, e)
		}
	}
	limit, _ := strconv.Atoi(q.Get("limit"))
	limit = min(limit, b.size) // silently
	from, _ := strconv.Atoi(q.Get("offset"))
	if b.cursor {
		start, _ := strconv.Atoi(q.Get("start"))
		for from = 0; from < len(kept) && int(kept[from]["id"].(float64)) < start; from++ {
		}
	}
	page := kept[min(from, len(kept)):min(from+limit, len(kept))]
	out := map[string]any{"count": len(kept), "next": nil, "previous": nil, "results": append([]map[string]any{}, page...)}
	if from+limit < len(kept) {
		q.Set("limit", strconv.Itoa(limit))
		if b.cursor {
			out["count"] = nil
			q.Set("start", fmt.Sprint(kept[from+limit]["id"]))
		} else {
			q.Set("offset", strconv.Itoa(from+limit))
		}
		out["next"] = "http://inner.invalid:8001" + r.URL.Path + "?" + q.Encode()
		if b.between != nil {
			defer b.between()
		}
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (b *box) fits(e map[string]any, q url.Values) bool {
	nested := func(field, in string) string {
		m, _ := e[field].(map[string]any)
		return fmt.Sprint(m[in])
	}
	for name, values := range q {
		if slices.Contains(b.deaf, name) {
			continue
		}
		switch name {
		case "status":
			if !slices.Contains(values, nested("status", "value")) {
				return false
			}
		case "site":
			if !slices.Contains(values, nested("site", "slug")) {
				return false
			}
		case "has_primary_ip":
			if (e["primary_ip"] != nil) != (values[0] == "true") {
				return false
			}
		case "device_id":
			if !slices.Contains(values, nested("device", "id")) {
				return false
			}
		case "virtual_chassis_member_id":
			if fmt.Sprint(e["stack"]) != values[0] {
				return false
			}
		}
	}
	return true
}

func (b *box) server() *Server {
	b.t.Helper()
	s, err := NewServer(b.URL+"/nb/", token, false, b.Client())
	if err != nil {
		b.t.Fatal(err)
	}
	s.pause = func(context.Context, time.Duration) error { return nil }
	return s
}

func (b *box) read(given ...string) (Answer, error) {
	b.t.Helper()
	by, err := Filters(given, false)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.server().Read(b.t.Context(), by)
}

var ours = inventory.Catalogue{Serves: drivers.Serves, Port: drivers.Port}

func told(f inventory.Found) string {
	var out strings.Builder
	for _, d := range f.Devices {
		t := d.Transports.Config
		fmt.Fprintf(&out, "%s: %s over %s at %s %s %v\n", d.Name, d.Platform, t.Protocol, t.Address, t.Credentials, d.Labels)
		for _, l := range d.Links {
			fmt.Fprintf(&out, "  %s - %s %s\n", l.Interface, l.Device, l.PeerInterface)
		}
	}
	for _, r := range f.Skipped {
		fmt.Fprintf(&out, "skipped %s: %s\n", r.About, r.Message)
	}
	for _, r := range f.Warnings {
		fmt.Fprintf(&out, "warning %s: %s\n", r.About, r.Message)
	}
	for _, m := range f.Missing {
		fmt.Fprintln(&out, m.Command())
	}
	return out.String()
}

// full is a box with some of everything.
func full(t *testing.T) *box {
	b := newBox(t)
	b.add("devices",
		named(7, "Acc-3F.example", "ios-xe-17", "10.1.2.3/24", `"site": {"id": 1, "slug": "berlin"}, "role": {"id": 1, "slug": "access"}, "tags": [{"id": 1, "slug": "netmirror"}], "virtual_chassis": null`),
		named(8, "leaf1", "eos", "", `"primary_ip": {"address": "2001:db8::8/64"}, "oob_ip": {"address": "192.0.2.8/24"}, "site": {"slug": "köln"}`),
		named(9, "stack", "ios-xe", "10.1.2.9/24", `"virtual_chassis": {"id": 4, "master": {"id": 9}}`),
		named(10, "", "eos", "10.1.2.10/24", ""),
		named(11, "LEAF1", "eos", "10.1.2.11/24", ""),
		named(12, "odd", "home-made", "10.1.2.12/24", ""),
		named(13, "bare", "", "10.1.2.13/24", ""))
	b.add("interfaces",
		`{"id": 1, "device": {"id": 7, "name": "Acc-3F.example"}, "name": "Gi1/0/1", "type": {"value": "1.6tbase-of-2030"}, "speed": 1000000, "connected_endpoints": [{"id": 4, "device": {"id": 8, "name": "leaf1"}, "name": "Et1"}], "connected_endpoints_type": "dcim.interface", "connected_endpoints_reachable": true}`,
		`{"id": 2, "device": {"id": 7}, "name": "uplink (left)", "speed": null, "connected_endpoints": [{"id": 9, "device": {"id": 99, "name": "core"}, "name": "1"}], "connected_endpoints_type": "dcim.interface"}`,
		`{"id": 3, "device": {"id": 7}, "name": "GigabitEthernet1/0/3", "connected_endpoints": [{"id": 1, "cid": "a circuit"}], "connected_endpoints_type": "circuits.circuittermination"}`,
		`{"id": 4, "device": {"id": 8}, "name": "Et1", "connected_endpoints": [{"id": 1, "device": {"id": 7, "name": "Acc-3F.example"}, "name": "Gi1/0/1"}], "connected_endpoints_type": "dcim.interface", "connected_endpoints_reachable": true}`,
		`{"id": 5, "device": {"id": 8}, "name": "Ethernet2", "connected_endpoints": [{"id": 6, "device": {"id": 99, "name": "rec 1"}, "name": "eth0"}], "connected_endpoints_type": "dcim.interface", "connected_endpoints_reachable": true}`,
		`{"id": 6, "device": {"id": 8}, "name": "Ethernet3", "connected_endpoints": [{"id": 6, "device": {"id": 99, "name": "planned"}, "name": "eth0"}], "connected_endpoints_type": "dcim.interface", "connected_endpoints_reachable": false}`,
		`{"id": 7, "device": {"id": 8}, "name": "Ethernet4", "connected_endpoints": null, "connected_endpoints_type": null, "connected_endpoints_reachable": null}`,
		`{"id": 8, "device": {"id": 21, "name": "stack-2"}, "stack": 9, "name": "Gi2/0/1", "connected_endpoints": [{"id": 6, "device": {"id": 99, "name": "ap"}, "name": "eth0"}], "connected_endpoints_type": "dcim.interface"}`)
	return b
}

func TestDevicesOfManyPages(t *testing.T) {
	for _, cursor := range []bool{false, true} {
		b := full(t)
		b.cursor = cursor
		a, err := b.read()
		if err != nil {
			t.Fatal(err)
		}
		o := Options{Catalogue: ours, Profiles: []mirror.Profile{{Name: "campus", For: mirror.Bindings{"10.1.0.0/16"}}, {Name: "all", For: mirror.Bindings{mirror.Any}}}}
		want := `acc-3f-example: cisco_iosxe over cli at 10.1.2.3 campus map[role:access site:berlin tag/netmirror:true]
  GigabitEthernet1/0/1 - leaf1 Ethernet1
leaf1: arista_eos over cli at 2001:db8::8  map[]
  Ethernet1 - acc-3f-example GigabitEthernet1/0/1
  Ethernet2 - rec 1 eth0
stack: cisco_iosxe over cli at 10.1.2.9 campus map[]
  GigabitEthernet2/0/1 - ap eth0
skipped : it has no name
skipped LEAF1: its name would be leaf1, as that of device 8 of NetBox is
skipped odd: platform home-made is not known; --platform home-made=PLATFORM says what drives it
skipped bare: it has no platform in NetBox
warning leaf1: site=köln becomes no label: a label has letters, digits and . _ / - with a letter or digit at both ends, 63 at most
warning Acc-3F.example: cables are left out: platform cisco_iosxe knows no port called uplink (left)
netmirror credentials set netbox --for 2001:db8::8 --username USER
`
		if diff := cmp.Diff(want, told(a.Entries(o))); diff != "" {
			t.Errorf("cursor %v: %s", cursor, diff)
		}
		o = Options{Catalogue: ours, OOB: true, Profile: "lab", Platforms: map[string]string{"eos": "arista_eos/gnmi"}}
		if text := told(a.Entries(o)); !strings.Contains(text, "leaf1: arista_eos over gnmi at 192.0.2.8") || !strings.Contains(text, "skipped Acc-3F.example, stack: it has no out-of-band address") ||
			!strings.Contains(text, "netmirror credentials set lab --for 192.0.2.8") {
			t.Error(text)
		}
	}
}

func TestNextPagesAreAskedWhereTheFirstOneWas(t *testing.T) {
	b := full(t)
	if _, err := b.read(); err != nil {
		t.Fatal(err)
	}
	pages := 0
	for _, at := range b.asked {
		if strings.Contains(at, "offset=") {
			pages++
		}
	}
	if pages < 5 {
		t.Errorf("%d further pages: %v", pages, b.asked)
	}
}

func TestTokensOfBothKinds(t *testing.T) {
	b := full(t)
	b.wants = "Bearer nbt_key.secret"
	if _, err := b.read(); !errors.Is(err, mirror.ErrAuth) || !strings.Contains(err.Error(), "Invalid v1 token") || strings.Contains(err.Error(), token) {
		t.Errorf("%v", err)
	}
	s, err := NewServer(b.URL+"/nb", "nbt_key.secret\n", false, b.Client())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(t.Context(), usual); err != nil {
		t.Error(err)
	}
	for _, c := range []struct{ address, token string }{{"netbox.example", token}, {"http://netbox.example", token}, {"https://u:p@netbox.example", token}, {"https://netbox.example", " "}, {"ftp://netbox.example", token}, {"https://netbox.example?x=1", token}} {
		if _, err := NewServer(c.address, c.token, false, http.DefaultClient); !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%s: %v", c.address, err)
		}
	}
	if _, err := NewServer("http://netbox.example", token, true, http.DefaultClient); err != nil {
		t.Error(err)
	}
}

func status(code int, header ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

func TestABusyServerIsAskedAgain(t *testing.T) {
	b := full(t)
	b.faults = []func(http.ResponseWriter){status(502), nil, status(503, "Retry-After", "3"), status(429), func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, `{"results": [`) // and it breaks off
	}}
	var pauses []time.Duration
	s := b.server()
	s.pause = func(_ context.Context, d time.Duration) error { pauses = append(pauses, d); return nil }
	if _, err := s.Read(t.Context(), usual); err != nil {
		t.Fatal(err)
	}
	if want := []time.Duration{firstPause, 3 * time.Second, 2 * firstPause, 4 * firstPause}; !slices.Equal(pauses, want) {
		t.Errorf("pauses %v", pauses)
	}
	b.faults = slices.Repeat([]func(http.ResponseWriter){status(500)}, tries)
	if _, err := b.read(); !errors.Is(err, mirror.ErrUnreachable) || !strings.Contains(err.Error(), "500") {
		t.Errorf("%v", err)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for name, c := range map[string]struct {
		fault func(http.ResponseWriter)
		kind  error
	}{
		"a page of a proxy": {func(w http.ResponseWriter) { fmt.Fprint(w, "<html>login</html>") }, mirror.ErrParse},
		"no list":           {func(w http.ResponseWriter) { fmt.Fprint(w, `{"detail": "x"}`) }, mirror.ErrParse},
		"elsewhere":         {status(302, "Location", "http://other.invalid/"), mirror.ErrUnreachable},
		"not there":         {status(404), mirror.ErrNotFound},
		"refused":           {status(400), mirror.ErrInvalid},
		"itself again": {func(w http.ResponseWriter) {
			fmt.Fprintf(w, `{"results": [], "next": "http://x/?limit=%d"}`, pageSize)
		}, mirror.ErrParse},
	} {
		b := full(t)
		b.faults = slices.Repeat([]func(http.ResponseWriter){c.fault}, 8)
		if _, err := b.read(); !errors.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := full(t)
	b.faults = []func(http.ResponseWriter){func(http.ResponseWriter) { <-t.Context().Done() }}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	go func() { <-ctx.Done(); b.CloseClientConnections() }()
	s := b.server()
	if _, err := s.Read(ctx, usual); !errors.Is(err, mirror.ErrTimeout) && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a silent server: %v", err)
	}
}

func TestFiltersThatAreNotHonoured(t *testing.T) {
	b := full(t)
	b.add("devices", named(30, "planned", "eos", "10.1.2.30/24", `"status": {"value": "planned"}`))
	if a, err := b.read("site=berlin"); err != nil || len(a.devices) != 1 {
		t.Errorf("%d devices, %v", len(a.devices), err)
	}
	b.deaf = []string{"status"}
	if _, err := b.read(); !errors.Is(err, mirror.ErrParse) || !strings.Contains(err.Error(), "status=active") {
		t.Errorf("%v", err)
	}
	b.deaf = []string{"tag"} // this box knows none at all
	if _, err := b.read("tag=netmirror"); !errors.Is(err, mirror.ErrParse) || !strings.Contains(err.Error(), "tag=netmirror") {
		t.Errorf("%v", err)
	}
	for _, text := range []string{"has_primry_ip=true", "site", "site=", "=x"} {
		if _, err := Filters([]string{text}, false); !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%s: %v", text, err)
		}
	}
	by, err := Filters([]string{"status=active", "status=staged", "tag=a", "tag=b"}, false)
	if err != nil || by.Encode() != "has_primary_ip=true&status=active&status=staged&tag=a&tag=b" {
		t.Errorf("%v %v", by, err)
	}
	a := Answer{devices: []device{{Tags: []ref{{Slug: "a"}}}}}
	if a.fits(url.Values{"tag": {"a", "b"}}) == nil || a.fits(url.Values{"tag": {"a"}}) != nil {
		t.Error("several tags are all of them")
	}
}
