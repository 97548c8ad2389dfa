package lab

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

func TestLoadRefusesUnknownKeys(t *testing.T) {
	for _, y := range []string{
		"fabric: {switchs: []}",
		"fabric: {switches: [{name: a, platform: cisco_iosxe, colour: red}]}",
		"fabric: {switches: [{name: a, platform: cisco_iosxe, ports: [{name: Gi1/0/1, sped: 1G}]}]}",
		"fabric: {switches: [{name: a, platform: cisco_iosxe, faults: {mirrorNothing: true}}]}",
	} {
		if _, err := Load(strings.NewReader(y)); err == nil || !strings.Contains(err.Error(), "not found in type") {
			t.Errorf("%s: %v", y, err)
		}
	}
}

func TestValidateReportsAllFaults(t *testing.T) {
	_, err := Load(strings.NewReader(`
fabric:
  switches:
    - {name: a, platform: cisco_iosxe, ports: ["GigabitEthernet1/0/1-4", "Gi1/0/4", "Quark7"]}
    - {name: a, platform: cisco_iosxe, ssh: {auth: [telepathy], listen: nowhere}}
    - {name: "b c", platform: vax, latency: 1ms}
    - {name: d, platform: cisco_iosxe, faults: {refuse: [{line: "("}]}, credentials: [{username: "", privilege: 7, publicKeys: [x]}], nativeSessions: [{id: 99}]}
  links: [{a: "a:Gi1/0/1", b: "a:Gi9/9/9"}, {a: "a:Gi1/0/1", b: "zz:Gi1/0/1"}, {a: "a:Gi1/0/3", b: "a:Gi1/0/3"}]
  hosts: [{at: "a:Gi1/0/1", mac: nope}]
  traffic: [{at: x, direction: sideways, vlan: 5000}]
`))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"listed twice", "Quark7", "used twice", "telepathy", "ssh.listen", "letters, digits", `platform "vax"`,
		"missing closing )", "username is empty", "privilege 7", "public key", "session 99", "has no type", "no port GigabitEthernet9/9/9",
		"already used by link 1", "unknown switch", "linked to itself", "hardware address", "switch:port", "sideways", "VLAN 5000"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
}

// TestAPortThatIsNotThere: the ports that a model has are told to one who has to guess.
func TestAPortThatIsNotThere(t *testing.T) {
	_, err := Load(strings.NewReader(`fabric: {switches: [{name: ex, platform: juniper_junos}], hosts: [{at: "ex:xe-0/1/0"}]}`))
	if want := "switch ex has no port xe-0/1/0: it has et-0/1/0 to et-0/1/3, ge-0/0/0 to ge-0/0/47"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v", err)
	}
	_, err = Load(strings.NewReader(`fabric: {switches: [{name: x, platform: none}]}`))
	if want := "(known: arista_eos, cisco_iosxe, cisco_iosxr, cisco_nxos, juniper_junos, nokia_srl, snmp_fastpath, snmp_smon)"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v", err)
	}
}

func TestValidateReportsAllFaultsOfPatterns(t *testing.T) {
	_, err := Load(strings.NewReader(`
fabric:
  switches: [{name: a, platform: cisco_iosxe}]
  traffic:
    - {at: "a:Gi1/0/1", direction: in, framesPerSecond: -1, square: {period: 1s, high: 2s, low: {framesPerSecond: -2}}, burst: {length: 1ms}}
    - {at: "a:Gi1/0/1", direction: in, burst: {after: 50s, length: 10s, every: 1m, framesPerSecond: .inf}, repeat: 3s}
    - {at: "a:Gi1/0/1", direction: in, bitsPerSecond: 1M, series: [{seconds: -1}, {seconds: 5}, {seconds: 5}, {seconds: .nan}, {seconds: 9, framesPerSecond: -3}], repeat: 9s}
`))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"traffic 1: framesPerSecond -1", "traffic 1: square, burst and series exclude", "traffic 1: square.low: framesPerSecond -2",
		"traffic 1: square: high 2s of period 1s", "traffic 1: burst: length 1ms", "traffic 2: burst: framesPerSecond +Inf", "traffic 2: burst: after 50s and length 10s do not fit into every 1m",
		"traffic 2: repeat belongs to series", "traffic 3: series: a rate beside it", "series 1: seconds -1", "series 3: 5 s is not at least 10ms after 5 s",
		"series 4: seconds NaN", "series 5: framesPerSecond -3", "series: repeat 9s is not"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
}

func TestPatternsAsTheDescriptionSaysThem(t *testing.T) {
	spec, err := Load(strings.NewReader(`
fabric:
  switches: [{name: a, platform: cisco_iosxe}]
  traffic:
    - {at: "a:Gi1/0/1", direction: in, bitsPerSecond: 8M, square: {period: 60s, low: {bitsPerSecond: 800k}}}
    - {at: "a:Gi1/0/2", direction: in, bitsPerSecond: 800k, burst: {bitsPerSecond: 80M, after: 20s, length: 10s, every: 60s}}
    - {at: "a:Gi1/0/3", direction: in, repeat: 60s, series: [{seconds: 0, framesPerSecond: 1000}, {seconds: 30, bitsPerSecond: 8M}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1e9, 0)
	spec.Now = func() time.Time { return now }
	sw := startSpec(t, spec).Switch("a")
	now = now.Add(90 * time.Second)
	got := sw.Counters()
	for port, want := range map[string]uint64{
		"1": 60*1e6 + 30*1e5,      // high for 30 s of each 60
		"2": 20*1e7 + 70*1e5,      // bursts from 20 s to 30 s and from 80 s to 90 s
		"3": 60*1000*500 + 30*1e6, // frames of 500 octets for 30 s, then 8 Mbit/s
	} {
		if p := got[gi(port)]; p.InOctets != want {
			t.Errorf("port %s: %d octets, want %d", port, p.InOctets, want)
		}
	}
}

func TestUnitsInYAML(t *testing.T) {
	for text, want := range map[string]BitRate{"100": 100, "40M": 40 * Mbps, "2.5G": 2500 * Mbps, "9k": 9000, "1T": 1000 * Gbps} {
		if got, err := parseBitRate(text); err != nil || got != want {
			t.Errorf("%s = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-1", "fast", "NaN", "1e30", "G"} {
		if got, err := parseBitRate(text); err == nil {
			t.Errorf("%q = %d, want an error", text, got)
		}
	}
}

func TestPresetConfigurationThatTheSwitchRefusesFailsTheStart(t *testing.T) {
	spec, err := Load(strings.NewReader(`
fabric:
  switches:
    - name: a
      platform: cisco_iosxe
      config: |
        monitor session 1 source interface Gi1/0/99
        monitor session 70 destination interface Gi1/0/1
`))
	if err != nil {
		t.Fatal(err)
	}
	l, err := Start(context.Background(), spec)
	if err == nil {
		l.Close()
		t.Fatal("started")
	}
	for _, want := range []string{"Gi1/0/99", "session 70"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

// The annotated example is the manual of the description's format.
func TestTheExampleDescriptionRuns(t *testing.T) {
	text, err := os.ReadFile("testdata/fabric.yaml")
	if err != nil {
		t.Fatal(err)
	}
	l := start(t, string(text))
	if out := l.Switch("dist-1").Exec("show lldp neighbors"); !strings.Contains(out, "acc-3f-1") || !strings.Contains(out, "core-1") {
		t.Errorf("%s", out)
	}
	if got := l.Switch("dist-1").Counters()["TwentyFiveGigE1/0/1"].InBits; got != 1_200_000_000 {
		t.Errorf("%d bits/s arrive at dist-1", got)
	}
	core := l.Switch("core-1")
	if core.Timing().Latency != 0 || l.Switch("dist-1").Timing().Latency.std().Milliseconds() != 10 {
		t.Error("latency is not the switch's own")
	}
	if conf := core.RunningConfig(); strings.Count(conf, "monitor session servicemodule module 1-9\n") != 1 {
		t.Errorf("native session's line:\n%s", conf)
	}
	before := core.RunningConfig()
	core.Reload()
	if core.RunningConfig() != before {
		t.Errorf("after a restart\n%s\nbefore\n%s", core.RunningConfig(), before)
	}
}

func TestSubModePromptsAndExits(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	for line, want := range map[string]string{
		"interface Gi1/0/1": "config-if", "vlan 5": "config-vlan", "line vty 0 4": "config-line", "ip access-list extended A": "config-ext-nacl",
		"archive": "config-archive", "monitor session 1 type erspan-source": "config-mon-erspan-src", "monitor session 2 type erspan-destination": "config-mon-erspan-dst",
	} {
		out := sw.Exec("conf t", line, "exit", "exit")
		if !strings.Contains(out, "\nacc-1("+want+")#exit\nacc-1(config)#exit\nacc-1#") {
			t.Errorf("%s:\n%s", line, out)
		}
	}
	out := sw.Exec("conf t", "monitor session 1 type erspan-source", "destination", "exit", "exit", "monitor session 2 type erspan-destination", "source", "end")
	for _, want := range []string{"(config-mon-erspan-src-dst)#exit\nacc-1(config-mon-erspan-src)#exit\nacc-1(config)#", "(config-mon-erspan-dst-src)#end\nacc-1#"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
