package lab

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/testkit"
)

// systemPython is the interpreter for which the distribution packages its
// Python libraries; another one on the PATH does not see them.
const systemPython = "/usr/bin/python3"

// runForeign runs a program on the lab and returns its output.
func runForeign(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=" + t.TempDir(), "LANG=C.UTF-8"}, env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

const netmikoScript = `
import sys
from netmiko import ConnectHandler
c = ConnectHandler(device_type="cisco_ios", host=sys.argv[1], port=int(sys.argv[2]), username="op", password="pw", secret="en")
c.enable()
print("PROMPT", c.find_prompt())
print(c.send_command("show version"))
print(c.send_config_set(["monitor session 4 source interface Gi1/0/4 - 6 rx", "monitor session 4 destination interface Gi1/0/23"]))
print(c.send_command("show monitor session 4"))
print(c.save_config())
c.disconnect()
`

func TestNetmikoConfiguresASession(t *testing.T) {
	testkit.Need(t, systemPython)
	if exec.Command(systemPython, "-c", "import netmiko").Run() != nil {
		testkit.Need(t, "python3-netmiko") // a library: no program has this name
	}
	sw := start(t, oneSwitch).Switch("acc-1")
	host, port, _ := net.SplitHostPort(sw.Addr())
	out := runForeign(t, nil, systemPython, "-c", netmikoScript, host, port)
	for _, want := range []string{"PROMPT acc-1#", "Version 17.9.4", "RX Only              : Gi1/0/4-6", "[OK]"} {
		if !strings.Contains(strings.ReplaceAll(out, "\r", ""), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if !strings.Contains(sw.StartupConfig(), "monitor session 4 source interface Gi1/0/4 - 6 rx\n") {
		t.Errorf("not saved:\n%s", sw.StartupConfig())
	}
}

const playbook = `
- hosts: lab
  gather_facts: false
  tasks:
    - cisco.ios.ios_facts:
        gather_subset: [default, hardware, interfaces, config]
    - ansible.builtin.debug:
        msg: "FACTS {{ ansible_net_version }} {{ ansible_net_hostname }} {{ ansible_net_model }} {{ ansible_net_serialnum }} {{ ansible_net_interfaces | length }}"
    - cisco.ios.ios_config:
        lines:
          - monitor session 5 source interface Gi1/0/5 rx
          - monitor session 5 destination interface Gi1/0/22 encapsulation replicate
        save_when: modified
      register: first
    - cisco.ios.ios_config:
        lines:
          - monitor session 5 source interface Gi1/0/5 rx
          - monitor session 5 destination interface Gi1/0/22 encapsulation replicate
      register: second
    - cisco.ios.ios_command:
        commands: [show monitor session 5]
      register: shown
    - ansible.builtin.debug:
        msg: "CHANGED {{ first.changed }} {{ second.changed }}"
    - ansible.builtin.debug:
        var: shown.stdout_lines
    - cisco.ios.ios_config:
        lines: [monitor sesion 5]
      register: wrong
      ignore_errors: true
    - ansible.builtin.debug:
        msg: "REFUSED {{ wrong.failed }}"
`

func TestAnsibleConfiguresASession(t *testing.T) {
	const program = "/usr/bin/ansible-playbook"
	testkit.Need(t, program)
	sw := start(t, oneSwitch).Switch("acc-1")
	host, port, _ := net.SplitHostPort(sw.Addr())
	dir := t.TempDir()
	inventory := "[lab]\nsw ansible_host=" + host + " ansible_port=" + port +
		" ansible_connection=ansible.netcommon.network_cli ansible_network_os=cisco.ios.ios ansible_user=op ansible_password=pw" +
		" ansible_become=yes ansible_become_method=enable ansible_become_password=en ansible_python_interpreter=" + systemPython +
		" ansible_network_cli_ssh_type=paramiko\n"
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	out := runForeign(t, []string{"ANSIBLE_HOST_KEY_CHECKING=False", "ANSIBLE_NOCOLOR=1", "ANSIBLE_LOCAL_TEMP=" + dir, "ANSIBLE_PERSISTENT_CONTROL_PATH_DIR=" + dir},
		program, "-i", write("hosts", inventory), write("play.yml", playbook))
	for _, want := range []string{"FACTS 17.09.04 acc-1 C9300-24T SIM", " 28\"", "CHANGED True False", "Encapsulation        : Replicate", "REFUSED True"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if !strings.Contains(sw.StartupConfig(), "monitor session 5 source interface Gi1/0/5 rx\n") {
		t.Errorf("save_when: modified did not save:\n%s", sw.StartupConfig())
	}
}
