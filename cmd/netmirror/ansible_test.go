package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// waysIn is a controller over two switches, as users of other programs find it: with a
// credentials profile and a file with a token.
type waysIn struct {
	*controller
	acc *lab.Switch
	dir string // where the others' programs run
}

const waysInLab = `
fabric:
  switches:
    - name: acc-1
      platform: cisco_iosxe
      model: C9300-24T
      credentials: [{username: netmirror, password: demo, privilege: 15}]
      config: |
        monitor session 1 source interface Gi1/0/2
        monitor session 1 destination interface Gi1/0/24
  hosts:
    - {at: "acc-1:Gi1/0/13", name: door}
    - {at: "acc-1:Gi1/0/14", name: phone}
    - {at: "acc-1:Gi1/0/15", name: backup}
    - {at: "acc-1:Gi1/0/22", name: recorder}
    - {at: "acc-1:Gi1/0/23", name: ids-1}
  traffic:
    - {at: "acc-1:Gi1/0/14", direction: in, bitsPerSecond: 90k, framesPerSecond: 50}
    - {at: "acc-1:Gi1/0/15", direction: in, bitsPerSecond: 900M, framesPerSecond: 225000}
`

func newWaysIn(t *testing.T) *waysIn {
	t.Helper()
	l := startLab(t, waysInLab)
	w := &waysIn{newController(t, "--resync", "1h"), l.Switch("acc-1"), t.TempDir()}
	w.start("NM_PW=demo")
	w.profile("lab", "--username", "netmirror", "--password", "env:NM_PW")
	w.write("token", w.token+"\n")
	return w
}

func (w *waysIn) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// command prepares a program of others, which knows nothing but what it is told.
func (w *waysIn) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(w.t.Context(), name, args...)
	cmd.Dir = w.dir
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=" + w.dir, "LANG=C.UTF-8", "NETMIRROR_URL=" + w.url}
	return cmd
}

// ansible runs one of Ansible's programs with the collection of this repository. What it
// says has blanks for line breaks, since warnings are wrapped.
func (w *waysIn) ansible(program string, args ...string) (string, error) {
	w.t.Helper()
	collections := filepath.Join(w.dir, "collections", "ansible_collections", "netmirror")
	if err := os.MkdirAll(collections, 0o755); err != nil {
		w.t.Fatal(err)
	}
	to := filepath.Join(testkit.Root(w.t), "integrations", "ansible")
	if err := os.Symlink(to, filepath.Join(collections, "netmirror")); err != nil && !os.IsExist(err) {
		w.t.Fatal(err)
	}
	cmd := w.command("/usr/bin/"+program, args...)
	if program == "ansible-inventory" {
		cmd.Env = append(cmd.Env, "NETMIRROR_TOKEN_FILE="+filepath.Join(w.dir, "token"))
	}
	cmd.Env = append(cmd.Env, "ANSIBLE_COLLECTIONS_PATH="+filepath.Join(w.dir, "collections"), "ANSIBLE_NOCOLOR=1", "ANSIBLE_PIPELINING=True", "ANSIBLE_LOCAL_TEMP="+w.dir,
		"ANSIBLE_LOCALHOST_WARNING=False", "ANSIBLE_INVENTORY_UNPARSED_WARNING=False", "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

var recap = regexp.MustCompile(`(?m)^localhost +: ok=\d+ +changed=(\d+) +unreachable=0 +failed=0 `)

// play runs a playbook that succeeds and changes so many things, as it says.
func (w *waysIn) play(book, changed string, args ...string) string {
	w.t.Helper()
	out, err := w.played(book, args...)
	if err != nil {
		w.t.Fatalf("ansible-playbook %s %q: %v\n%s", book, args, err, out)
	}
	if m := recap.FindStringSubmatch(out); m == nil || m[1] != changed {
		w.t.Errorf("ansible-playbook %s %q changed %q, want %s\n%s", book, args, m, changed, out)
	}
	return strings.Join(strings.Fields(out), " ")
}

// played runs a playbook.
func (w *waysIn) played(book string, args ...string) (string, error) {
	w.t.Helper()
	_, port, _ := strings.Cut(w.acc.Addr(), ":")
	book, _ = filepath.Abs(filepath.Join("testdata", "ansible", book))
	out, err := w.ansible("ansible-playbook", append([]string{book, "-e", "controller=" + w.url, "-e", "ssh_port=" + port, "-e", "token_file=" + filepath.Join(w.dir, "token"),
		"-e", "ansible_python_interpreter=/usr/bin/python3"}, args...)...)
	if strings.Contains(out, w.token) {
		w.t.Errorf("the token is told: %s", out)
	}
	return out, err
}

func (w *waysIn) says(out string, want ...string) {
	w.t.Helper()
	for _, s := range want {
		if !strings.Contains(out, s) {
			w.t.Errorf("%q is missing in\n%s", s, out)
		}
	}
}

// TestAnsible: check mode, two runs, changes, refusals and the end of it all, by the
// real ansible-playbook; and the switches of the controller as an inventory.
func TestAnsible(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "/usr/bin/ansible-playbook", "/usr/bin/ansible-inventory")
	w := newWaysIn(t)
	before := w.acc.RunningConfig()

	out := w.play("site.yml", "4", "--check", "--diff")
	w.says(out, `+ "protocol": "cli"`, `session phone: sources[0].device: there is no device "acc-1"`)
	for _, path := range []string{"/devices/acc-1", "/tools/ids-1", "/filters/web", "/sessions/phone"} {
		w.call("GET", path, "", 404)
	}

	out = w.play("site.yml", "4", "--diff")
	w.says(out, "acc-1 is sent: ", "monitor session 66 source interface GigabitEthernet1/0/14 both")
	w.reach("phone", "Active")
	w.play("site.yml", "0")

	sent := w.acc.RunningConfig()
	out = w.play("site.yml", "2", "--tags", "changing", "--check", "--diff", "-e", "web_port=8443", "-e", "interface=Gi1/0/13")
	w.says(out, `- "destinationPort": "443"`, `+ "destinationPort": "8443"`, "permit tcp any any eq 8443", "no monitor session 66 source interface GigabitEthernet1/0/14")
	if now := w.acc.RunningConfig(); now != sent {
		t.Errorf("check mode changed the switch:\n%s", lineDiff(sent, now))
	}
	w.play("site.yml", "2", "--tags", "changing", "-e", "web_port=8443", "-e", `{"labelled": true}`)
	w.play("looks.yml", "2") // the plan that is applied, and what would go in check mode
	w.inventory()

	const words = "% Platform can not support this"
	if err := w.acc.SetFaults(lab.Faults{Refuse: []lab.Refusal{{Line: "monitor session .*Gi.*/15.*", Answer: words}}}); err != nil {
		t.Fatal(err)
	}
	out, err := w.played("site.yml", "--tags", "session", "-e", "interface=Gi1/0/15")
	if err == nil || !strings.Contains(out, "session phone: Degraded: ") || !strings.Contains(out, words) {
		t.Errorf("a device that refuses is told as: %v\n%s", err, out)
	}

	w.play("away.yml", "4") // a loop counts once
	if now := w.acc.RunningConfig(); now != before {
		t.Errorf("something is left on the switch:\n%s", lineDiff(before, now))
	}
}

// inventory: the switch of the controller is a host in its groups.
func (w *waysIn) inventory() {
	w.t.Helper()
	source, _ := filepath.Abs(filepath.Join("testdata", "ansible", "hosts.netmirror.yml"))
	out, err := w.ansible("ansible-inventory", "-i", source, "--list")
	if err != nil {
		w.t.Fatalf("%v\n%s", err, out)
	}
	type group struct{ Hosts []string }
	var got struct {
		Meta struct {
			Hostvars map[string]map[string]any `json:"hostvars"`
		} `json:"_meta"`
		Platform group `json:"platform_cisco_iosxe"`
		Label    group `json:"label_site_ber"`
		Floor    group `json:"floor_3"`
		Ours     group `json:"ours"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		w.t.Fatalf("%v in\n%s", err, out)
	}
	for name, g := range map[string]group{"platform": got.Platform, "label": got.Label, "keyed": got.Floor, "composed": got.Ours} {
		if !slices.Equal(g.Hosts, []string{"acc-1"}) {
			w.t.Errorf("the %s group has %q\n%s", name, g.Hosts, out)
		}
	}
	vars := got.Meta.Hostvars["acc-1"]
	if vars["ansible_host"] != "127.0.0.1" || vars["netmirror_reachable"] != "True" || vars["ansible_network_os"] != "cisco.ios.ios" {
		w.t.Errorf("the variables are %v", vars)
	}
}
