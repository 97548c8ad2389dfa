package lab

import (
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// xeNETCONF is a switch of IOS-XE with NETCONF; lines go into its configuration.
func xeNETCONF(t testing.TB, version string, lines ...string) *Switch {
	t.Helper()
	config := ""
	for _, l := range lines {
		config += "        " + l + "\n"
	}
	return start(t, "fabric:\n  switches:\n    - name: sw\n      platform: cisco_iosxe\n      model: C9300-24T\n      version: "+version+"\n      gnmi: {plaintext: true}\n"+
		"      netconf: {listen: '127.0.0.1:0'}\n      credentials: [{username: admin, password: pw}, {username: op, password: pw, privilege: 1}]\n      config: |\n        vlan 999\n         remote-span\n"+config).Switch("sw")
}

// running is an edit-config of the running configuration.
func running(config string, options ...string) string {
	return strings.Replace(edit(config, options...), "candidate", "running", 1)
}

// xeSpans wraps monitor sessions in a configuration.
func xeSpans(list string) string {
	return `<native xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-native"><monitor>` + list + "</monitor></native>"
}

const (
	lockRunning   = `<lock><target><running/></target></lock>`
	unlockRunning = `<unlock><target><running/></target></unlock>`
	spanFilter    = `<filter type="subtree"><native xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-native"><monitor/></native></filter>`
	getSpans      = `<get-config><source><running/></source>` + spanFilter + `</get-config>`
	spanSession   = `<session><id>3</id><destination><interface><name>GigabitEthernet1/0/24</name><encapsulation>replicate</encapsulation></interface></destination><source><interface><name>GigabitEthernet1/0/1</name><direction>rx</direction></interface></source></session>`
)

func TestNETCONFOfIOSXEIsTheOneConfiguration(t *testing.T) {
	sw := xeNETCONF(t, "17.18.1")
	for _, addr := range []string{sw.Addr(), sw.NETCONFAddr()} {
		x := talks(t, sw, addr, "admin")
		for _, want := range []string{"netconf:base:1.0<", "netconf:base:1.1<", "writable-running:1.0", "rollback-on-error:1.0", "validate:1.1", "with-defaults:1.0?basic-mode=explicit",
			"http://cisco.com/ns/yang/Cisco-IOS-XE-native?module=Cisco-IOS-XE-native&amp;revision=2025-07-01"} {
			if !strings.Contains(x.hello, want) {
				t.Errorf("no %q in the hello %s", want, x.hello)
			}
		}
		if strings.Contains(x.hello, "candidate:1.0") || strings.Contains(x.hello, "confirmed-commit") {
			t.Errorf("a candidate in the hello %s", x.hello)
		}
		x.ok(lockRunning, running(xeSpans(spanSession)), unlockRunning)
		if got := sw.Exec("show running-config | include ^monitor session"); !strings.Contains(got, "monitor session 3 source interface Gi1/0/1 rx\nmonitor session 3 destination interface Gi1/0/24 encapsulation replicate\n") {
			t.Errorf("the command line shows %q", got)
		}
		x.says(getSpans, "<data>"+xeSpans(spanSession)+"</data>")
		sw.Exec("configure terminal", "monitor session 3 source interface Gi1/0/2 tx", "monitor session 4 type erspan-source", "description kept", "destination", "erspan-id 7", "end")
		x.says(getSpans, "<interface><name>GigabitEthernet1/0/2</name><direction>tx</direction></interface>", "<id>4</id>", "<description>kept</description>", "<shutdown-source>true</shutdown-source>", "<erspan-id>7</erspan-id>")
		x.says(`<get><filter type="subtree"><interfaces xmlns="http://openconfig.net/yang/interfaces"/></filter></get>`, "<oper-status>")
		x.ok(running(xeSpans(`<session xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="delete"><id>4</id></session><session nc:operation="delete" xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0"><id>3</id></session>`)))
		if got := sw.Exec("show running-config | include ^monitor session"); strings.Contains(got, "monitor session 3") || strings.Contains(got, "monitor session 4") {
			t.Errorf("left: %q", got)
		}
		x.says(`<save-config xmlns="http://cisco.com/yang/cisco-ia"/>`, "Save running-config successful")
		if sw.RunningConfig() != sw.StartupConfig() {
			t.Error("it was not saved")
		}
	}
}

// What the model refuses, and what the switch refuses, changes nothing: an edit is whole or
// not at all.
func TestNETCONFOfIOSXERefusals(t *testing.T) {
	sw := xeNETCONF(t, "17.12.1")
	sw.Exec("configure terminal", "monitor session 1 destination interface Gi1/0/23", "end")
	before := sw.RunningConfig()
	good := strings.ReplaceAll(spanSession, "<id>3</id>", "<id>9</id>")
	for part, want := range map[string]string{
		`<session><id>67</id></session>`:              "<error-tag>invalid-value</error-tag>",
		`<session><source/></session>`:                "<error-tag>missing-element</error-tag>",
		`<session><id>2</id><rate>7</rate></session>`: "<bad-element>rate</bad-element>",
		`<session><id>2</id><destination><remote><vlan>999</vlan></remote></destination></session>`:                                       "<error-tag>invalid-value</error-tag>", // 17.15.1 has it
		`<session><id>2</id><source><vlan-list><vlan_set>7</vlan_set></vlan-list></source></session>`:                                     "<bad-element>vlan-list</bad-element>", // as well
		`<session><id>2</id><filter><vlan><id>7</id></vlan></filter></session>`:                                                           "<bad-element>vlan</bad-element>",      // 17.18.1
		`<session><id>2</id><destination><interface><name>GigabitEthernet1/0/22</name><vlan>7</vlan></interface></destination></session>`: "takes no traffic",
		`<session><id>2</id><source><interface><name>GigabitEthernet1/0/23</name></interface></source></session>`:                         "already configured as monitor destinations",
		`<session xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="delete"><id>2</id></session>`:                          "<error-tag>data-missing</error-tag>",
	} {
		x := talks(t, sw, sw.Addr(), "admin")
		x.says(running(xeSpans(good+part)), "<error-severity>error</error-severity>", want)
		if got := sw.RunningConfig(); got != before {
			t.Fatalf("%s: something was changed:\n%s", part, got)
		}
	}
	x := talks(t, sw, sw.Addr(), "admin")
	x.ok(running(xeSpans(good), "<test-option>test-only</test-option>"))
	for op, want := range map[string]string{
		edit(xeSpans(good)): "operation-not-supported", `<commit/>`: "operation-not-supported", unlockRunning: "not locked", `<get-nothing/>`: "operation-not-supported",
		running(`<interfaces xmlns="http://openconfig.net/yang/interfaces"><interface><name>GigabitEthernet1/0/1</name></interface></interfaces>`): "<error-severity>error</error-severity>",
	} {
		x.says(op, want)
	}
	op := talks(t, sw, sw.Addr(), "op")
	op.says(running(xeSpans(good)), "<error-tag>access-denied</error-tag>")
	op.says(getSpans, "<error-tag>access-denied</error-tag>")
	op.says(`<save-config xmlns="http://cisco.com/yang/cisco-ia"/>`, "<error-tag>access-denied</error-tag>")
	if got := sw.RunningConfig(); got != before {
		t.Errorf("something was changed:\n%s", got)
	}
}

func TestNETCONFOfIOSXELocks(t *testing.T) {
	sw := xeNETCONF(t, "17.18.1")
	a, b := talks(t, sw, sw.Addr(), "admin"), talks(t, sw, sw.Addr(), "admin")
	id := regexp.MustCompile(`<session-id>(\d+)</session-id>`).FindStringSubmatch(a.hello)[0]
	a.ok(lockRunning)
	a.says(lockRunning, "<error-tag>lock-denied</error-tag>", id)
	b.says(lockRunning, "<error-tag>lock-denied</error-tag>", "<error-info>"+id+"</error-info>")
	b.says(running(xeSpans(spanSession)), "<error-tag>in-use</error-tag>", id)
	b.says(unlockRunning, "not locked by this session")
	a.ok(running(xeSpans(spanSession)))
	a.client.Close()
	testkit.Eventually(t, testkit.Patience, "the lock of a lost connection", func() bool { return b.rpc(lockRunning) == "<ok/>" })
}

// With the feature there is a candidate: what is in it is not in force before the commit,
// and a commit keeps what was typed meanwhile.
func TestNETCONFOfIOSXECandidate(t *testing.T) {
	sw := xeNETCONF(t, "17.18.1", "netconf-yang feature candidate-datastore")
	a := talks(t, sw, sw.Addr(), "admin")
	if !strings.Contains(a.hello, "candidate:1.0") || strings.Contains(a.hello, "writable-running") || strings.Contains(a.hello, "confirmed-commit") {
		t.Errorf("%s", a.hello)
	}
	getCandidate := strings.Replace(getSpans, "running", "candidate", 1)
	there := func() bool { return strings.Contains(sw.RunningConfig(), "monitor session 3") }
	a.says(running(xeSpans(spanSession)), "operation-not-supported")
	a.ok(lockCandidate, edit(xeSpans(spanSession)), validateIt)
	a.says(getCandidate, xeSpans(spanSession))
	if there() || strings.Contains(a.rpc(getSpans), "<id>3</id>") {
		t.Error("in force before the commit")
	}
	sw.Exec("configure terminal", "monitor session 4 source interface Gi1/0/4", "end")
	a.ok(`<commit/>`, unlockCandidate)
	if got := sw.RunningConfig(); !there() || !strings.Contains(got, "monitor session 4 source interface Gi1/0/4") {
		t.Errorf("%s", got)
	}
	a.ok(edit(xeSpans(`<session><id>5</id></session>`)))
	b := talks(t, sw, sw.Addr(), "admin")
	b.says(lockCandidate, "<error-tag>lock-denied</error-tag>", "<session-id>0</session-id>")
	a.ok(`<discard-changes/>`)
	b.ok(lockCandidate, edit(xeSpans(`<session><id>5</id><source><interface><name>GigabitEthernet1/0/24</name></interface></source></session>`)), validateIt)
	b.says(`<commit/>`, "already configured as monitor destinations")
	b.says(`<commit><confirmed/></commit>`, "unknown-element")
	b.client.Close() // the lock goes, and the candidate with it
	testkit.Eventually(t, testkit.Patience, "the lock of a lost connection", func() bool { return a.rpc(lockCandidate) == "<ok/>" })
	if got := a.rpc(getCandidate); strings.Contains(got, "<id>5</id>") {
		t.Errorf("%s", got)
	}
}

const ncclientOnIOSXE = `
import sys
from ncclient import manager
from ncclient.operations.rpc import RPCError
config = """<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><native xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-native"><monitor><session><id>7</id>
<source><interface><name>GigabitEthernet1/0/%s</name></interface></source><destination><interface><name>GigabitEthernet1/0/24</name></interface></destination></session></monitor></native></config>"""
part = ("subtree", '<native xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-native"><monitor/></native>')
def connect():
    return manager.connect(host=sys.argv[1], port=int(sys.argv[2]), username="admin", password="pw", hostkey_verify=False, allow_agent=False, look_for_keys=False, device_params={"name": "iosxe"}, timeout=60)
with connect() as m, connect() as other:
    print("RUNNING", ":writable-running" in m.server_capabilities, ":rollback-on-error" in m.server_capabilities)
    with m.locked("running"):
        try:
            other.edit_config(target="running", config=config % "3")
        except RPCError as e:
            print("LOCKED", e.tag)
        m.edit_config(target="running", config=config % "2", default_operation="merge", error_option="rollback-on-error")
    print("SHOWN", m.get_config("running", part))
    try:
        m.edit_config(target="running", config=config % "24")
    except RPCError as e:
        print("REFUSED", e.message)
    print("SAVED", m.save_config())
`

func TestNcclientOnIOSXE(t *testing.T) {
	t.Parallel() // it mostly waits
	needNcclient(t)
	sw := xeNETCONF(t, "17.18.1")
	host, port, _ := net.SplitHostPort(sw.NETCONFAddr())
	out := runForeign(t, nil, systemPython, "-c", ncclientOnIOSXE, host, port)
	for _, want := range []string{"RUNNING True True", "LOCKED in-use", "<name>GigabitEthernet1/0/2</name>", "REFUSED % Interface(s) Gi1/0/24 already configured as monitor", "SAVED"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if !strings.Contains(sw.StartupConfig(), "monitor session 7 source interface Gi1/0/2\n") {
		t.Errorf("%s", sw.StartupConfig())
	}
}

const subscribe = `<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"/>`

// Who subscribes is told of each change of what runs, whatever way it came, and may go on
// with operations.
func TestNETCONFOfIOSXETellsOfChanges(t *testing.T) {
	sw := xeNETCONF(t, "17.18.1")
	x, other := talks(t, sw, sw.NETCONFAddr(), "admin"), talks(t, sw, sw.NETCONFAddr(), "admin")
	for _, want := range []string{"capability:notification:1.0<", "capability:interleave:1.0<"} {
		if !strings.Contains(x.hello, want) {
			t.Errorf("no %q in the hello %s", want, x.hello)
		}
	}
	for op, want := range map[string]string{
		`<stream>snmpevents</stream>`:                              "<error-tag>invalid-value</error-tag>",
		`<startTime>2026-01-01T00:00:00Z</startTime>`:              "<bad-element>startTime</bad-element>",
		`<filter type="subtree"><netconf-config-change/></filter>`: "<bad-element>filter</bad-element>",
	} {
		other.says(strings.Replace(subscribe, "/>", ">"+op+"</create-subscription>", 1), want)
	}
	x.ok(subscribe)
	x.says(subscribe, "<error-tag>operation-failed</error-tag>")
	told := func(parts ...string) {
		t.Helper()
		text, err := x.read()
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range append(parts, `<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0">`, `<netconf-config-change xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-notifications">`, "<datastore>running</datastore>") {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in %s", want, text)
			}
		}
	}
	const native = "Cisco-IOS-XE-native:"
	other.ok(running(xeSpans(spanSession)))
	id := regexp.MustCompile(`<session-id>(\d+)<`).FindStringSubmatch(other.hello)[1]
	told("<username>admin</username>\n<session-id>"+id+"</session-id>", ` xmlns:Cisco-IOS-XE-native="http://cisco.com/ns/yang/Cisco-IOS-XE-native"`,
		">/"+native+"native/"+native+"monitor/"+native+"session["+native+"id='3']</target>\n<operation>create</operation>")
	x.says(getSpans, "<id>3</id>")
	sw.Exec("configure terminal", "monitor session 3 source interface Gi1/0/2 tx", "end")
	told("<session-id>0</session-id>", "interface["+native+"name='GigabitEthernet1/0/2']</target>\n<operation>create</operation>")
	sw.Exec("show clock") // changes nothing, and is not told
	sw.Exec("configure terminal", "monitor session 3 source interface Gi1/0/2 rx", "end")
	told("direction</target>\n<operation>replace</operation>")
	sw.Exec("configure terminal", "no monitor session 3", "end")
	told("session[" + native + "id='3']</target>\n<operation>delete</operation>")
	x.ok("<close-session/>")
}
