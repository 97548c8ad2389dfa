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

const xrNetmikoScript = `
import sys
from netmiko import ConnectHandler
c = ConnectHandler(device_type="cisco_xr", host=sys.argv[1], port=int(sys.argv[2]), username="admin", password="pw")
print("PROMPT", c.find_prompt())
print(c.send_command("show version"))
print(c.send_config_set(["monitor-session nm-4 ethernet", "destination interface Te0/0/0/23", "interface Te0/0/0/4", "monitor-session nm-4 ethernet direction rx-only port-level"]))
print("COMMITTED", c.commit(label="nm4f2a17"))
print(c.commit(confirm=True, confirm_delay=60))
c.send_config_set(["interface Te0/0/0/4", "description phones"])
print(c.commit(label="trial", confirm=True, confirm_delay=60))
print("CONFIRMED", c.commit())
c.send_config_set(["no ipv4 access-list L"])
try:
    c.commit()
except ValueError as e:
    print("REFUSED", "Failed to commit" in str(e))
print(c.send_command_timing("show configuration failed"))
c.exit_config_mode()
print(c.send_command("show running-config monitor-session"))
print("LIST", c.send_command("show configuration commit list"))
c.disconnect()
`

// xrWithList has a list that is attached.
const xrWithList = oneXR + `
      config: |
        ipv4 access-list L
         10 permit ipv4 any any
        interface Loopback7
         ipv4 access-group L ingress
`

func TestXRNetmikoConfiguresASession(t *testing.T) {
	t.Parallel() // it mostly waits
	testkit.Need(t, systemPython)
	if exec.Command(systemPython, "-c", "import netmiko").Run() != nil {
		testkit.Need(t, "python3-netmiko") // a library: no program has this name
	}
	sw := start(t, strings.Replace(xrWithList, "clockFactor: 100", "clockFactor: 1", 1)).Switch("r1")
	host, port, _ := net.SplitHostPort(sw.Addr())
	out := strings.ReplaceAll(runForeign(t, nil, systemPython, "-c", xrNetmikoScript, host, port), "\r", "")
	for _, want := range []string{"PROMPT RP/0/RP0/CPU0:r1#", "Cisco IOS XR Software, Version 7.5.2", "COMMITTED ", "No configuration changes to commit.", "% Confirming commit for trial session.", "REFUSED True", "!!% ",
		"monitor-session nm-4 ethernet\n destination interface TenGigE0/0/0/23\n!", " trial  ", " nm4f2a17  "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	contains(t, sw.StartupConfig(), "interface TenGigE0/0/0/4\n description phones\n monitor-session nm-4 ethernet direction rx-only port-level\n!\n", "ipv4 access-list L\n")
}

const xrPlaybook = `
- hosts: lab
  gather_facts: false
  tasks:
    - cisco.iosxr.iosxr_facts:
        gather_subset: [default, config]
    - ansible.builtin.debug:
        msg: "FACTS {{ ansible_net_version }} {{ ansible_net_hostname }} {{ ansible_net_model }}"
    - cisco.iosxr.iosxr_config:
        lines: [destination interface TenGigE0/0/0/22]
        parents: [monitor-session nm-5 ethernet]
        label: nm5
      register: first
    - cisco.iosxr.iosxr_config:
        lines: [destination interface TenGigE0/0/0/22]
        parents: [monitor-session nm-5 ethernet]
      register: second
    - cisco.iosxr.iosxr_config:
        lines: [monitor-session nm-5 ethernet direction rx-only]
        parents: [interface TenGigE0/0/0/7]
        exclusive: true
    - cisco.iosxr.iosxr_command:
        commands: [show monitor-session status]
      register: shown
    - ansible.builtin.debug:
        msg: "CHANGED {{ first.changed }} {{ second.changed }}"
    - ansible.builtin.debug:
        var: first.diff.prepared
    - ansible.builtin.debug:
        var: shown.stdout_lines
    - cisco.iosxr.iosxr_config:
        lines: [monitor-sesion nm-5]
      register: wrong
      ignore_errors: true
    - cisco.iosxr.iosxr_config:
        lines: [no ipv4 access-list L]
      register: refused
      ignore_errors: true
    - cisco.iosxr.iosxr_config:
        lines: [logging 10.0.0.1]
        label: nm5
      register: used
      ignore_errors: true
    - ansible.builtin.debug:
        msg: "REFUSED {{ wrong.failed }} {{ refused.failed }} {{ used.failed }}"
`

func TestXRAnsibleConfiguresASession(t *testing.T) {
	t.Parallel() // it mostly waits
	const program = "/usr/bin/ansible-playbook"
	testkit.Need(t, program)
	sw := start(t, xrWithList).Switch("r1")
	host, port, _ := net.SplitHostPort(sw.Addr())
	dir := t.TempDir()
	inventory := "[lab]\nsw ansible_host=" + host + " ansible_port=" + port +
		" ansible_connection=ansible.netcommon.network_cli ansible_network_os=cisco.iosxr.iosxr ansible_user=admin ansible_password=pw" +
		" ansible_python_interpreter=" + systemPython + " ansible_network_cli_ssh_type=paramiko\n"
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	out := runForeign(t, []string{"ANSIBLE_HOST_KEY_CHECKING=False", "ANSIBLE_NOCOLOR=1", "ANSIBLE_LOCAL_TEMP=" + dir, "ANSIBLE_PERSISTENT_CONTROL_PATH_DIR=" + dir},
		program, "-i", write("hosts", inventory), write("play.yml", xrPlaybook))
	for _, want := range []string{"FACTS 7.5.2 r1 NCS-5500", "CHANGED True False", "+  monitor-session nm-5 ethernet", "Te0/0/0/7             Rx", "REFUSED True True True"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if !strings.Contains(sw.StartupConfig(), "interface TenGigE0/0/0/7\n monitor-session nm-5 ethernet direction rx-only\n!\n") || strings.Contains(sw.RunningConfig(), "logging") {
		t.Errorf("%s", sw.StartupConfig())
	}
}

// Stock scrapligo is a foreign client, too. It leaves configuration by "end" and does not
// know a failed commit.
func TestXRStockScrapligoConfiguresASession(t *testing.T) {
	sw := start(t, oneXR).Switch("r1")
	host, port, _ := net.SplitHostPort(sw.Addr())
	n, _ := strconv.Atoi(port)
	p, err := scrapli.NewPlatform("cisco_iosxr", host, options.WithPort(n), options.WithAuthUsername("admin"), options.WithAuthPassword("pw"),
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
	m, err := d.SendConfigs([]string{"monitor-session nm-3 ethernet", "destination interface Te0/0/0/24", "interface Te0/0/0/3", "monitor-session nm-3 ethernet direction rx-only", "commit"})
	if err != nil || m.Failed != nil {
		t.Fatalf("configs: %v %v", err, m.Failed)
	}
	if r, err := d.SendCommand("show monitor-session nm-3 status"); err != nil || r.Failed != nil || !strings.Contains(r.Result, "Te0/0/0/3             Rx    Not operational") {
		t.Errorf("%v %s", err, r.Result)
	}
	if m, err = d.SendConfigs([]string{"monitor-sesion nm-3", "abort"}); err != nil || m.Failed == nil {
		t.Errorf("a mistyped line did not fail: %v", err)
	}
	contains(t, sw.StartupConfig(), "monitor-session nm-3 ethernet\n destination interface TenGigE0/0/0/24\n!\n")
}
