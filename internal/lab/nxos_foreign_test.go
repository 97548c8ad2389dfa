package lab

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/scrapli/scrapligo/driver/options"
	scrapli "github.com/scrapli/scrapligo/platform"

	"github.com/netmirror/netmirror/internal/testkit"
)

const nexusNetmikoScript = `
import sys
from netmiko import ConnectHandler
c = ConnectHandler(device_type="cisco_nxos", host=sys.argv[1], port=int(sys.argv[2]), username="admin", password="pw")
print("PROMPT", c.find_prompt())
print(c.send_command("show version"))
print(c.send_config_set(["interface Ethernet1/48", "switchport", "switchport monitor", "monitor session 4", "description nm-4", "source interface Ethernet1/1 rx", "destination interface Ethernet1/48", "no shut"]))
print(c.send_command("show monitor session 4"))
print(c.send_command("show running-config"))
print(c.save_config())
c.disconnect()
`

func TestNexusNetmikoConfiguresASession(t *testing.T) {
	t.Parallel() // it mostly waits
	testkit.Need(t, systemPython)
	if exec.Command(systemPython, "-c", "import netmiko").Run() != nil {
		testkit.Need(t, "python3-netmiko") // a library: no program has this name
	}
	sw := start(t, oneNexus).Switch("n9")
	host, port, _ := net.SplitHostPort(sw.Addr())
	out := strings.ReplaceAll(runForeign(t, nil, systemPython, "-c", nexusNetmikoScript, host, port), "\r", "")
	contains(t, out, "PROMPT n9#", "NXOS: version 9.3(10)", "(config-monitor)# no shut", "state             : up\n", "rx            : Eth1/1", "  switchport monitor\n", "Copy complete.")
	if !strings.Contains(sw.StartupConfig(), "monitor session 4\n  description nm-4\n  source interface Ethernet1/1 rx\n  destination interface Ethernet1/48\n  no shut\n") {
		t.Errorf("not saved:\n%s", sw.StartupConfig())
	}
}

const nexusPlaybook = `
- hosts: lab
  gather_facts: false
  tasks:
    - cisco.nxos.nxos_config:
        parents: [monitor session 5]
        lines:
          - source interface Ethernet1/1 rx
          - destination interface Ethernet1/47
          - no shut
        save_when: modified
      register: first
    - cisco.nxos.nxos_config:
        parents: [monitor session 5]
        lines:
          - source interface Ethernet1/1 rx
          - destination interface Ethernet1/47
          - no shut
      register: second
    - cisco.nxos.nxos_config:
        parents: [interface Ethernet1/47]
        lines: [switchport, switchport monitor]
        match: none
    - cisco.nxos.nxos_command:
        commands:
          - show monitor session 5
          - command: show version
            output: json
          - command: show interface Ethernet1/47
            output: json
      register: shown
    - ansible.builtin.debug:
        msg: "CHANGED {{ first.changed }} {{ second.changed }} VERSION {{ shown.stdout[1].nxos_ver_str }} MONITOR {{ shown.stdout[2].TABLE_interface.ROW_interface.eth_swt_monitor }}"
    - ansible.builtin.debug:
        var: shown.stdout_lines[0]
    - cisco.nxos.nxos_config:
        lines: [monitor sesion 5]
      register: wrong
      ignore_errors: true
    - cisco.nxos.nxos_config:
        parents: [monitor session 5]
        lines: [no shutdown]
      register: long
      ignore_errors: true
    - ansible.builtin.debug:
        msg: "REFUSED {{ wrong.failed }} {{ long.failed }}"
`

func TestNexusAnsibleConfiguresASession(t *testing.T) {
	t.Parallel() // it mostly waits
	const program = "/usr/bin/ansible-playbook"
	testkit.Need(t, program)
	sw := start(t, oneNexus).Switch("n9")
	host, port, _ := net.SplitHostPort(sw.Addr())
	dir := t.TempDir()
	inventory := "[lab]\nsw ansible_host=" + host + " ansible_port=" + port +
		" ansible_connection=ansible.netcommon.network_cli ansible_network_os=cisco.nxos.nxos ansible_user=admin ansible_password=pw" +
		" ansible_python_interpreter=" + systemPython + " ansible_network_cli_ssh_type=paramiko\n"
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	out := runForeign(t, []string{"ANSIBLE_HOST_KEY_CHECKING=False", "ANSIBLE_NOCOLOR=1", "ANSIBLE_LOCAL_TEMP=" + dir, "ANSIBLE_PERSISTENT_CONTROL_PATH_DIR=" + dir},
		program, "-i", write("hosts", inventory), write("play.yml", nexusPlaybook))
	contains(t, out, "CHANGED True False VERSION 9.3(10) MONITOR on", `"state             : up"`, "REFUSED True True")
	if !strings.Contains(sw.StartupConfig(), "monitor session 5\n  source interface Ethernet1/1 rx\n  destination interface Ethernet1/47\n  no shut\n") {
		t.Errorf("save_when: modified did not save:\n%s", sw.StartupConfig())
	}
}

// Stock scrapligo is a foreign client, too.
func TestNexusStockScrapligoConfiguresASession(t *testing.T) {
	sw := start(t, oneNexus).Switch("n9")
	host, port, _ := net.SplitHostPort(sw.Addr())
	n, _ := strconv.Atoi(port)
	p, err := scrapli.NewPlatform("cisco_nxos", host, options.WithPort(n), options.WithAuthUsername("admin"), options.WithAuthPassword("pw"),
		options.WithAuthNoStrictKey(), options.WithTransportType("standard"))
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
	m, err := d.SendConfigs([]string{"monitor session 3", "source interface Ethernet1/1 rx", "destination interface Ethernet1/48", "no shut"})
	if err != nil || m.Failed != nil {
		t.Fatalf("configs: %v %v", err, m.Failed)
	}
	for _, wrong := range []string{"monitor sesion 3", "no monitor session 9"} {
		if m, err = d.SendConfigs([]string{wrong}); err != nil || m.Failed == nil {
			t.Errorf("%s did not fail: %v", wrong, err)
		}
	}
	// It does not know the words for a number that is out of range (fact sheet, 5).
	if m, err = d.SendConfigs([]string{"monitor session 33"}); err != nil || m.Failed != nil {
		t.Errorf("%v %v", err, m.Failed)
	}
	if got, want := spans(sw), "monitor session 3\n  source interface Ethernet1/1 rx\n  destination interface Ethernet1/48\n  no shut\n"; got != want {
		t.Errorf("%s", got)
	}
}
