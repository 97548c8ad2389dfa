package iosxe

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// A script answers commands from a table, for what a virtual switch does not
// do: commands a device lacks, other answers to a save, the passing of time.
type script struct {
	answers map[string]string
	asked   []string // one entry a write
	err     error
	after   func(command string) // runs behind each answer; may be nil
}

const unknownCommand = "            ^\n% Invalid input detected at '^' marker.\n"

func (s *script) Run(_ context.Context, commands ...string) ([]cli.Reply, error) {
	if s.err != nil {
		return nil, s.err
	}
	s.asked = append(s.asked, strings.Join(commands, "\n"))
	var out []cli.Reply
	for _, c := range commands {
		text, ok := s.answers[c]
		if !ok {
			text = unknownCommand
		}
		out = append(out, cli.Reply{Command: c, Text: text})
		if s.after != nil {
			s.after(c)
		}
	}
	return out, nil
}

func (s *script) RunConfirmed(ctx context.Context, command string, _ *regexp.Regexp) (cli.Reply, error) {
	replies, err := s.Run(ctx, command)
	if err != nil {
		return cli.Reply{}, err
	}
	return replies[0], nil
}

func (s *script) LineByLine() bool { return false }

func (s *script) Configure(_ context.Context, blocks []cli.Block) ([]cli.BlockResult, error) {
	s.asked = append(s.asked, "configure")
	return make([]cli.BlockResult, len(blocks)), s.err
}

func (s *script) Close() error { return nil }

func (s *script) last() string { return s.asked[len(s.asked)-1] }

const noSessions = "No SPAN configuration is present in the system.\n"

func scripted(t *testing.T, more map[string]string) (*held, *script) {
	t.Helper()
	s := &script{answers: map[string]string{showMonitor: noSessions, showConfig: "interface GigabitEthernet1/0/1\n",
		showVersion: "Cisco IOS Software, C3750E Software (C3750E-UNIVERSALK9-M), Version 15.0(2)SE11\nsw uptime is 1 day\ncisco WS-C3750X-24 (PowerPC405) processor\n",
		showMACs:    "Vlan    Mac Address       Type        Ports\n",
		showStatus:  "Port      Name               Status       Vlan       Duplex  Speed Type\nGi1/0/1                      connected    1          a-full a-1000 10/100/1000BaseTX\n"}}
	for k, v := range more {
		s.answers[k] = v
	}
	return s.open(t, s, mirror.Facts{}), s
}

// open makes a connection over a terminal that a script plays.
func (s *script) open(t *testing.T, term console.Terminal, known mirror.Facts) *held {
	t.Helper()
	c := &held{now: time.Now}
	conn, err := over(t.Context(), term, known, func() time.Time { return c.now() })
	if err != nil {
		t.Fatal(err)
	}
	c.Conn = conn
	return c
}

func over(ctx context.Context, term console.Terminal, known mirror.Facts, now func() time.Time) (*Conn, error) {
	return driver.Over(ctx, term, mirror.Target{Device: mirror.Device{Name: "sw"}, Facts: known}, now)
}

// The configuration and the ports are read anew when they are older than the look
// bears, after a push, and when the view of the sessions changed; never otherwise.
func TestWhatIsReadWhen(t *testing.T) {
	c, s := scripted(t, nil)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	oldest := now
	c.now = func() time.Time { return now }
	read := func(what string, full, around bool) {
		t.Helper()
		o, err := c.rereadSince(t.Context(), oldest)
		if err != nil || !o.At.Equal(now) {
			t.Fatalf("%s: %v, at %v", what, err, o.At)
		}
		if got := strings.Contains(s.last(), showConfig); got != full {
			t.Errorf("%s: configuration read %v, want %v", what, got, full)
		}
		if got := strings.Contains(s.last(), showMACs); got != around {
			t.Errorf("%s: surroundings read %v, want %v", what, got, around)
		}
	}
	read("first", true, true)
	now = now.Add(time.Minute)
	read("a minute later", false, false)
	if s.last() != showMonitor {
		t.Errorf("the narrow read is %q", s.last())
	}
	s.answers[showMonitor] = "*Jan  1 00:02:00.000: %SYS-5-CONFIG_I: Configured from console\n" + noSessions
	read("a log message in the text", false, false)
	s.answers[showMonitor] = "Session 1\n---------\nType : Local Session\nSource Ports :\n    Both : Gi1/0/1\n"
	s.answers[showConfig] += "monitor session 1 source interface Gi1/0/1\n"
	read("another view", true, false)
	read("the same view", false, false)
	report, err := c.Push(t.Context(), "tx", mirror.Payload{Format: format, Blocks: []mirror.Block{{Change: create("66", mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{VLAN: 5, Direction: mirror.RX}}}), Text: "monitor session 66 source vlan 5 rx\n"}}})
	if err != nil || report.Blocks[0].Err != nil {
		t.Fatalf("%+v, %v", report, err)
	}
	read("after a push", true, false)
	if !strings.Contains(s.last(), showUnsaved) {
		t.Error("what is unsaved was not asked after a push")
	}
	oldest = now
	read("the surroundings are as old as is borne", false, false)
	now = now.Add(time.Minute)
	oldest = now
	read("all is older than is borne", true, true)
}

// A device that lacks every command but show monitor and show version is still
// read, and says less.
func TestDevicesThatLackCommands(t *testing.T) {
	c, s := scripted(t, map[string]string{showMonitor: "Session 3\n---------\nType : Local Session\nSource Ports :\n    Both : Gi1/0/1\nDestination Ports : Gi1/0/2\n    Encapsulation : Replicate\n          Ingress : Disabled\n"})
	delete(s.answers, showConfig)
	delete(s.answers, showStatus)
	o, err := c.reread(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Natives) != 1 || !o.Natives[0].Spec.Equal(local("GigabitEthernet1/0/2", preserve, port("GigabitEthernet1/0/1", mirror.Both))) || o.Natives[0].Opaque != "" {
		t.Errorf("%+v", o.Natives)
	}
	if len(o.Ports) != 0 || len(o.Handles) != 0 {
		t.Errorf("ports %+v, handles %v: nothing told them", o.Ports, o.Handles)
	}
	// A router has its ports in the configuration alone.
	s.answers[showConfig] = "interface GigabitEthernet0/0/1\n ip address 192.0.2.1 255.255.255.0\ninterface Loopback0\n ip address 192.0.2.9 255.255.255.255\n"
	c.dirty = true
	if o, err = c.reread(t.Context()); err != nil || len(o.Ports) != 1 || o.Ports[0].Up != mirror.Unknown || len(o.Ports[0].Uses) != 1 {
		t.Errorf("%+v, %v", o.Ports, err)
	}
}

// Somebody types between the two commands that show sessions: they are asked
// again. What still differs is a doubt about that session, and about no other.
func TestViewsThatDisagreeAreAskedAgain(t *testing.T) {
	view := func(p string) string {
		return "Session 1\n---------\nType : Local Session\nSource Ports :\n    Both : " + p + "\nDestination Ports : Gi1/0/9\n    Encapsulation : Native\n          Ingress : Disabled\n" +
			"Session 2\n---------\nType : Local Session\nSource Ports :\n    Both : Gi1/0/7\nDestination Ports : Gi1/0/8\n    Encapsulation : Native\n          Ingress : Disabled\n"
	}
	cfg := func(p string) string {
		return "interface GigabitEthernet1/0/1\nmonitor session 1 source interface " + p + "\nmonitor session 1 destination interface Gi1/0/9\n" +
			"monitor session 2 source interface Gi1/0/7\nmonitor session 2 destination interface Gi1/0/8\n"
	}
	c, s := scripted(t, map[string]string{showMonitor: view("Gi1/0/2"), showConfig: cfg("Gi1/0/2 - 3")})
	s.after = func(command string) { // the second answer is that of a moment later
		if command == showConfig {
			s.answers[showMonitor] = view("Gi1/0/2-3")
		}
	}
	o, err := c.reread(t.Context())
	if err != nil || find(o.Natives, "1").Opaque != "" || len(find(o.Natives, "1").Spec.Sources) != 2 {
		t.Errorf("%+v, %v", o.Natives, err)
	}
	s.after = nil
	s.answers[showMonitor] = view("Gi1/0/2")
	asked := len(s.asked)
	for range 4 {
		if o, err = c.reread(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := find(o.Natives, "1"); !strings.Contains(n.Opaque, `disagree about sources: "GigabitEthernet1/0/2 both" is shown`) || !n.Disputed ||
			len(n.Spec.Sources) != 2 || n.Other == nil || len(n.Other.Sources) != 1 || !slices.Equal(n.Other.Destinations, n.Spec.Destinations) {
			t.Errorf("session 1: %+v, or %+v", n, n.Other)
		}
		if n := find(o.Natives, "2"); n.Opaque != "" {
			t.Errorf("session 2: %+v", n)
		}
	}
	// Twice at once, once more the next time, and then what is known is enough.
	if n := strings.Count(strings.Join(s.asked[asked:], "\n"), showConfig); n != 3 {
		t.Errorf("the configuration was read %d times: %q", n, s.asked[asked:])
	}
	for name, answers := range map[string][2]string{
		"a filter is shown alone": {strings.Replace(view("Gi1/0/2"), "Session 2", "Filter VLANs : 10,20-22\nSession 2", 1), cfg("Gi1/0/2")},
		"shown alone":             {view("Gi1/0/2"), "interface GigabitEthernet1/0/1\nmonitor session 2 source interface Gi1/0/7\nmonitor session 2 destination interface Gi1/0/8\n"},
		"configured alone":        {strings.Replace(view("Gi1/0/2"), "Session 1\n", "Session 3\n", 1), cfg("Gi1/0/2")},
	} {
		s.answers[showMonitor], s.answers[showConfig] = answers[0], answers[1]
		if o, err = c.reread(t.Context()); err != nil || !strings.Contains(find(o.Natives, "1").Opaque, disagree) || find(o.Natives, "2").Opaque != "" {
			t.Errorf("%s: %+v, %v", name, o.Natives, err)
		}
	}
}

func TestWhatIsNotUnderstoodIsAnErrorEverywhere(t *testing.T) {
	const table = "VLAN Name                             Status    Ports\n1    default                          active\n"
	optional := []string{showConfig, showStatus, showRemote, showVLANs, showTrunks, showVTP, showACLs, showLLDP, showCDP, showMACs}
	for _, command := range append(optional, showMonitor) {
		for _, answer := range []string{"busy", "Command is currently busy", "% Configuration is busy, try again later"} {
			c, _ := scripted(t, map[string]string{showVLANs: table, command: answer})
			o, err := c.reread(t.Context())
			var said *mirror.DeviceError
			if !errors.Is(err, mirror.ErrParse) && !(command == showMonitor && errors.As(err, &said)) || len(o.Ports)+len(o.Natives) != 0 {
				t.Errorf("%s: %q: %+v, %v", command, answer, o, err)
			}
		}
	}
	for _, command := range optional { // a device without the command, or an account without the right
		for _, answer := range []string{unknownCommand, "Command authorization failed.\n", "% Feature is not supported on this platform\n"} {
			c, _ := scripted(t, map[string]string{showVLANs: table, command: answer})
			if _, err := c.reread(t.Context()); err != nil {
				t.Errorf("%s: %q: %v", command, answer, err)
			}
		}
	}
	c, s := scripted(t, nil)
	delete(s.answers, showMonitor)
	var said *mirror.DeviceError
	if _, err := c.reread(t.Context()); !errors.As(err, &said) || !strings.Contains(said.Answer, "Invalid input") {
		t.Errorf("show monitor refused: %v", err)
	}
	if _, err := over(t.Context(), &script{answers: map[string]string{}}, mirror.Facts{}, nil); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("show version refused: %v", err)
	}
	s.err = mirror.ErrUnreachable
	if _, err := c.reread(t.Context()); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("connection lost: %v", err)
	}
}

func TestSaveWhereItCannotBeTold(t *testing.T) {
	none := "!Contextual Config Diffs:\n!No changes were found\n"
	for name, x := range map[string]struct {
		unsaved, write string
		clean          bool
		saved          bool
		why            string
		err            error
	}{
		"no archive command":        {"", "Building configuration...\n[OK]\n", true, false, "not saved", nil},
		"no archive, always":        {"", "Building configuration...\n[OK]\n", false, true, "", nil},
		"no startup":                {"%Error opening nvram:startup-config (No such file or directory)", "[OK]", true, false, "not saved", nil},
		"clean":                     {none, "Building configuration...\nCompressed configuration from 1 bytes to 1 bytes[OK]\n", true, true, "", nil},
		"not ours":                  {"!Contextual Config Diffs:\n+username bob secret 9 $9$topsecret\n", "[OK]", true, false, `"username"`, nil},
		"a number that was not set": {"!Contextual Config Diffs:\n+monitor session 66 source interface Gi1/0/1\n", "[OK]", true, false, "monitor session 66", nil},
		"it asks":                   {none, "Overwrite the previous NVRAM configuration?[confirm]\n", true, false, "", mirror.ErrRejected},
		"it is refused":             {none, "startup-config file open failed (Device or resource busy)\n", true, false, "", mirror.ErrRejected},
	} {
		more := map[string]string{writeMemory: x.write, platform.Save.Startup: "Using 1 out of 2 bytes\n!\nhostname sw\nend\n"}
		if x.unsaved != "" {
			more[showUnsaved] = x.unsaved
		}
		c, _ := scripted(t, more)
		saved, why, err := c.Save(t.Context(), x.clean, nil)
		if saved != x.saved || !strings.Contains(why, x.why) || (why == "") != (x.why == "") || (x.err == nil) != (err == nil) || !errors.Is(err, x.err) {
			t.Errorf("%s: %v, %q, %v", name, saved, why, err)
		}
		if strings.Contains(why, "topsecret") || err != nil && strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%s: a secret in %q, %v", name, why, err)
		}
	}
}

// What the device says of ERSPAN outranks the table of models.
func TestTheDevicesOwnWordOnERSPAN(t *testing.T) {
	for answer, want := range map[string]mirror.Level{
		"ERSPAN Source Session:ERSPAN Source Session Supported: TRUE\nNo of Rx ERSPAN source session: 8\nNo of Tx ERSPAN source session: 8\nERSPAN Header Type supported: II and III": mirror.Yes,
		"ERSPAN Source Session:ERSPAN Source Session Supported: FALSE\n": mirror.No,
		unknownCommand: mirror.Unverified, // the table's word on a Catalyst 9200
	} {
		c, _ := scripted(t, map[string]string{showCapability: answer, showVersion: "Cisco IOS XE Software, Version 17.09.04a\nModel Number : C9200-24T\n"})
		got := Capabilities(c.Facts()).Roles[mirror.RoleERSPANSource]
		if got.Level != want {
			t.Errorf("%q: %+v, want level %q", answer, got, want)
		}
		_, err := Render(c.Facts(), mirror.Observation{}, []mirror.Change{{After: native("66", mirror.NativeSpec{Role: mirror.RoleERSPANSource,
			Sources: []mirror.NativeSource{port("GigabitEthernet1/0/1", mirror.RX)}, Options: mirror.Options{Collector: "192.0.2.1", ERSPAN: &mirror.ERSPAN{ID: 1, Origin: "192.0.2.2"}}})}})
		if (err == nil) != (want != mirror.No) {
			t.Errorf("%q: %v", answer, err)
		}
	}
}

func TestSecretsOfAConfigurationStayOutOfTranscripts(t *testing.T) {
	for text, want := range map[string]string{
		"enable secret 9 $9$abc\nend":        "enable secret 9 ********\nend",
		" standby 1 authentication md5 xyz":  " standby 1 authentication md5 ********",
		"snmp-server community PUBLIC RO":    "snmp-server community ******** RO",
		"username bob password 7 0822455D0A": "username bob password 7 ********",
	} {
		if got := redact(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// A secretive script is a transport that knows the secrets of its login.
type secretive struct{ *script }

func (secretive) Redact(text string) string {
	return strings.ReplaceAll(text, "our-password", "********")
}

// TestOurSecretsInTheDevicesWordsStayOutOfErrors: a switch that was shown a
// password can say it in any line.
func TestOurSecretsInTheDevicesWordsStayOutOfErrors(t *testing.T) {
	c, s := scripted(t, nil)
	c = s.open(t, secretive{s}, mirror.Facts{})
	const said = "you said our-password\n"
	s.answers[showMonitor] = said
	_, observed := c.Observe(t.Context(), mirror.Look{})
	_, pushed := c.Push(t.Context(), "tx", mirror.Payload{Format: format})
	s.answers[showUnsaved], s.answers[writeMemory] = "% "+said, "% "+said
	_, _, saved := c.Save(t.Context(), false, nil)
	_, err := over(t.Context(), secretive{&script{answers: map[string]string{showVersion: said}}}, mirror.Facts{}, nil)
	for what, err := range map[string]error{"observe": observed, "push": pushed, "save": saved, "connect": err} {
		if err == nil || !strings.Contains(err.Error(), "you said ********") || strings.Contains(err.Error(), "our-password") {
			t.Errorf("%s: %v", what, err)
		}
	}
	var quoted *mirror.DeviceError
	if errors.As(saved, &quoted) && strings.Contains(quoted.Answer, "our-password") {
		t.Error(quoted.Answer)
	}
	if !errors.Is(observed, mirror.ErrParse) || !errors.Is(saved, mirror.ErrRejected) {
		t.Errorf("the kinds are lost: %v, %v", observed, saved)
	}
}
