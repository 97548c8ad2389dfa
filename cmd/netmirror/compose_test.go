package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/internal/testkit"
)

func composeFile(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(testkit.Root(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestTheFabricOfCompose: the devices that docker-compose.yml stores are those of its lab,
// one of each platform; each is reached, and copies to a session's destination.
func TestTheFabricOfCompose(t *testing.T) {
	t.Parallel()
	c := newController(t, "--resync", "1h")
	fabric := composeFile(t, "examples/compose/fabric.yaml")
	listens := regexp.MustCompile(`0\.0\.0\.0:\d+`)
	l := startLab(t, listens.ReplaceAllString(strings.Replace(fabric, "127.0.0.1:8500", "127.0.0.1:0", 1), "127.0.0.1:0"))
	devices := strings.ReplaceAll(composeFile(t, "examples/compose/devices.yaml"), "address: lab,", "address: 127.0.0.1,")
	platforms := map[string]string{}
	for _, sw := range l.Switches() {
		addr := sw.Addr()
		for _, other := range []string{sw.GNMIAddr(), sw.SNMPAddr()} {
			if other != "" {
				addr = other
			}
		}
		_, free, err := net.SplitHostPort(addr)
		if err != nil {
			t.Fatal(err)
		}
		entry := regexp.MustCompile(`name: ` + sw.Name() + `\n    platform: (\S+)\n(?:    #.*\n)?.*port: (\d+)`)
		said := entry.FindStringSubmatch(devices)
		listens := regexp.MustCompile(`(?s)name: ` + sw.Name() + `\n.*?listen: "0\.0\.0\.0:(\d+)`).FindStringSubmatch(fabric)
		if said == nil || listens == nil || said[2] != listens[1] {
			t.Fatalf("%s: devices.yaml says %v, the fabric listens on %v", sw.Name(), said, listens)
		}
		platforms[said[1]] = sw.Name()
		devices = strings.Replace(devices, "port: "+said[2], "port: "+free, 1)
	}
	secret := strings.TrimSpace(composeFile(t, "examples/compose/secrets/demo-password"))
	c.start("NM_PW=" + secret)
	c.profile("lab", "--username", "netmirror", "--password", "env:NM_PW", "--enable", "env:NM_PW")
	c.profile("lab-agents", "--snmp", "3", "--username", "netmirror", "--auth", "sha256", "--auth-password", "env:NM_PW", "--privacy", "aes128", "--privacy-password", "env:NM_PW")
	if out, err := c.cli(devices, "apply", "-f", "-"); err != nil || !strings.Contains(out, "10 objects: 10 created") {
		t.Fatal(out, err)
	}
	for _, p := range slices.Sorted(maps.Keys(platforms)) {
		testkit.Eventually(t, 30*time.Second, p+" is reached", func() bool { return c.reachable(platforms[p]) })
	}
	c.call("PUT", "/sessions/phone", `{"sources":[{"device":"acc-1","interface":"Gi1/0/14"}],"destinations":[{"tool":"recorder"}]}`, 201)
	c.call("PUT", "/sessions/server", `{"sources":[{"device":"leaf-1","interface":"Et1"}],"destinations":[{"tool":"ids"}]}`, 201)
	c.reach("phone", "Active")
	c.reach("server", "Active")
}

// TestComposeKeepsItsPromises: whatever runs on is checked, is nobody, and writes nothing
// but its volumes.
func TestComposeKeepsItsPromises(t *testing.T) {
	type service struct {
		Build    any
		Image    string
		User     string
		ReadOnly bool     `yaml:"read_only"`
		CapDrop  []string `yaml:"cap_drop"`
		Restart  string
		Ports    []string
		Profiles []string
		Health   struct{ Test []string } `yaml:"healthcheck"`
	}
	var file struct{ Services map[string]service }
	if err := yaml.Unmarshal([]byte(composeFile(t, "docker-compose.yml")), &file); err != nil {
		t.Fatal(err)
	}
	for name, s := range file.Services {
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || s.User == "" && s.Build != nil {
			t.Errorf("%s: is not held to itself: %+v", name, s)
		}
		if (s.Restart != "" || len(s.Ports) > 0) && len(s.Health.Test) == 0 {
			t.Errorf("%s runs on and has no health check", name)
		}
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s: port %s is open to other hosts", name, p)
			}
		}
		if s.Build == nil && len(s.Profiles) == 0 {
			t.Errorf("%s fetches the image %s without being asked for", name, s.Image)
		}
	}
}

// TestComposeUp builds the image, brings the services up, makes a session through the
// published port, sees it Active and takes all down. Where no Docker engine answers it is
// passed over by name, whatever NETMIRROR_REQUIRE says: `make compose-test` demands one, and
// names the program, which is docker-compose or docker with its plug-in.
func TestComposeUp(t *testing.T) {
	program := strings.Fields(cmp.Or(os.Getenv("NETMIRROR_COMPOSE"), "docker-compose"))
	if out, err := exec.Command("docker", "info").CombinedOutput(); err != nil || exec.Command(program[0], append(program[1:], "version")...).Run() != nil {
		if os.Getenv("NETMIRROR_COMPOSE") != "" {
			t.Fatalf("needs a Docker engine that answers, and %s: %s", strings.Join(program, " "), out)
		}
		testkit.Beyond(t, "a Docker engine that answers, and docker-compose")
	}
	root := testkit.Root(t)
	if out, err := exec.Command("make", "-C", root, "image").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	project := fmt.Sprintf("netmirror-test-%d", os.Getpid())
	compose := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(program[0], slices.Concat(program[1:], []string{"-f", filepath.Join(root, "docker-compose.yml"), "-p", project}, args)...)
		cmd.Env = append(os.Environ(), "NETMIRROR_PORT=0")
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%s %s: %v\n%s%s", program, strings.Join(args, " "), err, out, &said)
		}
		return strings.TrimSpace(string(out))
	}
	t.Cleanup(func() { compose("down", "-v", "--remove-orphans") })
	compose("up", "-d")
	if t.Failed() {
		t.Fatal(compose("logs"))
	}
	url := "http://" + compose("port", "netmirror", "8420")
	token := compose("exec", "-T", "netmirror", "/netmirror", "token", "create", "me", "--role", "operator")
	cl, err := client.New(client.Options{URL: url, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	call := func(method, path, body string) (status int) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, url+client.Base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Prefer", "wait=60")
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		return a.StatusCode
	}
	if status := call("PUT", "/sessions/phone", `{"sources":[{"device":"acc-1","interface":"Gi1/0/14"}],"destinations":[{"tool":"recorder"}]}`); status != http.StatusCreated {
		t.Fatalf("the session is answered %d", status)
	}
	testkit.Eventually(t, time.Minute, "the session is Active", func() bool {
		s, err := cl.GetSession(t.Context(), "phone")
		return err == nil && s.Value.Status.Phase == "Active"
	})
	if out := compose("run", "--rm", "cli", "get", "devices", "--no-color"); strings.Count(out, " True ") != 8 {
		t.Errorf("not every switch of the lab is reached:\n%s", out)
	}
	if status := call("DELETE", "/sessions/phone", ""); status != http.StatusNoContent {
		t.Errorf("the deletion is answered %d", status)
	}
	compose("up", "-d") // again: nothing is made twice
}
