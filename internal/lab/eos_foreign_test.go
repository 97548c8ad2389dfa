package lab

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/scrapli/scrapligo/driver/options"
	scrapli "github.com/scrapli/scrapligo/platform"

	"github.com/netmirror/netmirror/internal/testkit"
)

const eosNetmikoScript = `
import sys
from netmiko import ConnectHandler
c = ConnectHandler(device_type="arista_eos", host=sys.argv[1], port=int(sys.argv[2]), username="op", password="pw", secret="en")
c.enable()
print("PROMPT", c.find_prompt())
print(c.send_command("show version"))
print(c.send_config_set(["monitor session nm-4 source Ethernet4-6 rx", "monitor session nm-4 destination Ethernet23", "interface Ethernet4", "description phones"]))
print(c.send_command("show running-config section monitor session"))
print(c.send_command("show interfaces status | json"))
print(c.save_config())
c.disconnect()
`

func TestEOSNetmikoConfiguresASession(t *testing.T) {
	t.Parallel() // it mostly waits
	testkit.Need(t, systemPython)
	if exec.Command(systemPython, "-c", "import netmiko").Run() != nil {
		testkit.Need(t, "python3-netmiko") // a library: no program has this name
	}
	sw := start(t, oneEOS).Switch("leaf1")
	host, port, _ := net.SplitHostPort(sw.Addr())
	out := runForeign(t, nil, systemPython, "-c", eosNetmikoScript, host, port)
	for _, want := range []string{"PROMPT leaf1#", "Software image version: 4.30.4M", "monitor session nm-4 source Ethernet6 rx\nmonitor session nm-4 destination Ethernet23", `"description": "phones"`, "Copy completed successfully."} {
		if !strings.Contains(strings.ReplaceAll(out, "\r", ""), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if !strings.Contains(sw.StartupConfig(), "monitor session nm-4 destination Ethernet23\n") {
		t.Errorf("not saved:\n%s", sw.StartupConfig())
	}
}

const eosPlaybook = `
- hosts: lab
  gather_facts: false
  tasks:
    - arista.eos.eos_facts:
        gather_subset: [default, hardware, interfaces, config]
    - ansible.builtin.debug:
        msg: "FACTS {{ ansible_net_version }} {{ ansible_net_hostname }} {{ ansible_net_model }} {{ ansible_net_serialnum }} {{ ansible_net_image }} {{ ansible_net_filesystems[0] }} {{ ansible_net_interfaces | length }}"
    - arista.eos.eos_config:
        lines:
          - monitor session nm-5 source Ethernet5 rx
          - monitor session nm-5 destination Ethernet22
        save_when: modified
      register: first
    - arista.eos.eos_config:
        lines:
          - monitor session nm-5 source Ethernet5 rx
          - monitor session nm-5 destination Ethernet22
      register: second
    - arista.eos.eos_config:
        lines: [description uplink]
        parents: [interface Ethernet7]
    - arista.eos.eos_command:
        commands: [show monitor session]
      register: shown
    - ansible.builtin.debug:
        msg: "CHANGED {{ first.changed }} {{ second.changed }}"
    - ansible.builtin.debug:
        var: first.diff.prepared
    - ansible.builtin.debug:
        var: shown.stdout_lines
    - arista.eos.eos_config:
        lines: [monitor sesion nm-5]
      register: wrong
      ignore_errors: true
    - ansible.builtin.debug:
        msg: "REFUSED {{ wrong.failed }}"
`

func TestEOSAnsibleConfiguresASession(t *testing.T) {
	t.Parallel() // it mostly waits
	const program = "/usr/bin/ansible-playbook"
	testkit.Need(t, program)
	sw := start(t, oneEOS).Switch("leaf1")
	host, port, _ := net.SplitHostPort(sw.Addr())
	dir := t.TempDir()
	inventory := "[lab]\nsw ansible_host=" + host + " ansible_port=" + port +
		" ansible_connection=ansible.netcommon.network_cli ansible_network_os=arista.eos.eos ansible_user=op ansible_password=pw" +
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
		program, "-i", write("hosts", inventory), write("play.yml", eosPlaybook))
	for _, want := range []string{"FACTS 4.30.4M leaf1 DCS-7050SX3-48YC8 SIM", " flash:/EOS.swi flash: 57\"", "CHANGED True False", "+monitor session nm-5 source Ethernet5 rx", "Session nm-5", "REFUSED True"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if !strings.Contains(sw.StartupConfig(), "monitor session nm-5 source Ethernet5 rx\n") || !strings.Contains(sw.RunningConfig(), "interface Ethernet7\n   description uplink\n") {
		t.Errorf("save_when: modified did not save, or the port has no name:\n%s", sw.StartupConfig())
	}
	if left := said(sw, "show configuration sessions"); regexp.MustCompile(`ansible_\d+ +pending`).MatchString(left) {
		t.Errorf("Ansible aborts the session that was refused:\n%s", left)
	}
}

// Stock scrapligo is a foreign client, too. It asks for the widest terminal.
func TestEOSStockScrapligoConfiguresASession(t *testing.T) {
	sw := start(t, oneEOS).Switch("leaf1")
	host, port, _ := net.SplitHostPort(sw.Addr())
	n, _ := strconv.Atoi(port)
	p, err := scrapli.NewPlatform("arista_eos", host, options.WithPort(n), options.WithAuthUsername("op"), options.WithAuthPassword("pw"),
		options.WithAuthSecondary("en"), options.WithAuthNoStrictKey(), options.WithTransportType("standard"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := p.GetNetworkDriver()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Open(); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	m, err := d.SendConfigs([]string{"monitor session nm-3 source Ethernet3 rx", "monitor session nm-3 destination Ethernet24"})
	if err != nil || m.Failed != nil {
		t.Fatalf("configs: %v %v", err, m.Failed)
	}
	if m, err = d.SendConfigs([]string{"monitor sesion nm-3"}); err != nil || m.Failed == nil {
		t.Errorf("a mistyped line did not fail: %v", err)
	}
	if got := mirrors(sw); got != "nm-3 source Ethernet3 rx\nnm-3 destination Ethernet24\n" {
		t.Errorf("%s", got)
	}
}

func TestEOSWidestTerminalClosesAContainer(t *testing.T) {
	sw := start(t, strings.Replace(oneEOS, "platform: arista_eos", "platform: arista_eos\n      model: cEOSLab", 1)).Switch("leaf1")
	x := shell(t, dial(t, sw, "admin", "pw"), 24)
	x.until(`leaf1#$`)
	x.cmd("terminal width 500", "leaf1#")
	x.send("terminal width 32767\n")
	x.eof()
}
