package lab

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

const junosShows = `
fabric:
  switches:
    - {name: a, platform: juniper_junos, model: MODEL, serial: PE3714100001, uptime: 1107h, ports: ["ge-0/0/0-9", "xe-1/1/0-3"]}
    - {name: b, platform: juniper_junos, model: acx7100, ports: ["et-0/0/0-9"]}
  links: [{a: "a:xe-1/1/0", b: "b:et-0/0/3"}]
  hosts: [{at: "a:ge-0/0/5", name: pc, mac: "0011.2233.4455", lldp: true}, {at: "a:ge-0/0/6", name: pc2, mac: "0011.2233.4466"}]
  traffic:
    - {at: "a:ge-0/0/5", direction: in, bitsPerSecond: 8M, framesPerSecond: 1000}
    - {at: "a:ge-0/0/5", direction: out, bitsPerSecond: 16M, framesPerSecond: 2000}
`

func TestJunosShowsWhatItIsAndHears(t *testing.T) {
	for _, model := range []string{"ex4300-48t", "ex4200-48t"} {
		l := start(t, strings.Replace(junosShows, "MODEL", model, 1))
		a, els := l.Switch("a"), model == "ex4300-48t"
		a.Exec("configure", "set vlans voice vlan-id 20", "set interfaces ge-0/0/6 unit 0 family ethernet-switching vlan members voice", "set interfaces ge-0/0/7 disable", "set interfaces ge-0/0/5 description \"to a desk\"",
			"set interfaces ge-0/0/6 ether-options 802.3ad ae3", "set interfaces ae3 unit 0 family ethernet-switching vlan members voice", "set interfaces ae3 aggregated-ether-options lacp active", "set interfaces ge-0/0/8 unit 0 family inet address 192.0.2.1/24",
			"delete interfaces ge-0/0/8 unit 0 family ethernet-switching", "commit")
		for _, tc := range []struct{ command, want string }{
			{"show version", `^fpc0:\n-{74}\nHostname: a\nModel: ` + model + `\nJunos: \S+\n(?s:.*)\nfpc1:\n`},
			{"show system uptime", `\nSystem booted: \S+ \S+ UTC \(6w4d 03:0\d ago\)\n`},
			{"show interfaces terse", `ge-0/0/5 +up +up\nge-0/0/5.0 +up +up +eth-switch\nge-0/0/6 +up +up\nge-0/0/6.0 +up +up +aenet +--> ae3.0\nge-0/0/7 +down +down\nge-0/0/7.0 +down +down +eth-switch\nge-0/0/8 +up +down\nge-0/0/8.0 +up +down +inet +192.0.2.1/24\n`},
			{"show interfaces terse ae3", `^Interface .*\nae3 +up +up\nae3.0 +up +up +eth-switch\n$`},
			{"show interfaces ge-0/0/99", `^error: device ge-0/0/99 not found\n$`},
			{"show interfaces ge-0/0/7", `^Physical interface: ge-0/0/7, Administratively down, Physical link is Down\n`},
			{"show interfaces xe-1/1/0", `^Physical interface: xe-1/1/0, Enabled, Physical link is Up\n(?s:.*)Speed: 10Gbps,`},
			{"show lacp interfaces", `^Aggregated interface: ae3\n(?s:.*)\n      ge-0/0/6 +Current`},
			{"show lldp neighbors", `^Local Interface +Parent Interface +Chassis Id +Port info +System Name\nge-0/0/5 +- +00:11:22:33:44:55 +Port 1 +pc\nxe-1/1/0 +- +(\w\w:){5}\w\w +et-0/0/3 +b\n$`},
		} {
			if got := answered(a, tc.command); !regexp.MustCompile(tc.want).MatchString(got) {
				t.Errorf("%s, %s:\n%s", model, tc.command, got)
			}
		}
		vlans, macs := `default-switch +voice +20 *\n +ae3.0\*\n`, `Routing instance : default-switch\n(?s:.*) +voice +00:11:22:33:44:66 +D +- +ae3.0 `
		if !els {
			vlans, macs = `voice +20 *\n +ae3.0\*\n`, `voice +00:11:22:33:44:66 Learn +0 ae3.0\n`
		}
		if got := answered(a, "show vlans voice"); !regexp.MustCompile(vlans).MatchString(got) {
			t.Errorf("%s: %s", model, got)
		}
		if got := answered(a, "show ethernet-switching table"); !regexp.MustCompile(macs).MatchString(got) {
			t.Errorf("%s: %s", model, got)
		}
	}
}

func TestJunosCounts(t *testing.T) {
	l, advance := turned(t, strings.Replace(junosShows, "MODEL", "ex4300-48t", 1))
	a := l.Switch("a")
	advance(10 * time.Second)
	counts := func() string { return answered(a, "show interfaces ge-0/0/5 extensive") }
	if got := counts(); !regexp.MustCompile(`Statistics last cleared: Never\n  Traffic statistics:\n   Input  bytes  : +10000000 +8000000 bps\n   Output bytes  : +20000000 +16000000 bps\n   Input  packets: +10000 +1000 pps\n   Output packets: +20000 +2000 pps\n`).MatchString(got) {
		t.Errorf("%s", got)
	}
	a.Exec("clear interfaces statistics ge-0/0/5")
	advance(2 * time.Second)
	if got := counts(); !regexp.MustCompile(`Statistics last cleared: \S+ \S+ UTC \(00:00:02 ago\)\n  Traffic statistics:\n   Input  bytes  : +2000000 `).MatchString(got) {
		t.Errorf("cleared: %s", got)
	}
	if got := answered(a, "show interfaces ge-0/0/5"); !strings.Contains(got, "  Input rate     : 8000000 bps (1000 pps)\n  Output rate    : 16000000 bps (2000 pps)\n") {
		t.Errorf("%s", got)
	}
}

func BenchmarkJunosShow(b *testing.B) {
	sw := junosSwitch(b, "ex4300-48t")
	for _, command := range []string{"show interfaces extensive", "show configuration | display set", "show vlans"} {
		b.Run(command, func(b *testing.B) {
			for b.Loop() {
				sw.Exec(command)
			}
		})
	}
	b.Run("commit", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n++
			sw.Exec("configure exclusive", "set vlans v vlan-id "+strconv.Itoa(n%4000+1), "commit")
		}
	})
}
