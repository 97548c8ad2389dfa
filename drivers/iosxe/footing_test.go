package iosxe

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
)

// carrier is remote VLAN 777 on trunks, as a change makes it.
func carrier(made bool, trunks ...mirror.PortName) *mirror.NativeSession {
	spec := mirror.Footing{Kind: mirror.FootingVLAN, VLAN: 777, Made: made, Trunks: trunks}.Spec().Normalize()
	return &mirror.NativeSession{ID: "vlan-777", Mark: "nm-aaaaaaaaaa", Spec: spec}
}

func opened(former string) *mirror.NativeSession {
	return &mirror.NativeSession{ID: "port-GigabitEthernet1/0/40", Mark: "nm-bbbbbbbbbb", Spec: mirror.Footing{Kind: mirror.FootingPort,
		Port: "GigabitEthernet1/0/40", Setup: &mirror.PortSetup{Up: true, Former: former}}.Spec()}
}

func TestFootingsAreWritten(t *testing.T) {
	const a, b = mirror.PortName("TenGigabitEthernet1/1/1"), mirror.PortName("TenGigabitEthernet1/1/2")
	for name, c := range map[string]struct {
		before, after *mirror.NativeSession
		want          string
	}{
		"make and add": {nil, carrier(true, a, b), "vlan 777\n name nm-aaaaaaaaaa\n remote-span\ninterface TenGigabitEthernet1/1/1\n switchport trunk allowed vlan add 777\n" +
			"interface TenGigabitEthernet1/1/2\n switchport trunk allowed vlan add 777\n"},
		"one more trunk":       {carrier(true, a), carrier(true, a, b), "interface TenGigabitEthernet1/1/2\n switchport trunk allowed vlan add 777\n"},
		"one trunk less":       {carrier(true, a, b), carrier(true, b), "interface TenGigabitEthernet1/1/1\n switchport trunk allowed vlan remove 777\n"},
		"the VLAN is not ours": {carrier(false, a), nil, "interface TenGigabitEthernet1/1/1\n switchport trunk allowed vlan remove 777\n"},
		"away with it":         {carrier(true, a), nil, "interface TenGigabitEthernet1/1/1\n switchport trunk allowed vlan remove 777\nno vlan 777\n"},
		"switch on":            {nil, opened(" description spare\n shutdown"), "interface GigabitEthernet1/0/40\n no shutdown\n"},
		"and off again":        {opened(" description spare\n shutdown"), nil, "interface GigabitEthernet1/0/40\n shutdown\n"},
		"never was off":        {opened(" description spare"), nil, ""},
	} {
		p, err := Render(c9300, mirror.Observation{}, []mirror.Change{{Mark: "nm-aaaaaaaaaa", Before: c.before, After: c.after}})
		if err != nil || p.Blocks[0].Text != c.want {
			t.Errorf("%s: %v\n%s", name, err, p.Blocks[0].Text)
		}
		if err := driver.Vet(p.Blocks[0]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	bad := carrier(true, "TenGigabitEthernet1/1/1\nreload")
	reserved := &mirror.NativeSession{ID: "vlan-1003", Spec: mirror.Footing{Kind: mirror.FootingVLAN, VLAN: 1003, Made: true}.Spec()}
	access := opened("")
	access.Spec.Footing.Setup = &mirror.PortSetup{Access: 5}
	for _, n := range []*mirror.NativeSession{bad, reserved, access} {
		if _, err := Render(c9300, mirror.Observation{}, []mirror.Change{{Mark: "m", After: n}}); !errors.Is(err, mirror.ErrUnsupported) {
			t.Errorf("%+v: %v", n.Spec, err)
		}
	}
}

// Nothing but the lines of one footing passes.
func TestForeignLinesInAFootingAreNotSent(t *testing.T) {
	for _, text := range []string{
		"vlan 777\n remote-span\nvlan 778\n remote-span\n",
		"vlan 777\n shutdown\n",
		"interface GigabitEthernet1/0/1\n switchport trunk allowed vlan 777\n",
		"interface GigabitEthernet1/0/1\n switchport mode trunk\n",
		"interface Vlan1\n shutdown\n",
		"vlan 777\n name users\n",
		"interface GigabitEthernet1/0/1\n switchport trunk allowed vlan add 777\nno vlan 778\n",
	} {
		block := mirror.Block{Change: mirror.Change{Mark: "nm-aaaaaaaaaa", After: carrier(true, "GigabitEthernet1/0/1")}, Text: text}
		if err := driver.Vet(block); !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%q passes: %v", text, err)
		}
	}
}

// stable is a configuration without the comments that tell when it changed.
func stable(config string) string {
	var out []string
	for _, line := range strings.Split(config, "\n") {
		if !strings.HasPrefix(line, "! ") && !strings.HasPrefix(line, "Building") && !strings.HasPrefix(line, "Current") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

const trunkedLab = `
vlan 10
 name users
interface TenGigabitEthernet1/1/1
 switchport trunk allowed vlan 10,20-30
 switchport mode trunk
interface TenGigabitEthernet1/1/2
 switchport mode trunk
interface GigabitEthernet1/0/40
 description spare
 shutdown
interface Vlan10
 ip address 192.0.2.1 255.255.255.0
`

func TestAFootingComesAndGoesByteForByte(t *testing.T) {
	b := startLab(t, func(s *lab.SwitchSpec) { s.Config = trunkedLab })
	before := stable(b.sw.RunningConfig())
	o := b.observe()
	one, _ := o.Port("TenGigabitEthernet1/1/1")
	two, _ := o.Port("TenGigabitEthernet1/1/2")
	if one.Trunk == nil || one.Trunk.Allowed.String() != "10,20-30" || two.Trunk == nil || !two.Carries(777) || two.Trunk.Native != 1 {
		t.Errorf("trunks %+v, %+v", one.Trunk, two.Trunk)
	}
	spare, _ := o.Port("GigabitEthernet1/0/40")
	if spare.Admin != mirror.False || !strings.Contains(spare.Stanza, "description spare") || !strings.Contains(spare.Stanza, "shutdown") {
		t.Errorf("spare port %+v", spare)
	}
	if v, ok := o.VLAN(10); !ok || v.Name != "users" || len(v.Uses) != 1 {
		t.Errorf("VLAN 10: %+v", v)
	}
	made := mirror.Change{Mark: "nm-aaaaaaaaaa", After: carrier(true, "TenGigabitEthernet1/1/1")}
	up := mirror.Change{Mark: "nm-bbbbbbbbbb", After: opened(spare.Stanza)}
	b.mustPush(made)
	b.mustPush(up)
	o = b.observe()
	one, _ = o.Port("TenGigabitEthernet1/1/1")
	spare, _ = o.Port("GigabitEthernet1/0/40")
	if v, ok := o.VLAN(777); !ok || !v.Remote || !one.Carries(777) || one.Trunk.Allowed.String() != "10,20-30,777" || spare.Admin != mirror.True {
		t.Errorf("read back VLAN %+v, trunk %+v, spare %+v", v, one.Trunk, spare)
	}
	b.mustPush(mirror.Change{Mark: "nm-aaaaaaaaaa", Before: made.After})
	b.mustPush(mirror.Change{Mark: "nm-bbbbbbbbbb", Before: up.After})
	if after := stable(b.sw.RunningConfig()); after != before {
		t.Errorf("the configuration was\n%s\nand is\n%s", before, after)
	}
}

// A footing of which a line is refused leaves nothing behind.
func TestARefusedFootingIsTakenBack(t *testing.T) {
	for _, line := range []string{"^vlan 777", "^ ?remote-span", "add 777", "^interface Ten"} {
		b := startLab(t, func(s *lab.SwitchSpec) { s.Config = trunkedLab })
		before := stable(b.sw.RunningConfig())
		b.observe()
		if err := b.sw.SetFaults(lab.Faults{Refuse: []lab.Refusal{{Line: line, Answer: "% Not today", Times: 1}}}); err != nil {
			t.Fatal(err)
		}
		report := b.push(mirror.Change{Mark: "nm-aaaaaaaaaa", After: carrier(true, "TenGigabitEthernet1/1/1")})
		if err := report[0].Err; !errors.Is(err, mirror.ErrRejected) || !strings.Contains(err.Error(), "Not today") || strings.Contains(err.Error(), "taking it back") {
			t.Errorf("%s: %v", line, err)
		}
		if after := stable(b.sw.RunningConfig()); after != before {
			t.Errorf("%s: the configuration was\n%s\nand is\n%s", line, before, after)
		}
	}
}

// What another hand did since the read is not run over.
func TestAFootingThatChangedMeanwhileIsNotSent(t *testing.T) {
	b := startLab(t, func(s *lab.SwitchSpec) { s.Config = trunkedLab })
	o := b.observe()
	b.sw.Exec("configure terminal", "vlan 777", "name theirs", "end")
	before := stable(b.sw.RunningConfig())
	p, err := Render(b.conn.Facts(), o, []mirror.Change{{Mark: "nm-aaaaaaaaaa", After: carrier(true, "TenGigabitEthernet1/1/1")}})
	if err != nil {
		t.Fatal(err)
	}
	report, err := b.conn.Push(b.ctx(), "tx", p)
	if err != nil {
		t.Fatal(err)
	}
	if err := report.Blocks[0].Err; !errors.Is(err, mirror.ErrChanged) {
		t.Errorf("pushed: %v", err)
	}
	if after := stable(b.sw.RunningConfig()); after != before {
		t.Errorf("the configuration was\n%s\nand is\n%s", before, after)
	}
}

func TestAClientOfVTPMakesNoVLANs(t *testing.T) {
	b := startLab(t, func(s *lab.SwitchSpec) { s.Config = trunkedLab })
	b.sw.Exec("configure terminal", "vtp mode client", "end")
	if o := b.observe(); o.NoVLANs != "VTP mode client" {
		t.Errorf("no VLANs because %q", o.NoVLANs)
	}
	report := b.push(mirror.Change{Mark: "nm-aaaaaaaaaa", After: carrier(true)})
	if err := report[0].Err; err == nil || !strings.Contains(err.Error(), "CLIENT mode") {
		t.Errorf("%v", err)
	}
	for _, words := range []string{"VTP VLAN configuration not allowed when device is in CLIENT mode.", "% Failed to create VLANs 2000\nExtended VLAN(s) not allowed in current VTP mode."} {
		if _, refused := refusal(words); !refused {
			t.Errorf("%q is no refusal", words)
		}
	}
}

// After a reconnect the list of what is ours decides what may be saved.
func TestSavingAfterAReconnectKnowsWhatIsOurs(t *testing.T) {
	b := startLab(t, func(s *lab.SwitchSpec) { s.Config = trunkedLab })
	b.mustPush(mirror.Change{Mark: "nm-aaaaaaaaaa", After: carrier(true, "TenGigabitEthernet1/1/1")})
	b.mustPush(create("66", voiceOf("GigabitEthernet1/0/5")))
	ours := []mirror.Unsaved{{ID: "66", Set: true, Spec: voiceOf("GigabitEthernet1/0/5")}, {ID: "vlan-777", Set: true, Spec: carrier(true, "TenGigabitEthernet1/1/1").Spec}}
	if err := b.conn.Close(); err != nil {
		t.Fatal(err)
	}
	b.connect()
	if saved, why, err := b.conn.Save(b.ctx(), true, ours[:1]); saved || err != nil {
		t.Errorf("saved a VLAN that nobody says is ours: %q, %v", why, err)
	}
	b.sw.Exec("configure terminal", "interface TenGigabitEthernet1/1/1", "switchport trunk allowed vlan add 40", "end")
	if saved, why, err := b.conn.Save(b.ctx(), true, ours); saved || err != nil || !strings.Contains(why, "TenGigabit") {
		t.Errorf("saved another's VLAN on our trunk: %q, %v", why, err)
	}
	b.sw.Exec("configure terminal", "interface TenGigabitEthernet1/1/1", "switchport trunk allowed vlan remove 40", "end")
	if saved, why, err := b.conn.Save(b.ctx(), true, ours); !saved || err != nil {
		t.Errorf("not saved: %q, %v", why, err)
	}
	if stable(b.sw.StartupConfig()) != stable(b.sw.RunningConfig()) {
		t.Error("startup and running differ")
	}
}

// A path that moves to another remote VLAN changes one trunk twice: both are ours.
func TestSavingAfterAPathMovedToAnotherVLAN(t *testing.T) {
	const trunk = "TenGigabitEthernet1/1/1"
	b := startLab(t, func(s *lab.SwitchSpec) { s.Config = trunkedLab })
	made := mirror.Change{Mark: "nm-aaaaaaaaaa", After: carrier(true, trunk)}
	b.mustPush(made)
	if saved, why, err := b.conn.Save(b.ctx(), false, nil); !saved || err != nil {
		t.Fatal(why, err)
	}
	next := carrier(true, trunk)
	next.Spec.Footing.VLAN, next.ID = 778, "vlan-778"
	b.mustPush(mirror.Change{Mark: "nm-bbbbbbbbbb", After: next})
	b.mustPush(mirror.Change{Mark: "nm-aaaaaaaaaa", Before: made.After})
	ours := []mirror.Unsaved{{ID: "vlan-777", Spec: made.After.Spec}, {ID: "vlan-778", Set: true, Spec: next.Spec}}
	startup := b.sw.StartupConfig()
	if saved, why, err := b.conn.Save(b.ctx(), true, ours[1:]); saved || err != nil || b.sw.StartupConfig() != startup {
		t.Errorf("saved the end of a VLAN that nobody says was ours: %q, %v", why, err)
	}
	b.sw.Exec("configure terminal", "interface "+trunk, "switchport trunk allowed vlan add 40", "end")
	if saved, why, err := b.conn.Save(b.ctx(), true, ours); saved || err != nil {
		t.Errorf("saved another's VLAN on our trunk: %q, %v", why, err)
	}
	b.sw.Exec("configure terminal", "interface "+trunk, "switchport trunk allowed vlan remove 40", "end")
	if saved, why, err := b.conn.Save(b.ctx(), true, ours); !saved || why != "" || err != nil || stable(b.sw.StartupConfig()) != stable(b.sw.RunningConfig()) {
		t.Errorf("not saved: %q, %v", why, err)
	}
}

func TestWhoConfiguredLast(t *testing.T) {
	b := startLab(t, nil)
	b.sw.Exec("configure terminal", "hostname other", "hostname acc-1", "end")
	who, err := b.conn.LastChange(b.ctx())
	if err != nil || !strings.HasPrefix(who, "Last configuration change at ") || !strings.HasSuffix(who, " by console") {
		t.Errorf("%q, %v", who, err)
	}
}

func TestVLANsAndVTPAreRead(t *testing.T) {
	vlans, err := vlanTable.Read("\nVLAN Name                             Status    Ports\n---- -------------------------------- --------- ---------\n" +
		"1    default                          active    Gi1/0/1, Gi1/0/2\n                                                Gi1/0/3\n10   voice and video                  suspended\n777  RSPAN                            act/lshut\n1002 fddi-default                     act/unsup\n")
	if err != nil || len(vlans) != 3 || vlans[1].Name != "voice and video" || vlans[2].ID != 777 {
		t.Errorf("%+v, %v", vlans, err)
	}
	const v2, v3 = "VTP Version capable             : 1 to 3\nVTP version running             : 2\nVTP Domain Name                 : campus\n",
		"VTP version running             : 3\nVTP Domain Name                 : campus\nFeature VLAN:\n--------------\n"
	mode := func(m string) string { return "VTP Operating Mode                : " + m + "\n" }
	normal, all := mirror.VLANSpread{By: "VTP domain campus", UpTo: 1005}, mirror.VLANSpread{By: "VTP domain campus", UpTo: 4094}
	for text, want := range map[string]struct {
		none   string
		spread mirror.VLANSpread
	}{
		mode("Transparent"): {}, mode("Off"): {},
		"VTP version running             : 1\nVTP Domain Name                 : \n" + mode("Server"): {},
		v2 + mode("Server"):      {spread: normal},
		v2 + mode("Transparent"): {},
		v2 + mode("Client"):      {none: "VTP mode client"},
		v3 + mode("Client"):      {none: "VTP mode client"},
		v3 + mode("Server"):      {none: "VTP version 3, and not the primary server"},
		v3 + mode("Primary Server") + "Feature MST:\n" + mode("Client"): {spread: all},
		v3 + mode("Transparent"): {},
		"VTP Version : running VTP1 (VTP2 capable)\nVTP Domain Name : campus\n" + mode("Server"): {spread: normal},
	} {
		if none, spread, err := parseVTP(text); err != nil || none != want.none || spread != want.spread {
			t.Errorf("%q: %q, %+v, %v", text, none, spread, err)
		}
	}
	for _, text := range []string{"", "nonsense", mode("Server"), v2, v2 + mode("Sever"), v2 + mode("Transparent") + "Command is currently busy\n",
		"VTP version running             : 2\nVTP Domxin Name                 : campus\n" + mode("Server")} {
		if none, spread, err := parseVTP(text); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%q: %q, %+v, %v, want ErrParse", text, none, spread, err)
		}
	}
}

func TestWhatATrunkCarries(t *testing.T) {
	for lines, want := range map[string]string{
		"":                                      "1-4094",
		" switchport trunk allowed vlan all\n":  "1-4094",
		" switchport trunk allowed vlan none\n": "none",
		" switchport trunk allowed vlan 1,10-12\n switchport trunk allowed vlan add 500,600\n switchport trunk allowed vlan add 700\n": "1,10-12,500,600,700",
		" switchport trunk allowed vlan zebra 5\n": "1-4094", // not understood: never added to
	} {
		cfg, err := readConfig("interface GigabitEthernet1/0/1\n" + lines + " switchport mode trunk\nend\n")
		if err != nil || len(cfg.interfaces) != 1 {
			t.Fatalf("%q: %+v, %v", lines, cfg, err)
		}
		if got := cfg.interfaces[0].carries().Allowed.String(); got != want {
			t.Errorf("%q: %s, want %s", lines, got, want)
		}
	}
}

// A trunk or a VLAN of a footing that another hand changes is seen by the next
// read, without the configuration.
func TestAFootingThatDriftsIsSeen(t *testing.T) {
	b := startLab(t, func(s *lab.SwitchSpec) { s.Config = trunkedLab })
	b.mustPush(mirror.Change{Mark: "nm-aaaaaaaaaa", After: carrier(true, "TenGigabitEthernet1/1/1")})
	b.observe()
	b.observe() // has something to compare with
	b.sent = nil
	b.observe()
	for _, s := range b.sent {
		if strings.Contains(s, "running-config") {
			t.Errorf("an undisturbed device is asked for %q", s)
		}
	}
	// A port that is up is listed by show interfaces trunk.
	b.sw.Exec("configure terminal", "interface GigabitEthernet1/0/5", "switchport mode trunk", "end")
	if p, _ := b.observe().Port("GigabitEthernet1/0/5"); p.Trunk == nil {
		t.Error("the new trunk is not read")
	}
	b.sw.Exec("configure terminal", "no vlan 777", "end")
	if v, ok := b.observe().VLAN(777); ok {
		t.Errorf("the VLAN is still read as %+v", v)
	}
}

// TestAVLANThatAnotherHandTakesStays: another hand makes our remote VLAN its own at
// any line of its removal. It stays, with the trunk that carries it, unless it is
// taken at the very line that removes it.
func TestAVLANThatAnotherHandTakesStays(t *testing.T) {
	theirs := []string{"no vlan 777", "vlan 777", "name theirs", "remote-span", "exit",
		"monitor session 30 source interface Gi1/0/30", "monitor session 30 destination remote vlan 777"}
	var destroyed []string
	for line, more := 1, true; more; line++ {
		b := startLab(t, func(s *lab.SwitchSpec) { s.Config = trunkedLab })
		made := mirror.Change{Mark: "nm-aaaaaaaaaa", After: carrier(true, "TenGigabitEthernet1/1/1")}
		b.mustPush(made)
		p, err := Render(b.conn.Facts(), b.observe(), []mirror.Change{{Mark: "nm-aaaaaaaaaa", Before: made.After}})
		if err != nil {
			t.Fatal(err)
		}
		b.sent, more = nil, false
		b.sw.OnConfigLine(func(n int) bool {
			if n == line {
				more = true
				b.sw.Exec(append(append([]string{"configure terminal"}, theirs...), "end")...)
			}
			return false
		})
		_, err = b.conn.Push(b.ctx(), "tx", p)
		b.sw.OnConfigLine(nil)
		if err != nil {
			t.Fatal(err)
		}
		config := b.sw.RunningConfig()
		whole := strings.Contains(config, "vlan 777\n name theirs\n remote-span\n")
		if lines := configLines(b.sent); more && !whole {
			destroyed = append(destroyed, lines[line-1])
		} else if more && lines[line-1] != "end" && !strings.Contains(config, "allowed vlan 10,20-30,777\n") {
			t.Errorf("line %d: the trunk that carries theirs is cut:\n%s", line, config)
		}
	}
	if !slices.Equal(destroyed, []string{"no vlan 777"}) {
		t.Errorf("a stranger's VLAN is destroyed when it is made before %q", destroyed)
	}
}
