package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// TestBadInputIsRefusedAndNothingIsSent throws at a real switch what users and
// attackers throw, and expects a problem document with every reason and a
// database that nobody touched.
func TestBadInputIsRefusedAndNothingIsSent(t *testing.T) {
	t.Parallel()
	s := newSite(t, "--resync", "1h")
	s.foreignMirror("theirs")
	s.start()
	s.addDevice()
	s.call("PUT", "/devices/away", `{"platform":"openvswitch","transports":{"config":{"protocol":"ovsdb","address":"127.0.0.1","port":1}}}`, 201)
	before := s.dump()
	a, d, used := s.a.Port, s.tool.Port, s.tool2.Port
	source := func(device, port string) string {
		return fmt.Sprintf(`{"sources":[{"device":%q,"interface":%q}],"destinations":[{"device":"sw1","interface":%q}]}`, device, port, d)
	}
	many := strings.Repeat(fmt.Sprintf(`{"device":"sw1","interface":%q},`, a), 9999) + fmt.Sprintf(`{"device":"sw1","interface":%q}`, a)
	good := body(s.tool, a+" both")
	with := func(fields string) string { return strings.TrimSuffix(good, "}") + "," + fields + "}" }
	for name, c := range map[string]struct {
		body   string
		status int
		want   []string // parts of the document
	}{
		"unknown field":        {with(`"colour":"red"`), 400, []string{"colour"}},
		"wrong types":          {with(`"truncate":"lots","enabled":7`), 400, []string{"/truncate", "/enabled"}},
		"no JSON":              {`{"sources":`, 400, []string{"invalid"}},
		"two documents":        {good + good, 400, nil},
		"huge":                 {with(`"description":"` + strings.Repeat("x", 2<<20) + `"`), 413, nil},
		"10,000 sources":       {`{"sources":[` + many + `],"destinations":[{"device":"sw1","interface":"` + d + `"}]}`, 400, []string{"more than 10000 values"}},
		"newline":              {source("sw1", "a\nb"), 400, []string{"/sources/0/interface"}},
		"semicolon":            {source("sw1", "a;reload"), 400, []string{"/sources/0/interface"}},
		"pipe":                 {source("sw1", "a|b"), 400, []string{"/sources/0/interface"}},
		"question mark":        {source("sw1", "a?"), 400, []string{"/sources/0/interface"}},
		"control byte":         {strings.Replace(source("sw1", "aCTRL"), "CTRL", `\u0001`, 1), 400, []string{"/sources/0/interface"}},
		"look-alike letter":    {source("sw1", "а1"), 400, []string{"/sources/0/interface"}}, // Cyrillic
		"device look-alike":    {source("ѕw1", a), 400, []string{"/sources/0/device"}},
		"every fault":          {`{"sources":[{"device":"A","interface":"x;","direction":"up"}],"destinations":[{"device":"sw1"}],"truncate":3,"priority":1000}`, 400, []string{"/sources/0/device", "/sources/0/interface", "/sources/0/direction", "/destinations/0", "/truncate", "/priority"}},
		"no such port":         {source("sw1", "nope"), 422, []string{"/sources/0", "unknown-port", "nope"}},
		"no such device":       {source("nope", "p1"), 422, []string{"/sources/0/device", "unknown-device"}},
		"unreachable device":   {`{"sources":[{"device":"away","interface":"p1"}],"destinations":[{"device":"away","interface":"p2"}]}`, 503, []string{"device-unreachable", "/sources/0/device"}},
		"source = destination": {source("sw1", d), 422, []string{"source-is-destination"}},
		"foreign destination":  {fmt.Sprintf(`{"sources":[{"device":"sw1","interface":%q}],"destinations":[{"device":"sw1","interface":%q}]}`, a, used), 409, []string{"destination-in-use", "theirs"}},
		"mirror of a mirror":   {source("sw1", used), 409, []string{"mirror-of-mirror", "theirs"}},
		"the host's own port":  {fmt.Sprintf(`{"sources":[{"device":"sw1","interface":%q}],"destinations":[{"device":"sw1","interface":%q}]}`, a, s.bridge), 409, []string{"destination-guard", "force"}},
		"words of overload":    {with(`"onOverload":{"action":"ladder","ladder":["suspend","suspend","drop"]},"admission":{"mode":"strict","basis":"guess"},"priority":101`), 400, []string{"/onOverload/action", "/onOverload/ladder/1", "/onOverload/ladder/2", "/admission/mode", "/admission/basis", "/priority"}},
		"a rung it has not":    {with(`"onOverload":{"action":"relieve","ladder":["truncate","sample"]}`), 422, []string{"/onOverload/ladder/1", "sample could never be taken"}},
		"filter unknown":       {with(`"filter":"voip"`), 422, []string{"/filter", "unknown-filter", "voip"}},
		"contradictions":       {with(`"kind":"span","rspan":{"vlan":999},"erspan":{"id":1},"lease":{"duration":"4h","until":"2099-01-01T00:00:00Z"}`), 400, []string{"/rspan", "/erspan", "/lease"}},
		"rspan on one device":  {with(`"rspan":{"vlan":999}`), 422, []string{"/kind", "kind-impossible"}},
		"erspan to a port":     {with(`"erspan":{"id":1}`), 422, []string{"missing", "IP address"}},
		"lease over already":   {with(`"lease":{"until":"2001-01-01T00:00:00Z"}`), 400, []string{"/lease/until", "in-the-past"}},
		"not on this platform": {with(`"sample":100,"ingress":"enabled","nativeId":"7"`), 422, []string{"/sample", "/ingress", "/nativeId", "source"}},
		"ports and VLANs":      {fmt.Sprintf(`{"sources":[{"device":"sw1","interface":%q},{"device":"sw1","vlan":10}],"destinations":[{"device":"sw1","interface":%q}]}`, a, d), 422, []string{"select_vlan"}},
		"VLAN rx":              {fmt.Sprintf(`{"sources":[{"device":"sw1","vlan":10,"direction":"rx"}],"destinations":[{"device":"sw1","interface":%q}]}`, d), 422, []string{"/sources/0/direction"}},
		"unknown tool":         {`{"sources":[{"device":"sw1","interface":"` + a + `"}],"destinations":[{"tool":"nope"}]}`, 422, []string{"/destinations/0/tool", "unknown-tool"}},
	} {
		got, err := s.try("PUT", "/sessions/bad", c.body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s.isProblem(t, name, got, c.status, c.want...)
	}
	for name, c := range map[string]struct {
		token, method, path string
		status              int
	}{
		"no token":        {"", "GET", "/sessions", 401},
		"wrong token":     {"nmt_wrong", "GET", "/sessions", 401},
		"bad name":        {s.token, "PUT", "/sessions/Bad;Name", 400},
		"no such path":    {s.token, "GET", "/nonsense", 404},
		"no such method":  {s.token, "POST", "/sessions/x", 405},
		"no such session": {s.token, "DELETE", "/sessions/x", 404},
	} {
		right := s.token
		s.token = c.token
		got, err := s.try(c.method, c.path, map[bool]string{true: good}[c.method == "PUT"])
		s.token = right
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s.isProblem(t, name, got, c.status)
	}
	s.wrongRoles(t, good)
	if after := s.dump(); after != before {
		t.Errorf("something was sent:\n%s", lineDiff(before, after))
	}
	if sessions := s.call("GET", "/sessions", "", 200); strings.Contains(sessions.String(), `"bad"`) {
		t.Errorf("something was stored: %s", sessions)
	}
}

func (s *site) isProblem(t *testing.T, name string, got answer, status int, want ...string) {
	t.Helper()
	var p struct {
		Status int
		Code   string
	}
	if err := json.Unmarshal(got.body, &p); err != nil || got.header.Get("Content-Type") != "application/problem+json" || p.Code == "" {
		t.Errorf("%s: no problem document: %s", name, got)
		return
	}
	if got.status != status || p.Status != status {
		t.Errorf("%s: status %d, want %d: %s", name, got.status, status, got)
	}
	for _, w := range want {
		if !strings.Contains(string(got.body), w) {
			t.Errorf("%s: %q is not told: %s", name, w, got)
		}
	}
	if strings.Contains(string(got.body), s.token) {
		t.Errorf("%s: the answer shows the token", name)
	}
}

// wrongRoles: a viewer reads, an operator writes sessions, an admin devices.
func (s *site) wrongRoles(t *testing.T, session string) {
	t.Helper()
	device := `{"platform":"openvswitch","transports":{"config":{"protocol":"ovsdb","address":"/x"}}}`
	admin := s.token
	defer func() { s.token = admin }()
	for role, allowed := range map[string][3]int{"viewer": {200, 403, 403}, "operator": {200, 200, 403}} {
		out, err := s.cli("", "token", "create", role, "--role", role, "--data", s.data)
		if err != nil {
			t.Fatal(err)
		}
		s.token = strings.TrimSpace(out)
		for i, try := range []struct{ method, path, body string }{
			{"GET", "/sessions", ""}, {"PUT", "/sessions/x?dryRun=true", session}, {"PUT", "/devices/x", device},
		} {
			got, err := s.try(try.method, try.path, try.body)
			if err != nil || got.status != allowed[i] {
				t.Errorf("%s %s %s: %s %v, want %d", role, try.method, try.path, got, err, allowed[i])
			}
		}
	}
}

// TestSecretsStayOutOfTheStore greps the database for every secret in play.
func TestSecretsStayOutOfTheStore(t *testing.T) {
	t.Parallel()
	c := newController(t)
	c.start("NM_PW=hunter2hunter2", "NM_USER=root-of-the-campus")
	c.profile("campus", "--username", "env:NM_USER", "--password", "env:NM_PW")
	c.call("PUT", "/devices/sw", `{"platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":"127.0.0.1","port":1,"credentials":"campus"}}}`, 201)
	if a, err := c.try("PUT", "/devices/sw2", `{"platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":"h","credentials":{"password":"s3cr3t-value"}}}}`); err != nil || a.status != 400 || strings.Contains(a.String(), "s3cr3t") {
		t.Errorf("a password by value: %s %v", a, err)
	}
	c.try("POST", "/devices/sw:check", "")
	token := c.token
	log := c.stderr
	c.stop()
	for _, secret := range []string{"hunter2hunter2", "root-of-the-campus", "s3cr3t-value", token} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log shows %.3s...", secret)
		}
		if out, err := exec.Command("grep", "-r", "-l", "-F", secret, c.data).Output(); err == nil {
			t.Errorf("%.3s... is stored in %s", secret, out)
		}
	}
}
