package lab

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// turned is a lab whose clock the test turns.
func turned(t *testing.T, yamlText string) (l *Lab, advance func(time.Duration)) {
	t.Helper()
	spec, err := Load(strings.NewReader(yamlText))
	if err != nil {
		t.Fatal(err)
	}
	var passed atomic.Int64
	spec.Now = func() time.Time { return time.Unix(1e9, 0).Add(time.Duration(passed.Load())) }
	return startSpec(t, spec), func(d time.Duration) { passed.Add(int64(d)) }
}

// busy is a source of 8 Mbit/s on port 1, a tool on 9 and a leaf with the same.
const busy = oneSwitch + `
    - {name: leaf, platform: arista_eos}
  hosts: [{at: "acc-1:Gi1/0/9", name: ids}, {at: "leaf:Et9", name: ids}]
  traffic:
    - {at: "acc-1:Gi1/0/1", direction: in, bitsPerSecond: 8M, framesPerSecond: 1000}
    - {at: "acc-1:Gi1/0/2", direction: out, bitsPerSecond: 8M, framesPerSecond: 1000}
    - {at: "leaf:Et1", direction: in, bitsPerSecond: 8M, framesPerSecond: 1000}
  control: 127.0.0.1:0
`

func mirrored(l *Lab) (sw, leaf *Switch) {
	sw, leaf = l.Switch("acc-1"), l.Switch("leaf")
	sw.Exec("configure terminal", "monitor session 1 source interface Gi1/0/1", "monitor session 1 destination interface Gi1/0/9", "end")
	leaf.Exec("configure", "monitor session s source Ethernet1", "monitor session s destination Ethernet9", "end")
	return sw, leaf
}

func contains(t *testing.T, out string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(out, w) {
			t.Errorf("no %q in\n%s", w, out)
		}
	}
}

func TestShownRatesAreMeansOverTheLoadInterval(t *testing.T) {
	l, advance := turned(t, busy)
	sw, leaf := mirrored(l)
	// What flows when the lab starts has flowed for long; copies begin now.
	contains(t, sw.Exec("show interfaces Gi1/0/1"), "  5 minute input rate 8000000 bits/sec, 1000 packets/sec\n", "rxload 2/255")
	contains(t, sw.Exec("show interfaces Gi1/0/9"), "  5 minute output rate 0 bits/sec, 0 packets/sec\n")
	advance(5 * time.Minute) // a mean has gone 1 - 1/e of its way
	part := 1 - math.Exp(-1)
	contains(t, sw.Exec("show interfaces Gi1/0/9"), fmt.Sprintf("  5 minute output rate %.0f bits/sec, %.0f packets/sec\n", 8e6*part, 1000*part))
	contains(t, leaf.Exec("show interfaces Ethernet9"), fmt.Sprintf("  5 minutes output rate %.0f bps, %.0f packets/sec\n", 8e6*part, 1000*part))

	sw.Exec("configure terminal", "interface Gi1/0/9", "load-interval 30", "end")
	leaf.Exec("configure", "interface Ethernet9", "load-interval 30", "end")
	advance(2 * time.Minute) // four more times 30 s
	part = 1 - (1-part)*math.Exp(-4)
	contains(t, sw.Exec("show interfaces Gi1/0/9"), fmt.Sprintf("  30 second output rate %.0f bits/sec, %.0f packets/sec\n", 8e6*part, 1000*part))
	var told struct {
		Interfaces map[string]struct {
			InterfaceStatistics struct{ OutBitsRate, OutPktsRate, UpdateInterval float64 }
			InterfaceCounters   struct{ OutOctets, OutUcastPkts uint64 }
		}
	}
	if err := json.Unmarshal([]byte(output(leaf, "show interfaces Ethernet9 | json")), &told); err != nil {
		t.Fatal(err)
	}
	got := told.Interfaces["Ethernet9"]
	if s := got.InterfaceStatistics; s.UpdateInterval != 30 || s.OutBitsRate != math.Round(8e6*part) || s.OutPktsRate != math.Round(1000*part) {
		t.Errorf("%+v", s)
	}
	if c := got.InterfaceCounters; c.OutOctets != 7*60*1e6 || c.OutUcastPkts != 7*60*1000 {
		t.Errorf("%+v", c)
	}

	if err := sw.SetTraffic("Gi1/0/1", "in", TrafficSpec{BitsPerSecond: 80 * Mbps, FramesPerSecond: 10000}); err != nil {
		t.Fatal(err)
	}
	contains(t, sw.Exec("show interfaces Gi1/0/1"), "  5 minute input rate 8000000 bits/sec, 1000 packets/sec\n")
	sw.SteadyMeans()
	contains(t, sw.Exec("show interfaces Gi1/0/1"), "  5 minute input rate 80000000 bits/sec, 10000 packets/sec\n")
}

// output is what a command prints, without prompts and echo.
func output(sw *Switch, command string) string {
	out := sw.Exec(command)
	_, out, _ = strings.Cut(out, "\n")
	return out[:strings.LastIndex(out, "\n")+1]
}

func TestClearedCounters(t *testing.T) {
	l, advance := turned(t, busy)
	sw, leaf := mirrored(l)
	contains(t, sw.Exec("show interfaces Gi1/0/1"), "counters never\n")
	advance(10 * time.Second)
	sw.Exec("clear counters Gi1/0/1")
	leaf.Exec("clear counters Ethernet1")
	advance(27 * time.Hour)
	contains(t, sw.Exec("show interfaces Gi1/0/1"), `  Last clearing of "show interface" counters 1d03h`+"\n", "     97200000 packets input, 97200000000 bytes")
	contains(t, sw.Exec("show interfaces Gi1/0/2"), "counters never\n", "     97210000 packets output, 97210000000 bytes")
	contains(t, leaf.Exec("show interfaces Ethernet1 | json"), `"lastClear": 1000000010`, `"inOctets": 97200000000`)
	if out := leaf.Exec("show interfaces Ethernet2 | json"); strings.Contains(out, "lastClear") {
		t.Errorf("never cleared: %s", out)
	}
	// An agent goes on counting.
	list, _ := sw.Interfaces()
	if p := list[0]; p.Port != gi("1") || p.InFrames != 97_210_000 || !p.Discontinuity.IsZero() || p.Index != 1 {
		t.Errorf("an agent counts %+v", p)
	}
	sw.Reload()
	advance(time.Second)
	contains(t, sw.Exec("show interfaces Gi1/0/1"), "counters never\n", "     1000 packets input, 1000000 bytes")
	if list, _ := sw.Interfaces(); list[0].InFrames != 1000 || sw.Uptime() != time.Second {
		t.Errorf("after a restart, up %v: %+v", sw.Uptime(), list[0])
	}
}

func TestCountersThatWrapResetAndStandStill(t *testing.T) {
	l, advance := turned(t, busy)
	sw, _ := mirrored(l)
	read := func() (shown fabric.PortCounters, agent fabric.Interface) {
		list, _ := sw.Interfaces()
		return sw.Counters()[gi("1")], list[0]
	}
	both := func(what string, octets uint64) {
		t.Helper()
		if c, a := read(); c.InOctets != octets || a.InOctets != octets {
			t.Errorf("%s: %d shown, %d told by an agent, want %d", what, c.InOctets, a.InOctets, octets)
		}
	}
	advance(10 * time.Second)
	if err := sw.PutCounters("Gi1/0/1", fabric.Sums{InOctets: 1<<64 - 1e6}); err != nil {
		t.Fatal(err)
	}
	advance(3 * time.Second)
	both("a wrap at 2^64", 2e6)
	sw.SetFaults(Faults{Counters: CounterFaults{Bits32: true}})
	sw.PutCounters("", fabric.Sums{InOctets: 1<<32 - 1e6})
	advance(3 * time.Second)
	both("a wrap at 2^32", 2e6)
	sw.SetFaults(Faults{})
	both("with all bits", 1<<32+2e6)

	sw.ResetCounters("Gi1/0/1", false)
	advance(time.Second)
	both("a reset without a word", 1e6)
	if c, a := read(); !c.Cleared.IsZero() || !a.Discontinuity.IsZero() {
		t.Errorf("it was told: %+v, %+v", c, a)
	}
	sw.ResetCounters("Gi1/0/1", true)
	if c, a := read(); !c.Cleared.IsZero() || !a.Discontinuity.Equal(l.now()) {
		t.Errorf("a told reset: %+v, %+v", c, a)
	}

	sw.PutCounters("", fabric.Sums{})
	advance(30*time.Second - l.now().Sub(time.Unix(1e9, 0))) // a moment of a refresh
	sw.SetFaults(Faults{Counters: CounterFaults{Refresh: Duration(30 * time.Second)}})
	c, _ := read()
	advance(29 * time.Second)
	both("before the refresh", c.InOctets)
	advance(16 * time.Second)
	both("15 s after it", c.InOctets+30e6)
	advance(15 * time.Second)
	both("at the next", c.InOctets+60e6)

	for what, err := range map[string]error{"reset": sw.ResetCounters("Gi9/9/9", true), "put": sw.PutCounters("x", fabric.Sums{}), "clear": sw.ClearCounters("y"),
		"unplug": sw.SetFaults(Faults{Unplugged: []string{"Gi1/0/1", "z"}})} {
		if err == nil || !strings.Contains(err.Error(), "no port") {
			t.Errorf("%s a port that is not there: %v", what, err)
		}
	}
}

func TestRenumberedPorts(t *testing.T) {
	l, advance := turned(t, busy)
	sw := l.Switch("acc-1")
	was, at := sw.Interfaces()
	if !at.IsZero() || was[0].Port != gi("1") {
		t.Fatalf("%v %+v", at, was[0])
	}
	advance(time.Minute)
	sw.Renumber()
	now, at := sw.Interfaces()
	if !at.Equal(l.now()) || len(now) != len(was) {
		t.Errorf("renumbered at %v, want %v", at, l.now())
	}
	for i, p := range now {
		if p.Index != i+1 || p.Port == was[i].Port {
			t.Errorf("number %d: %s, was %s", p.Index, p.Port, was[i].Port)
		}
	}
	if p := now[1]; p.Port != gi("1") || p.InFrames != 60_000 {
		t.Errorf("the counters do not go with the port: %+v", p)
	}
}

// What kills copies leaves everything else as it was.
func TestDeadCopiesTouchNothingElse(t *testing.T) {
	for name, f := range map[string]Faults{
		"mirrors nothing": {MirrorsNothing: true}, "not programmed": {NotProgrammed: true}, "loses all": {LosesCopies: 1},
		"loses half": {LosesCopies: 0.5}, "unplugged": {Unplugged: []string{"gi1/0/9"}},
	} {
		l, advance := turned(t, busy)
		sw, _ := mirrored(l)
		advance(10 * time.Second)
		was := sw.Counters()
		conf := sw.RunningConfig()
		if err := sw.SetFaults(f); err != nil {
			t.Fatal(err)
		}
		advance(10 * time.Second)
		kept := uint64(0)
		if name == "loses half" {
			kept = 5000
		}
		now := sw.Counters()
		for port, c := range now {
			if port == gi("9") {
				if c.OutFrames != was[port].OutFrames+kept || c.OutDrops != 0 || c.OutFrames == 0 || c.Up == (name == "unplugged") {
					t.Errorf("%s: the destination was %+v, is %+v", name, was[port], c)
				}
			} else if c.InFrames != 2*was[port].InFrames || c.OutFrames != 2*was[port].OutFrames || c.Up != was[port].Up {
				t.Errorf("%s: port %s was %+v, is %+v", name, port, was[port], c)
			}
		}
		if sw.RunningConfig() != conf {
			t.Errorf("%s: the configuration changed", name)
		}
		if name == "unplugged" {
			contains(t, sw.Exec("show interfaces Gi1/0/9"), "is down, line protocol is down (notconnect)")
		}
		sw.SetFaults(Faults{})
		advance(time.Second)
		if c := sw.Counters()[gi("9")]; c.OutFrames != now[gi("9")].OutFrames+1000 {
			t.Errorf("%s: copies do not come back: %+v", name, c)
		}
	}
}

func TestTrafficAndCountersOverTheControlAPI(t *testing.T) {
	l, advance := turned(t, busy)
	sw := l.Switch("acc-1")
	call := control(t, l)
	call("PUT", "/acc-1/traffic?port=Gi1/0/1&direction=in", `[{"bitsPerSecond": "80M", "framesPerSecond": 10000, "square": {"period": "20s", "low": {"framesPerSecond": 100}}}, {"bitsPerSecond": 800, "framesPerSecond": 1}]`, 204)
	advance(20 * time.Second)
	if c := sw.Counters()[gi("1")]; c.InFrames != 10*10000+10*100+20 || c.InOctets != 10*10e6+10*50000+2000 {
		t.Errorf("%+v", c)
	}
	if out := call("PUT", "/acc-1/traffic?port=Gi7&direction=up", `[{"framesPerSecond": -1}]`, 422); !strings.Contains(out, "Gi7") || !strings.Contains(out, `"up"`) || !strings.Contains(out, "framesPerSecond -1") {
		t.Errorf("not every reason: %s", out)
	}
	call("PUT", "/acc-1/traffic?port=Gi1/0/1&direction=in", `[{"bitsPerSecond": "many"}]`, 400)
	call("PUT", "/acc-1/traffic?port=Gi1/0/1&direction=in", `[]`, 204)
	call("PUT", "/acc-1/counters?port=Gi1/0/1", `{"InOctets": 18446744073709551615}`, 204)
	call("PUT", "/acc-1/counters?port=Gi1/0/77", `{}`, 422)
	if out := call("GET", "/acc-1/counters", "", 200); !strings.Contains(out, `"InOctets":18446744073709551615`) {
		t.Errorf("%s", out)
	}
	call("POST", "/acc-1/counters/clear", "", 204)
	if c := sw.Counters()[gi("1")]; c.InOctets != 0 || !c.Cleared.Equal(l.now()) {
		t.Errorf("%+v", c)
	}
	call("POST", "/acc-1/counters/reset?port=Gi1/0/1&told=true", "", 204)
	call("POST", "/acc-1/renumber", "", 204)
	var list []struct {
		Port          string
		Index         int
		InOctets      uint64
		Discontinuity *time.Time
	}
	if err := json.Unmarshal([]byte(call("GET", "/acc-1/interfaces", "", 200)), &list); err != nil || list[1].Port != gi("1") || list[1].Index != 2 || list[1].InOctets != 0 || list[1].Discontinuity == nil {
		t.Errorf("%v %+v", err, list[:2])
	}
	call("POST", "/acc-1/means", "", 204)
	if c := sw.Counters()[gi("1")]; c.Mean.InBits != 0 {
		t.Errorf("%+v", c.Mean)
	}
	call("PUT", "/acc-1/faults", `{"losesCopies": 2, "unplugged": ["nowhere"]}`, 422)
	call("PUT", "/acc-1/faults", `{"counters": {"bits32": true, "refresh": "30s"}, "unplugged": ["Gi1/0/9"], "losesCopies": 0.1}`, 200)
	if f := sw.Faults(); !f.Counters.Bits32 || f.Counters.Refresh != Duration(30*time.Second) || len(f.Unplugged) != 1 {
		t.Errorf("%+v", f)
	}
}

func TestBundlesCountOnIOSXE(t *testing.T) {
	l, advance := turned(t, `
fabric:
  switches:
    - name: core
      platform: cisco_iosxe
      model: WS-C4506-E
      ports: ["GigabitEthernet1/1-8"]
      config: |
        interface GigabitEthernet1/1
         channel-group 1 mode on
        interface GigabitEthernet1/2
         channel-group 1 mode on
        interface GigabitEthernet1/3
         channel-group 2 mode on
        interface GigabitEthernet1/4
         channel-group 2 mode on
        interface Port-channel1
         load-interval 60
        interface Port-channel2
  hosts: [{at: "core:Gi1/3", name: a}, {at: "core:Gi1/4", name: b}]
  traffic:
    - {at: "core:Gi1/1", direction: in, bitsPerSecond: 8M, framesPerSecond: 1000}
    - {at: "core:Gi1/2", direction: in, bitsPerSecond: 16M, framesPerSecond: 2000}
`)
	sw := l.Switch("core")
	contains(t, sw.Exec("configure terminal", "monitor session 1 source interface Po1", "monitor session 1 destination interface Po2", "end", "show running-config"),
		"monitor session 1 destination interface Po2")
	advance(10 * time.Second)
	contains(t, sw.Exec("show interfaces Po1"), "Port-channel1 is up, line protocol is up (connected)", "Hardware is EtherChannel", "BW 2000000 Kbit/sec",
		"  Members in this channel: Gi1/1 Gi1/2 \n", "  1 minute input rate 24000000 bits/sec, 3000 packets/sec\n", "     30000 packets input, 30000000 bytes")
	contains(t, sw.Exec("show interfaces Po2"), "line protocol is down (monitoring)", "     30000 packets output, 30000000 bytes")
	for _, p := range []string{"3", "4"} { // they share the copies
		if c := sw.Counters()["GigabitEthernet1/"+p]; c.OutFrames != 15000 || c.OutDrops != 0 {
			t.Errorf("port %s of the destination: %+v", p, c)
		}
	}
	// A member that goes down takes nothing with it of what was counted.
	sw.SetFaults(Faults{Unplugged: []string{"Gi1/2", "Gi1/4"}})
	advance(10 * time.Second)
	contains(t, sw.Exec("show interfaces Po1"), "BW 1000000 Kbit/sec", "     40000 packets input, 40000000 bytes")
	contains(t, sw.Exec("show interfaces Po2"), "     40000 packets output, 40000000 bytes")
	if c := sw.Counters()["GigabitEthernet1/4"]; c.OutFrames != 15000 {
		t.Errorf("a port without a link sends: %+v", c)
	}
}
