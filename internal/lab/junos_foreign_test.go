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

const junosNetmikoScript = `
import sys
from netmiko import ConnectHandler
c = ConnectHandler(device_type="juniper_junos", host=sys.argv[1], port=int(sys.argv[2]), username="admin", password="pw")
print("PROMPT", c.find_prompt())
print(c.send_command("show version"))
print(c.send_config_set(["set forwarding-options analyzer nm-4 input ingress interface ge-0/0/4.0", "set forwarding-options analyzer nm-4 output interface ge-0/0/47.0"], exit_config_mode=False))
print(c.commit(check=True))
print(c.commit(comment="by netmiko", and_quit=True))
print(c.send_command("show configuration forwarding-options | display set"))
c.config_mode()
c.send_command("set forwarding-options analyzer nm-4 output vlan default")
try:
    c.commit()
    print("COMMITTED")
except ValueError as e:
    print("REFUSED", "error: configuration check-out failed" in str(e))
print("PROMPT", c.find_prompt())
c.remote_conn.close()
`

func TestJunosNetmikoConfiguresASession(t *testing.T) {
	t.Parallel() // it mostly waits
	testkit.Need(t, systemPython)
	if exec.Command(systemPython, "-c", "import netmiko").Run() != nil {
		testkit.Need(t, "python3-netmiko") // a library: no program has this name
	}
	sw := junosSwitch(t, "ex4300-48t")
	host, port, _ := net.SplitHostPort(sw.Addr())
	out := strings.ReplaceAll(runForeign(t, nil, systemPython, "-c", junosNetmikoScript, host, port), "\r", "")
	for _, want := range []string{"PROMPT admin@sw>", "Model: ex4300-48t", "configuration check succeeds", "commit complete",
		"set forwarding-options analyzer nm-4 input ingress interface ge-0/0/4.0\nset forwarding-options analyzer nm-4 output interface ge-0/0/47.0", "REFUSED True", "PROMPT admin@sw#"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if got := answered(sw, "show system commit"); !strings.Contains(got, "by admin via cli\n    by netmiko\n") {
		t.Errorf("%s", got)
	}
}

const junosPlaybook = `
- hosts: lab
  gather_facts: false
  tasks:
    - junipernetworks.junos.junos_command:
        commands:
          - show version
          - show forwarding-options analyzer
          - show configuration forwarding-options | display set
      register: shown
    - ansible.builtin.debug:
        var: shown.stdout_lines
    - junipernetworks.junos.junos_command:
        commands: [show forwarding-options analyser]
      register: wrong
      ignore_errors: true
    - ansible.builtin.debug:
        msg: "REFUSED {{ wrong.failed }}"
    - ansible.netcommon.cli_config:
        config: "set forwarding-options analyzer nm-5 input ingress interface ge-0/0/6.0"
        commit_comment: ansible
      register: first
    - ansible.builtin.debug:
        msg: "CHANGED {{ first.changed }}"
`

func TestJunosAnsibleReadsAndConfigures(t *testing.T) {
	t.Parallel() // it mostly waits
	const program = "/usr/bin/ansible-playbook"
	testkit.Need(t, program)
	sw := junosSwitch(t, "ex4300-48t")
	sw.Exec("configure", "set forwarding-options analyzer nm-5 input ingress interface ge-0/0/5.0", "set forwarding-options analyzer nm-5 output interface ge-0/0/47.0", "commit")
	host, port, _ := net.SplitHostPort(sw.Addr())
	dir := t.TempDir()
	inventory := "[lab]\nsw ansible_host=" + host + " ansible_port=" + port +
		" ansible_connection=ansible.netcommon.network_cli ansible_network_os=junipernetworks.junos.junos ansible_user=admin ansible_password=pw" +
		" ansible_python_interpreter=" + systemPython + " ansible_network_cli_ssh_type=paramiko\n"
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	out := runForeign(t, []string{"ANSIBLE_HOST_KEY_CHECKING=False", "ANSIBLE_NOCOLOR=1", "ANSIBLE_LOCAL_TEMP=" + dir, "ANSIBLE_PERSISTENT_CONTROL_PATH_DIR=" + dir},
		program, "-i", write("hosts", inventory), write("play.yml", junosPlaybook))
	for _, want := range []string{"Junos: 21.4R3-S4.9", "Ingress monitored interfaces     : ge-0/0/5.0", "set forwarding-options analyzer nm-5 output interface ge-0/0/47.0", "REFUSED True", "CHANGED True"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if got := sw.RunningConfig(); !strings.Contains(got, "set forwarding-options analyzer nm-5 input ingress interface ge-0/0/6.0\n") {
		t.Errorf("not committed:\n%s\n%s", got, out)
	}
}

// Stock scrapligo is a foreign client, too. It does not see that a commit fails.
func TestJunosStockScrapligoConfiguresASession(t *testing.T) {
	for _, model := range []string{"ex4300-48t", "acx7100"} {
		sw := junosSwitch(t, model)
		host, port, _ := net.SplitHostPort(sw.Addr())
		n, _ := strconv.Atoi(port)
		p, err := scrapli.NewPlatform("juniper_junos", host, options.WithPort(n), options.WithAuthUsername("admin"), options.WithAuthPassword("pw"),
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
		r, err := d.SendCommand("show version")
		if err != nil || r.Failed != nil || !strings.Contains(r.Result, "Model: "+model) {
			t.Fatalf("show version: %v %v %q", err, r.Failed, r.Result)
		}
		configs := func(lines ...string) (failed bool) {
			t.Helper()
			m, err := d.SendConfigs(lines)
			if err != nil {
				t.Fatal(err)
			}
			return m.Failed != nil
		}
		if configs("set forwarding-options analyzer nm-3 input ingress vlan default", "set forwarding-options analyzer nm-3 output vlan default", "commit") {
			t.Error("the configuration failed")
		}
		if configs("set firewall family inet filter F term a then analyzer none", "commit", "rollback 0") {
			t.Error("scrapligo sees the failure of a commit")
		}
		if !configs("set forwarding-options analyser nm-3") {
			t.Error("a mistyped line did not fail")
		}
		if got := answered(sw, "show configuration forwarding-options | display set"); got != "set forwarding-options analyzer nm-3 input ingress vlan default\nset forwarding-options analyzer nm-3 output vlan default\n" {
			t.Errorf("%s", got)
		}
	}
}
