package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/ovslab"
	"github.com/netmirror/netmirror/internal/testkit"
)

func TestRealPacketsByREST(t *testing.T) {
	t.Parallel()
	s := newSite(t, "--resync", "1h")
	s.foreignMirror("theirs")
	before := s.dump()
	s.start()
	s.addDevice()
	for _, c := range []struct {
		direction string
		copies    int
	}{{"both", 6}, {"rx", 3}, {"tx", 3}} {
		var got session
		s.call("PUT", "/sessions/watch", body(s.tool, s.a.Port+" "+c.direction), 200, 201).into(t, &got)
		if got.Status.Phase != "Active" {
			t.Errorf("%s: %+v", c.direction, got)
		}
		s.copies(map[*ovslab.Host]int{s.tool: c.copies, s.tool2: 6})
	}
	s.call("DELETE", "/sessions/watch", "", 204)
	s.copies(map[*ovslab.Host]int{s.tool: 0, s.tool2: 6})
	if after := s.dump(); after != before {
		t.Errorf("the database changed:\n%s", lineDiff(before, after))
	}
	s.call("GET", "/sessions/watch", "", 404)
}

func TestTwoSessionsOnOneTool(t *testing.T) {
	t.Parallel()
	s := newSite(t, "--resync", "1h")
	s.foreignMirror("theirs")
	before := s.dump()
	s.start()
	s.addDevice()
	s.call("PUT", "/tools/ids-1", fmt.Sprintf(`{"device":"sw1","interface":%q}`, s.tool.Port), 201)
	onTool := func(port, dir string) string {
		return fmt.Sprintf(`{"sources":[{"device":"sw1","interface":%q,"direction":%q}],"destinations":[{"tool":"ids-1"}]}`, port, dir)
	}
	s.call("PUT", "/sessions/one", onTool(s.a.Port, "rx"), 201)
	s.call("PUT", "/sessions/two", onTool(s.b.Port, "rx"), 201)
	if got := s.mirrors(); len(got) != 2 || !slices.Contains(got, "theirs") {
		t.Errorf("mirrors %v, want one native session for both", got)
	}
	s.copies(map[*ovslab.Host]int{s.tool: 6, s.tool2: 6})
	s.call("DELETE", "/sessions/one", "", 204)
	s.copies(map[*ovslab.Host]int{s.tool: 3, s.tool2: 6})
	s.reach("two", "Active")
	s.call("DELETE", "/tools/ids-1", "", 409)
	s.call("DELETE", "/sessions/two", "", 204)
	s.call("DELETE", "/tools/ids-1", "", 204)
	s.call("DELETE", "/devices/sw1", "", 204)
	if after := s.dump(); after != before {
		t.Errorf("the database changed:\n%s", lineDiff(before, after))
	}
}

func TestDriftIsRepairedAtOnceOrReported(t *testing.T) {
	t.Parallel()
	s := newSite(t, "--resync", "1h")
	s.foreignMirror("theirs")
	s.start()
	s.addDevice()
	s.call("PUT", "/sessions/watch", body(s.tool, s.a.Port+" both"), 201)
	good := s.dump()
	mark := s.mirrors()[slices.IndexFunc(s.mirrors(), func(n string) bool { return n != "theirs" })]
	for what, damage := range map[string][]string{
		"deleted":           {"--", "--id=@m", "get", "Mirror", mark, "--", "remove", "Bridge", s.bridge, "mirrors", "@m"},
		"source taken away": {"clear", "Mirror", mark, "select_src_port"},
		"other destination": {"--", "--id=@d", "get", "Port", s.b.Port, "--", "set", "Mirror", mark, "output_port=@d"},
		"truncated":         {"set", "Mirror", mark, "snaplen=64"},
		"mark wiped":        {"clear", "Mirror", mark, "external_ids"},
		"renamed":           {"set", "Mirror", mark, "name=mine-now"},
	} {
		s.call("POST", "/devices/sw1:release", "", 200) // three in ten minutes would be a fight
		s.vsctl(damage...)
		testkit.Eventually(t, patience, what+" is repaired", func() bool { return sameMirrors(good, s.dump()) })
	}
	s.copies(map[*ovslab.Host]int{s.tool: 6, s.tool2: 6})

	s.call("PATCH", "/sessions/watch", `{"driftPolicy":"report"}`, 200)
	s.reach("watch", "Active")
	s.vsctl("--", "--id=@m", "get", "Mirror", mark, "--", "remove", "Bridge", s.bridge, "mirrors", "@m")
	got := s.reach("watch", "Degraded")
	if !slices.ContainsFunc(got.Status.Conditions, func(c struct{ Type, Status, Reason, Message string }) bool {
		return c.Type == "Configured" && c.Status == "False" && c.Reason == "Drift"
	}) {
		t.Errorf("conditions %+v", got.Status.Conditions)
	}
	if got := s.mirrors(); !slices.Equal(got, []string{"theirs"}) {
		t.Errorf("mirrors %v: a drift to be reported was repaired", got)
	}
	// The way back is the user's word.
	s.call("PATCH", "/sessions/watch", `{"driftPolicy":"repair"}`, 200)
	s.reach("watch", "Active")
	s.copies(map[*ovslab.Host]int{s.tool: 6})
}

// sameMirrors compares dumps without the row ids that a recreated mirror gets.
func sameMirrors(a, b string) bool { return withoutIDs(a) == withoutIDs(b) }

func withoutIDs(dump string) string {
	var out []string
	for _, line := range strings.Split(dump, "\n") {
		if strings.Contains(line, "netmirror-mark") || strings.Contains(line, `"mirrors"`) || strings.HasPrefix(line, "Mirror") || strings.HasPrefix(line, "Bridge") {
			line = uuids.ReplaceAllStringFunc(line, func(id string) string {
				if strings.Contains(dump, "Port "+id) || strings.Contains(dump, "Port\t"+id) {
					return id
				}
				return "id"
			})
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func TestAPortMadeAnewIsMirroredAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t, "--resync", "1h")
	s.start()
	s.addDevice()
	s.call("PUT", "/sessions/watch", body(s.tool, s.a.Port+" both"), 201)
	for _, h := range []*ovslab.Host{s.a, s.tool} {
		if err := s.lab.Reattach(t.Context(), s.bridge, h); err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, patience, "the mirror holds the new row of "+h.Name, func() bool {
			id := s.vsctl("get", "Port", h.Port, "_uuid")
			return strings.Contains(s.vsctl("--columns=select_src_port,output_port", "list", "Mirror"), id)
		})
		s.reach("watch", "Active")
		s.copies(map[*ovslab.Host]int{s.tool: 6})
	}
}

func TestTheSwitchProcessMustConfirm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start()
	s.addDevice()
	s.lab.StopSwitchd()
	a, err := s.try("PUT", "/sessions/watch", body(s.tool, s.a.Port+" both"))
	if err != nil || a.status != 202 {
		t.Fatalf("%s %v", a, err)
	}
	testkit.Eventually(t, patience, "the missing confirmation is told", func() bool {
		return slices.ContainsFunc(s.session("watch").Status.Conditions, func(c struct{ Type, Status, Reason, Message string }) bool {
			return c.Type == "Programmed" && c.Status == "False" && strings.Contains(c.Message, "cur_cfg")
		})
	})
	if err := s.lab.StartSwitchd(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.reach("watch", "Active")
	s.copies(map[*ovslab.Host]int{s.tool: 6})
}

func TestTheDatabaseServerComesBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start()
	s.addDevice()
	s.call("PUT", "/sessions/watch", body(s.tool, s.a.Port+" both"), 201)
	s.lab.StopDB()
	s.reach("watch", "Unknown")
	a, err := s.try("PUT", "/sessions/other", body(s.tool2, s.b.Port+" rx"))
	if err != nil || a.status != 503 || !strings.Contains(a.String(), "device-unreachable") {
		t.Errorf("a session on a device that is away: %s %v", a, err)
	}
	if err := s.lab.StartDB(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.reach("watch", "Active")
	s.copies(map[*ovslab.Host]int{s.tool: 6})
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

func lineDiff(a, b string) string {
	var out []string
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for _, l := range x {
		if !slices.Contains(y, l) {
			out = append(out, "- "+l)
		}
	}
	for _, l := range y {
		if !slices.Contains(x, l) {
			out = append(out, "+ "+l)
		}
	}
	return strings.Join(out, "\n")
}

// TestSeveralDestinationsOnOneBridge take a mirror each, and each comes and goes
// without the other.
func TestSeveralDestinationsOnOneBridge(t *testing.T) {
	t.Parallel()
	s := newSite(t, "--resync", "1h")
	before := s.dump()
	s.start()
	s.addDevice()
	to := func(hosts ...string) string {
		var list []string
		for _, h := range hosts {
			list = append(list, `{"device":"sw1","interface":"`+h+`"}`)
		}
		return `{"sources":[{"device":"sw1","interface":"` + s.a.Port + `"}],"destinations":[` + strings.Join(list, ",") + `]}`
	}
	s.call("PUT", "/sessions/two", to(s.tool.Port, s.tool2.Port), 201)
	s.reach("two", "Active")
	both := s.mirrors()
	if len(both) != 2 {
		t.Fatalf("mirrors %v", both)
	}
	var got struct {
		Status struct {
			Fragments []struct {
				Mark         string
				Destinations []string
			}
		}
	}
	s.call("GET", "/sessions/two", "", 200).into(t, &got)
	kept := ""
	for _, f := range got.Status.Fragments {
		if len(f.Destinations) == 1 && f.Destinations[0] == s.tool2.Port {
			kept = f.Mark
		}
	}
	row := s.vsctl("get", "Mirror", kept, "_uuid")
	s.call("PUT", "/sessions/two", to(s.tool2.Port), 200)
	if one := s.mirrors(); len(one) != 1 || one[0] != kept || s.vsctl("get", "Mirror", kept, "_uuid") != row {
		t.Errorf("mirrors %v, wanted %s as it was", one, kept)
	}
	s.call("PUT", "/sessions/two", to(s.tool.Port, s.tool2.Port), 200)
	if now := s.mirrors(); len(now) != 2 || s.vsctl("get", "Mirror", kept, "_uuid") != row {
		t.Errorf("mirrors %v, wanted %v", now, both)
	}
	s.call("DELETE", "/sessions/two", "", 204)
	if after := s.dump(); after != before {
		t.Errorf("the database changed:\n%s", lineDiff(before, after))
	}
}
