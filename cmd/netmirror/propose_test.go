package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// A way over a switch in between is found by what the switches hear of each other, and what
// is proposed is accepted as it stands, and works; one that is in the way is told.
func TestAWayOverSwitchesIsProposedAndWorks(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 3, false, 1, "--resync", "1h", "--remote-vlans", "900-920")
	f.sync()
	cli := func(in string, args ...string) (string, error) {
		var out strings.Builder
		env := map[string]string{"NETMIRROR_URL": f.url, "NETMIRROR_TOKEN": f.token}
		err := run(context.WithoutCancel(t.Context()), args, console{strings.NewReader(in), &out, &out, func(name string) (string, bool) { v, ok := env[name]; return v, ok }})
		return out.String(), err
	}
	propose := func(args ...string) (string, error) { return cli("", append([]string{"propose"}, args...)...) }
	text, err := propose("far", "--from", "acc-1:Gi1/0/2", "--to", "acc-2:Gi1/0/30")
	if err != nil {
		t.Fatal(err, text)
	}
	for _, want := range []string{"proposed: rspan", "acc-1 to acc-0 to acc-2", "remote VLAN 920", "TenGigabitEthernet1/1/1 to acc-0", "not span:", "not erspan:"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	yaml, err := propose("far", "--from", "acc-1:Gi1/0/2", "--to", "acc-2:Gi1/0/30", "-o", "yaml")
	if err != nil {
		t.Fatal(err, yaml)
	}
	if out, err := cli(yaml, "apply", "-f", "-"); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, yaml)
	}
	f.reach("far", "Active")

	// What the session takes is taken, for others; not for itself.
	body := `{"sources":[{"device":"acc-1","interface":"Gi1/0/3"}],"destinations":[{"device":"acc-2","interface":"Gi1/0/31"}]}`
	if a := f.call(http.MethodPost, "/sessions:propose", body, 200); !strings.Contains(a.String(), `"vlan":919`) {
		t.Errorf("the second: %s", a)
	}
	mine := strings.Replace(body, "{", `{"name":"far","rspan":{"vlan":920},`, 1)
	if a := f.call(http.MethodPost, "/sessions:propose", mine, 200); !strings.Contains(a.String(), `"vlan":920`) {
		t.Errorf("its own: %s", a)
	}
	only := strings.Replace(body, "{", `{"vlans":"920",`, 1)
	if a := f.call(http.MethodPost, "/sessions:propose", only, 200); !strings.Contains(a.String(), "no-free-vlan") {
		t.Errorf("the only one is taken: %s", a)
	}
	var list struct {
		Ways []struct{ Spec json.RawMessage }
	}
	a := f.call(http.MethodPost, "/sessions:propose", body, 200)
	if err := json.Unmarshal(a.body, &list); err != nil || len(list.Ways) == 0 {
		t.Fatal(err, a)
	}
	f.call("PUT", "/sessions/second?dryRun=true", string(list.Ways[0].Spec), 200)

	f.call("PATCH", "/devices/acc-0", `{"maintenance":true}`, 200)
	text, err = propose("third", "--from", "acc-1:Gi1/0/3", "--to", "acc-2:Gi1/0/31")
	if err == nil || !strings.Contains(text, "acc-0 is under maintenance") {
		t.Errorf("%v:\n%s", err, text)
	}
}

func TestWhatProposeDoesNotUnderstand(t *testing.T) {
	for name, args := range map[string][]string{
		"a source without a port": {"x", "--from", "acc-1", "--to", "ids"},
		"no destination":          {"x", "--from", "acc-1:p1"},
		"another output":          {"x", "--from", "acc-1:p1", "--to", "ids", "-o", "table"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := run(t.Context(), append([]string{"propose"}, args...), console{nil, &out, &out, func(string) (string, bool) { return "", false }})
			if err == nil || exitCode(err) != exitUsage {
				t.Errorf("%v", err)
			}
		})
	}
	ask, err := proposing{from: []string{"acc-1:vlan 110", "acc-1:xe-0/0/0:1"}, to: []string{"ids", "2001:db8::1", "acc-2:p1"}, output: "text", direction: "rx"}.ask("x")
	if err != nil || *ask.Sources[0].VLAN != 110 || ask.Sources[1].Interface != "xe-0/0/0:1" || ask.Destinations[0].Tool != "ids" || ask.Destinations[1].IP != "2001:db8::1" || ask.Destinations[2].Device != "acc-2" {
		t.Errorf("%+v, %v", ask, err)
	}
}
