package lab

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// needNcclient skips without Debian's ncclient.
func needNcclient(t *testing.T) {
	t.Helper()
	testkit.Need(t, systemPython)
	if exec.Command(systemPython, "-c", "import ncclient").Run() != nil {
		testkit.Need(t, "python3-ncclient") // a library: no program has this name
	}
}

const ncclientScript = `
import sys
from ncclient import manager
from ncclient.operations.rpc import RPCError
name = sys.argv[3]
config = """<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><configuration><forwarding-options><analyzer><name>%s</name>
<input><ingress><interface><name>ge-0/0/4.0</name></interface></ingress></input><output><ip-address>192.0.2.9</ip-address></output></analyzer></forwarding-options></configuration></config>"""
part = ("subtree", "<configuration><forwarding-options/></configuration>")
def connect():
    return manager.connect(host=sys.argv[1], port=int(sys.argv[2]), username="admin", password="pw", hostkey_verify=False, allow_agent=False, look_for_keys=False, device_params={"name": name}, timeout=60)
with connect() as m, connect() as other:
    print("CANDIDATE", ":candidate" in m.server_capabilities)
    with m.locked("candidate"):
        try:
            other.lock("candidate")
        except RPCError as e:
            print("LOCKED", e.tag, "configuration database locked by" in e.message)
        m.edit_config(target="candidate", config=config % ("nm-" + name), default_operation="merge", test_option="test-then-set")
        m.validate("candidate")
        m.commit(confirmed=True, timeout="300")
        m.commit()
    print("RUNNING", m.get_config("running", part))
    m.edit_config(target="candidate", config=config % "gone")
    m.discard_changes()
    print("GONE", "gone" in str(m.get_config("candidate", filter=part)))
    try:
        m.edit_config(target="candidate", config=config.replace("analyzer", "analyser") % "x")
    except RPCError as e:
        print("REFUSED", e.message, e.info is not None and "analyser" in e.info)
    if name == "junos":
        print("SET", m.get_configuration(format="set").tostring.decode())
        m.load_configuration(action="set", config=["set forwarding-options analyzer loaded output ip-address 192.0.2.7", "set routing-options static route 192.0.2.0/24 next-hop 198.51.100.1"])
        print("DIFF", m.compare_configuration().tostring.decode())
        m.commit(check=True)
        m.commit(comment="by ncclient", confirmed=True, timeout="100")
        m.commit()
        m.rollback(1)
        m.discard_changes()
        m.load_configuration(format="text", action="merge", config="forwarding-options { analyzer text { input { ingress { interface ge-0/0/5.0; vlan default; } } output { vlan remote-an { no-tag; } } } } vlans { remote-an { vlan-id 999; } }")
        m.commit()
        print("COMMAND", m.command("show forwarding-options analyzer text", format="text").tostring.decode())
        print("STATE", m.rpc("<get-native-analyzer-information><analyzer-name>text</analyzer-name></get-native-analyzer-information>").tostring.decode())
        try:
            m.load_configuration(action="set", config=["set forwarding-options analyser x"])
        except RPCError as e:
            print("SYNTAX", e.message)
`

func TestNcclientOnJunos(t *testing.T) {
	t.Parallel() // it mostly waits
	needNcclient(t)
	sw := netconfSwitch(t, "ex4300-48t", 1)
	host, port, _ := net.SplitHostPort(sw.NETCONFAddr())
	for _, device := range []string{"default", "junos"} {
		out := runForeign(t, nil, systemPython, "-c", ncclientScript, host, port, device)
		wants := []string{"CANDIDATE True", "LOCKED lock-denied True", "<name>nm-" + device + "</name>", "GONE False", "REFUSED syntax error True"}
		if device == "junos" {
			wants = append(wants, "set forwarding-options analyzer nm-junos input ingress interface ge-0/0/4.0", "+   analyzer loaded {", "Output VLAN                      : default-switch/remote-an",
				"<analyzer-ingress-interface-name>ge-0/0/5.0</analyzer-ingress-interface-name>", "SYNTAX syntax error")
		}
		for _, want := range wants {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", device, want, out)
			}
		}
		if got := sw.RunningConfig(); !strings.Contains(got, "set forwarding-options analyzer nm-"+device+" output ip-address 192.0.2.9\n") {
			t.Errorf("%s: not in force:\n%s", device, got)
		}
	}
	if got := answered(sw, "show system commit"); !strings.Contains(got, "by admin via netconf commit confirmed, rollback in 2mins\n    by ncclient\n") || strings.Contains(got, "rollback pending") {
		t.Errorf("%s", got)
	}
}

const junosNETCONFPlaybook = `
- hosts: lab
  gather_facts: false
  tasks:
    - junipernetworks.junos.junos_config:
        lines:
          - set forwarding-options analyzer nm-6 input ingress interface ge-0/0/6.0
          - set forwarding-options analyzer nm-6 output interface ge-0/0/47.0
          - delete forwarding-options analyzer nobody
        comment: by ansible
      register: first
    - junipernetworks.junos.junos_config:
        lines:
          - set forwarding-options analyzer nm-6 input ingress interface ge-0/0/6.0
          - set forwarding-options analyzer nm-6 output interface ge-0/0/47.0
      register: second
    - junipernetworks.junos.junos_config:
        lines: [delete forwarding-options analyzer nm-6 output]
      check_mode: true
      diff: true
      register: checked
    - junipernetworks.junos.junos_config:
        lines: [set forwarding-options analyser nm-6]
      register: wrong
      ignore_errors: true
    - junipernetworks.junos.junos_config:
        lines: [set forwarding-options analyzer nm-6 output ip-address 192.0.2.1]
      register: two
      ignore_errors: true
    - junipernetworks.junos.junos_config:
        src: "{{ playbook_dir }}/merge.conf"
        src_format: text
        confirm: 2
    - junipernetworks.junos.junos_config:
        confirm_commit: true
    - ansible.builtin.debug:
        msg: "CHANGED {{ first.changed }} {{ second.changed }} CHECKED {{ checked.changed }} {{ checked.diff.prepared | replace('\n', '|') }} REFUSED {{ wrong.failed }} {{ two.failed }}"
`

func TestJunosAnsibleOverNETCONF(t *testing.T) {
	t.Parallel() // it mostly waits
	const program = "/usr/bin/ansible-playbook"
	testkit.Need(t, program)
	needNcclient(t)
	sw := netconfSwitch(t, "ex4300-48t", 1)
	host, port, _ := net.SplitHostPort(sw.NETCONFAddr())
	dir := t.TempDir()
	inventory := "[lab]\nsw ansible_host=" + host + " ansible_port=" + port +
		" ansible_connection=ansible.netcommon.netconf ansible_network_os=junipernetworks.junos.junos ansible_user=admin ansible_password=pw" +
		" ansible_python_interpreter=" + systemPython + "\n"
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("merge.conf", "vlans {\n    web {\n        vlan-id 7;\n    }\n}\n")
	out := runForeign(t, []string{"ANSIBLE_HOST_KEY_CHECKING=False", "ANSIBLE_NOCOLOR=1", "ANSIBLE_LOCAL_TEMP=" + dir, "ANSIBLE_PERSISTENT_CONTROL_PATH_DIR=" + dir},
		program, "-i", write("hosts", inventory), write("play.yml", junosNETCONFPlaybook))
	for _, want := range []string{"CHANGED True False CHECKED True [edit forwarding-options analyzer nm-6]|", "output {", "REFUSED True True"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	got := sw.RunningConfig()
	for _, want := range []string{"set forwarding-options analyzer nm-6 input ingress interface ge-0/0/6.0\nset forwarding-options analyzer nm-6 output interface ge-0/0/47.0\n", "set vlans web vlan-id 7\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s\n%s", want, got, out)
		}
	}
	if got := answered(sw, "show system commit"); !strings.Contains(got, "by admin via netconf\n    by ansible\n") || strings.Contains(got, "rollback pending") {
		t.Errorf("%s", got)
	}
}

const ncclientWatches = `
import sys
from ncclient import manager
def connect():
    return manager.connect(host=sys.argv[1], port=int(sys.argv[2]), username="admin", password="pw", hostkey_verify=False, allow_agent=False, look_for_keys=False, device_params={"name": "iosxe"}, timeout=60)
config = """<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><native xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-native"><monitor><session><id>7</id><source><interface><name>GigabitEthernet1/0/7</name><direction>rx</direction></interface></source></session></monitor></native></config>"""
with connect() as m, connect() as other:
    print("CAN", ":notification" in m.server_capabilities, ":interleave" in m.server_capabilities)
    m.create_subscription()
    other.edit_config(target="running", config=config)
    n = m.take_notification(timeout=60)
    print("TOLD", n.notification_xml)
    print("MEANWHILE", "<id>7</id>" in m.get_config("running").data_xml)
`

func TestNcclientIsToldOfChangesOfIOSXE(t *testing.T) {
	t.Parallel() // it mostly waits
	needNcclient(t)
	sw := xeNETCONF(t, "17.18.1")
	host, port, _ := net.SplitHostPort(sw.NETCONFAddr())
	out := runForeign(t, nil, systemPython, "-c", ncclientWatches, host, port)
	for _, want := range []string{"CAN True True", "TOLD <notification", "<username>admin</username>", "Cisco-IOS-XE-native:id='7']</target>", "<operation>create</operation>", "MEANWHILE True"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
