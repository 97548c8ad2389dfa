package lab

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/testkit"
)

// oneJunos is a switch whose timers run a hundred times faster.
const oneJunos = `
fabric:
  clockFactor: 100
  switches:
    - name: sw
      platform: juniper_junos
      model: ex4300-48t
      credentials: [{username: admin, password: pw}, {username: netadmin, password: pw}, {username: op, password: pw, privilege: 1}]
  hosts: [{at: "sw:ge-0/0/47", name: probe}]
`

// junosSwitch is a switch of a model.
func junosSwitch(t testing.TB, model string) *Switch {
	t.Helper()
	text := strings.Replace(oneJunos, "ex4300-48t", model, 1)
	for kind, port := range map[string]string{"acx": "et-0/0/31", "qfx": "xe-0/0/47"} {
		if strings.HasPrefix(model, kind) {
			text = strings.Replace(text, "ge-0/0/47", port, 1)
		}
	}
	return start(t, text).Switch("sw")
}

// answered is what a switch answers to the last of the lines typed on its console, up to
// the blank line before the prompt.
func answered(sw *Switch, lines ...string) string {
	out := sw.Exec(lines...)
	at := strings.LastIndex(out, lines[len(lines)-1]+"\n")
	out = out[at+len(lines[len(lines)-1])+1:]
	return junosPrompt.ReplaceAllString(out, "")
}

// junosPrompt is all of a prompt, with the blank line above it.
var junosPrompt = regexp.MustCompile(`\n((# commit confirmed will be rolled back in \d+ minutes\n)?(\{master:\d\}(\[edit.*\])?|\[edit.*\])\n)?\w+@\S+[>#] $`)

// A person types at a switch.
type person struct {
	*term
	name string
}

func types(t testing.TB, sw *Switch, name string) person {
	t.Helper()
	x := shell(t, dial(t, sw, name, "pw"), 0)
	x.until(name + `@sw> $`)
	p := person{x, name}
	p.says("set cli screen-length 0")
	return p
}

// says types a line and returns the answer, without the lines of the prompt.
func (p person) says(line string) string {
	p.t.Helper()
	p.send(line + "\n")
	p.until(regexp.QuoteMeta(line) + `\r\n`)
	out := p.until(`(?m)^` + p.name + `@\S+[>#] $|\(yes\) $`)
	return junosPrompt.ReplaceAllString(out, "")
}

func (p person) all(lines ...string) (last string) {
	p.t.Helper()
	for _, l := range lines {
		last = p.says(l)
	}
	return last
}

const twoLines = "set forwarding-options analyzer nm-1 input ingress interface ge-0/0/1.0; set forwarding-options analyzer nm-1 output interface ge-0/0/47.0"

func TestJunosPromptsAndAnswers(t *testing.T) {
	sw := junosSwitch(t, "ex4300-48t")
	x := shell(t, dial(t, sw, "admin", "pw"), 24)
	x.until(`\r\n\{master:0\}\r\nadmin@sw> $`)
	x.send("# a comment\n")
	x.until(`# a comment\r\n\r\n\{master:0\}\r\nadmin@sw> $`)
	x.send("show interfaces terse\n")
	x.until(`---\(more\)---$`)
	x.send("q")
	x.until(`\r {40}\r\r\n\{master:0\}\r\nadmin@sw> $`)
	x.send("configure\n")
	x.until(`Entering configuration mode\r\n\r\n\{master:0\}\[edit\]\r\nadmin@sw# $`)
	x.send("edit forwarding-options analyzer \"two words\"\n")
	x.until(`\r\n\{master:0\}\[edit forwarding-options analyzer "two words"\]\r\nadmin@sw# $`)
	x.send("# also here\n")
	x.until(`# also here\r\n\r\n\{master:0\}\[edit .*\]\r\nadmin@sw# $`)

	y := shell(t, dial(t, junosSwitch(t, "acx7100"), "admin", "pw"), 24)
	y.until(`\r\nadmin@sw> $`)
	y.send("configure\n")
	y.until(`mode\r\n\r\n\[edit\]\r\nadmin@sw# $`)

	for _, tc := range []struct{ mode, line, want string }{
		{"", "shw version", "              ^\nunknown command.\n"},
		{"", "show foo", "                   ^\nsyntax error.\n"},
		{"", "set cli screen-width 511", "Screen width set to 511\n"},
		{"", "show configuration ethernet-switching-options", "                               ^\nsyntax error.\n"},
		{"configure", "set forwarding-options analyser nm-1", "syntax error."},
		{"configure", "set forwarding-options analyzer nm-1 input rate 70000", "invalid numeric value"},
		{"configure", "set forwarding-options analyzer nm-1 input rate", "missing mandatory argument"},
		{"configure", "set forwarding-options analyzer nm-1 output i 1", "'i' is ambiguous"},
		{"configure", "set forwarding-options analyzer " + strings.Repeat("a", 64), "syntax error."},
		{"configure", "sett system host-name a", "unknown command."},
		{"configure", "delete forwarding-options analyzer none", "warning: statement not found\n"},
		{"configure", "run show version | match ^model", "Model: ex4300-48t\n"},
		{"configure", "set ethernet-switching-options analyzer a", "syntax error."},
	} {
		if got := answered(sw, tc.mode, tc.line); !strings.Contains(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.line, got, tc.want)
		}
	}
	if got := junosSwitch(t, "ex4200-48t"); !strings.Contains(answered(got, "configure", "set forwarding-options analyzer a"), "syntax error.") ||
		!strings.Contains(answered(got, "show configuration forwarding-options analyzer"), "syntax error.") || !strings.Contains(answered(got, "show forwarding-options analyzer"), "syntax error.") {
		t.Error("a legacy switch knows the other hierarchy")
	}
	if got := types(t, sw, "op").says("configure"); !strings.Contains(got, "unknown command.") {
		t.Errorf("a reader configures: %q", got)
	}
}

// The configuration in the forms in which it is shown.
func TestJunosShowsItsConfiguration(t *testing.T) {
	sw := junosSwitch(t, "ex4300-48t")
	sw.Exec("configure", "set groups TAP forwarding-options analyzer A0 input ingress interface ge-0/0/5.0", "set groups TAP forwarding-options analyzer A0 output interface ge-0/0/46.0",
		"set groups TAP interfaces <ge-*> mtu 9000", "set apply-groups TAP", "set forwarding-options analyzer B input ingress vlan v100", "set forwarding-options analyzer B input egress interface [ ge-0/0/10.0 ge-0/0/9.0 ]",
		"set forwarding-options analyzer B output interface ge-0/0/47.0", "deactivate forwarding-options analyzer B", "annotate forwarding-options analyzer B \"of mine\"",
		"set vlans v100 vlan-id 100", "set vlans v100 vlan-id 101", "set interfaces ge-0/0/2 description \"two words\"", "commit")
	for _, tc := range []struct{ command, want string }{
		{"show configuration forwarding-options | display set", "set forwarding-options analyzer B input ingress vlan v100\nset forwarding-options analyzer B input egress interface ge-0/0/10.0\n" +
			"set forwarding-options analyzer B input egress interface ge-0/0/9.0\nset forwarding-options analyzer B output interface ge-0/0/47.0\ndeactivate forwarding-options analyzer B\n"},
		{"show configuration forwarding-options", "/* of mine */\ninactive: analyzer B {\n    input {\n        ingress {\n            vlan v100;\n        }\n        egress {\n            interface ge-0/0/10.0;\n            interface ge-0/0/9.0;\n        }\n    }\n" +
			"    output {\n        interface ge-0/0/47.0;\n    }\n}\n"},
		{"show configuration forwarding-options | display inheritance | display set | match A0", "set forwarding-options analyzer A0 input ingress interface ge-0/0/5.0\nset forwarding-options analyzer A0 output interface ge-0/0/46.0\n"},
		{"show configuration forwarding-options | display inheritance | find A0", "## 'A0' was inherited from group 'TAP'\n##\nanalyzer A0 {"},
		{"show configuration interfaces ge-0/0/2 | display set | no-more", "set interfaces ge-0/0/2 description \"two words\"\nset interfaces ge-0/0/2 unit 0 family ethernet-switching\n"},
		{"show configuration interfaces ge-0/0/3 | display inheritance | display set", "set interfaces ge-0/0/3 mtu 9000\nset interfaces ge-0/0/3 unit 0 family ethernet-switching\n"},
		{"show configuration vlans | display set", "set vlans default vlan-id 1\nset vlans v100 vlan-id 101\n"},
		{"show configuration vlans | display set | count", "Count: 2 lines\n"},
		{"show configuration apply-groups", "TAP"},
		{"show configuration snmp | display set", ""},
		{"show configuration | match host-name", "    host-name sw;\n"},
	} {
		got := answered(sw, tc.command)
		if got != tc.want && (tc.want == "" || !strings.HasPrefix(got, tc.want)) {
			t.Errorf("%s:\n%s", tc.command, got)
		}
	}
	for _, tc := range []struct{ typed, want string }{
		{"set system host-name sw2", "[edit system]\n-   host-name sw;\n+   host-name sw2;\n"},
		{"activate forwarding-options analyzer B", "[edit forwarding-options]\n!   active: analyzer B { ... }\n"},
		{"delete forwarding-options analyzer B input egress interface ge-0/0/9.0", "[edit forwarding-options analyzer B input egress]\n-       interface ge-0/0/9.0;\n"},
		{"delete forwarding-options analyzer B", "[edit]\n-  forwarding-options {\n-      /* of mine */\n-      inactive: analyzer B {\n"},
		{"set interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members v100", "[edit interfaces ge-0/0/1 unit 0 family ethernet-switching]\n+        vlan {\n+            members v100;\n+        }\n"},
		{"set system host-name sw", ""},
	} {
		if got := answered(sw, "configure", tc.typed, "show | compare"); got != tc.want && (tc.want == "" || !strings.HasPrefix(got, tc.want)) {
			t.Errorf("%s:\n%s", tc.typed, got)
		}
		sw.Exec("configure", "rollback 0")
	}
	sw.Exec("configure", "set firewall family inet filter F term a then accept", "set firewall family inet filter F term b then accept", "set firewall family inet filter F term zz then accept", "commit",
		"insert firewall family inet filter F term zz before term a", "commit")
	if got := answered(sw, "show configuration firewall | display set"); got != "set firewall family inet filter F term zz then accept\nset firewall family inet filter F term a then accept\nset firewall family inet filter F term b then accept\n" {
		t.Errorf("a term was not moved:\n%s", got)
	}
	was := sw.RunningConfig()
	sw.Reload()
	if sw.RunningConfig() != was || !strings.Contains(was, "annotate forwarding-options analyzer B \"of mine\"\n") {
		t.Errorf("a restart changes the configuration:\n%s", sw.RunningConfig())
	}
}

// Every refusal at the door, and what remains of a candidate.
func TestJunosOneSharedCandidate(t *testing.T) {
	sw := junosSwitch(t, "ex4300-48t")
	a, b := types(t, sw, "admin"), types(t, sw, "netadmin")
	expect := func(got, pattern string) {
		t.Helper()
		if !regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(got) {
			t.Errorf("%q, want %q", got, pattern)
		}
	}
	const date, entered, discarded = `\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`, "Entering configuration mode\n", "warning: uncommitted changes will be discarded on exit\n"
	expect(a.says("configure exclusive"), discarded+entered)
	for _, door := range []string{"configure", "configure exclusive", "configure private"} {
		expect(b.says(door), `error: configuration database locked by:\n  admin terminal pts/\d+ \(pid \d+\) on since `+date+`, idle \d\d:\d\d:\d\d\n      exclusive \[edit\]\n`)
	}
	a.all(strings.Split(twoLines, "; ")...)
	expect(a.says("exit"), `The configuration has been changed but not committed\nExit with uncommitted changes\? \[yes,no\] \(yes\) `)
	expect(a.says("no"), "")
	a.says("exit")
	expect(a.says("yes"), "Exiting configuration mode\n")
	if got := answered(sw, "configure", "show | compare"); got != "" {
		t.Errorf("who has it for himself and leaves, leaves %q", got)
	}

	expect(a.says("configure"), entered)
	a.says("set system host-name half-done")
	expect(b.says("configure exclusive"), `Users currently editing the configuration:\n  admin terminal pts/\d+ \(pid \d+\) on since `+date+`\n      \[edit\]\nerror: configuration database modified\n`)
	expect(b.says("configure private"), "error: shared configuration database modified\n")
	expect(b.says("configure"), entered+`Users currently editing the configuration:\n.*\n      \[edit\]\nThe configuration has been changed but not committed\n`)
	b.says("exit")
	b.says("yes")
	a.send("exit\n")
	a.until(`\(yes\) $`)
	a.says("")
	expect(b.says("configure exclusive"), "error: configuration database modified\n")
	expect(a.all("configure", "rollback 0"), "load complete\n")

	expect(b.says("configure exclusive"), discarded+entered)
	expect(a.says("set system host-name x"), `error: configuration database locked by:\n  netadmin (?s:.*)`)
	expect(a.says("commit"), `error: configuration database locked by:\n  netadmin (?s:.*)`)
	b.says("exit")
	a.says("exit")

	expect(b.says("configure private"), discarded+entered)
	expect(a.says("configure"), "error: private edits in use. Try 'configure private' or 'configure exclusive'\n")
	b.says("set vlans v5 vlan-id 5")
	expect(b.says("commit confirmed 2"), "error: commit confirmed not supported for private configuration\n")
	expect(a.all("configure exclusive", "set vlans v6 vlan-id 6", "commit"), "commit complete\n")
	a.says("exit")
	expect(b.says("commit and-quit"), "commit complete\nExiting configuration mode\n")
	if got := answered(sw, "show configuration vlans | display set"); got != "set vlans default vlan-id 1\nset vlans v5 vlan-id 5\nset vlans v6 vlan-id 6\n" {
		t.Errorf("a private copy takes back what another committed:\n%s", got)
	}
}

// A lost connection takes the lock and what was not committed with it, a plain
// candidate stays, and a stale holder can be thrown out.
func TestJunosConnectionLost(t *testing.T) {
	sw := junosSwitch(t, "ex4300-48t")
	b := types(t, sw, "netadmin")
	lose := func(mode string) {
		t.Helper()
		a := types(t, sw, "admin")
		a.all(mode, "set vlans lost vlan-id 9")
		if err := sw.UpdateFaults(func(f *Faults) { f.DropAtConfigLine = 1 }); err != nil {
			t.Fatal(err)
		}
		a.send("show\n")
		a.eof()
	}
	for _, mode := range []string{"configure exclusive", "configure private"} {
		lose(mode)
		testkit.Eventually(t, testkit.Patience, "the switch gives it up", func() bool { return strings.Contains(b.says("configure exclusive"), "Entering configuration mode") })
		if got := b.says("show | compare"); got != "" {
			t.Errorf("%s: it leaves %q", mode, got)
		}
		b.says("exit")
	}
	lose("configure")
	testkit.Eventually(t, testkit.Patience, "the switch gives it up", func() bool { return b.says("configure exclusive") == "error: configuration database modified\n" })
	b.all("configure", "rollback 0", "exit")

	a := types(t, sw, "admin")
	a.says("configure exclusive")
	pid := regexp.MustCompile(`pid (\d+)`).FindStringSubmatch(b.says("configure"))[1]
	b.says("request system logout pid " + pid)
	if got := b.says("configure exclusive"); !strings.Contains(got, "Entering") {
		t.Errorf("a holder that was thrown out: %q", got)
	}
}

// What waits is confirmed by whoever commits or checks; nobody: it goes back, late, and
// terminals hear of it.
func TestJunosCommitConfirmed(t *testing.T) {
	for _, model := range []string{"ex4300-48t", "acx7100"} {
		t.Run(model, func(t *testing.T) {
			t.Parallel()
			sw := junosSwitch(t, model)
			a, b := types(t, sw, "admin"), types(t, sw, "netadmin")
			evolved := strings.HasPrefix(model, "acx")
			entries := func() string { return b.says("show system commit | match ^0|pending|nm-|^1") }
			arm := func(comment string) {
				t.Helper()
				a.all("configure exclusive", "set vlans "+comment+" vlan-id 77")
				if got := a.says("commit confirmed 65535 comment " + comment); got != "commit confirmed will be automatically rolled back in 65535 minutes unless confirmed\ncommit complete\n" {
					t.Fatalf("%q", got)
				}
				a.says("exit")
				if got := entries(); !regexp.MustCompile(`^0   \S+ \S+ UTC by admin via cli commit confirmed, rollback in 65535mins\n    ` + comment + `\n    rollback pending\n1 `).MatchString(got) {
					t.Fatalf("%s", got)
				}
			}
			for i, line := range []string{"commit check", "commit", "commit confirmed 65535"} {
				arm("nm-" + string(rune('a'+i)))
				if got := b.all("configure exclusive", line); !strings.Contains(got, map[bool]string{true: "configuration check succeeds", false: "commit complete"}[i == 0]) {
					t.Errorf("%s: %q", line, got)
				}
				b.says("exit")
				got := entries()
				if waits := strings.Contains(got, "rollback pending"); waits != (i == 2) || strings.Contains(got, "by netadmin") != (evolved || i == 2) {
					t.Errorf("%s:\n%s", line, got)
				}
			}
			b.all("configure", "commit check", "exit") // another person's
			arm("nm-d")
			if got := b.all("configure", "rollback 1", "show | compare"); !strings.Contains(got, "-   nm-d {") {
				t.Errorf("%q", got)
			}
			b.all("commit", "exit")
			if got := sw.RunningConfig(); strings.Contains(got, "nm-d") || strings.Contains(entries(), "pending") {
				t.Errorf("taken back in the window:\n%s", got)
			}
			arm("nm-e")
			was := sw.RunningConfig()
			sw.Reload()
			b = types(t, sw, "netadmin")
			if got := entries(); sw.RunningConfig() != was || strings.Contains(got, "pending") {
				t.Errorf("a restart in the window takes the change back:\n%s", got)
			}
		})
	}
}

func TestJunosExpiryComesLateAndIsTold(t *testing.T) {
	t.Parallel()
	sw := junosSwitch(t, "ex4300-48t")
	a, b := types(t, sw, "admin"), types(t, sw, "netadmin")
	was := sw.RunningConfig()
	a.all("configure", "set vlans nm vlan-id 77")
	began := time.Now()
	a.says("commit confirmed 1 comment nm-tx")
	testkit.Eventually(t, testkit.Patience, "the switch gives it up", func() bool { return sw.RunningConfig() == was })
	if took := time.Since(began); took < 660*time.Millisecond {
		t.Errorf("it went back after %v, a minute and six seconds are 660 ms here", took)
	}
	const words = "Broadcast Message from root@sw\nCommit was not confirmed; automatic rollback complete.\n"
	if got := b.says("show system commit"); !regexp.MustCompile(`^0 .* by root via other\n` + words + `1 .* by admin via cli commit confirmed, rollback in 1mins\n    nm-tx\n2 `).MatchString(got) {
		t.Errorf("%s", got)
	}
	if got := a.says("show | compare"); got != words {
		t.Errorf("after the expiry the candidate has %q", got)
	}
	if got := b.says("configure exclusive"); !strings.Contains(got, "Entering") {
		t.Errorf("%q", got)
	}
}

// Lines can be loaded, up to Ctrl-D: what is refused is told, the others hold.
func TestJunosLoadsLines(t *testing.T) {
	sw := junosSwitch(t, "ex4300-48t")
	a := types(t, sw, "admin")
	a.says("configure exclusive")
	a.send("load set terminal\n")
	a.until(`\[Type \^D at a new line to end input\]\r\n$`)
	a.send("set vlans v5 vlan-id 5\n# of the lab\nset vlans v6 vlan-id 5000\ndelete vlans none\n\x04")
	out := a.until(`admin@sw# $`)
	if !strings.Contains(out, "terminal:2:(") || !strings.Contains(out, "invalid numeric value: '5000'.\nwarning: statement not found\nload complete (1 errors)\n") {
		t.Errorf("%q", out)
	}
	if got := a.says("show vlans | display set"); got != "set vlans default vlan-id 1\nset vlans v5 vlan-id 5\n" {
		t.Errorf("%q", got)
	}
}

// A commit takes its time; meanwhile others are answered. What was committed when the
// connection is lost stays, and its time runs on.
func TestJunosCommitTakesTime(t *testing.T) {
	sw := junosSwitch(t, "ex4300-48t")
	const long = 300 * time.Millisecond
	sw.SetTiming(Timing{CommitTime: Duration(long)})
	a, b := types(t, sw, "admin"), types(t, sw, "netadmin")
	a.all("configure exclusive", "set vlans v vlan-id 7")
	began := time.Now()
	if got := a.says("commit"); got != "commit complete\n" || time.Since(began) < long {
		t.Errorf("%q after %v", got, time.Since(began))
	}
	a.says("set vlans w vlan-id 8")
	if err := sw.UpdateFaults(func(f *Faults) { f.DropAfterConfigLine = 1 }); err != nil {
		t.Fatal(err)
	}
	a.send("commit confirmed 65535 comment nm-tx\n")
	a.eof()
	if got := b.says("show system commit | match nm|pending"); got != "    nm-tx\n    rollback pending\n" {
		t.Errorf("%q", got)
	}
	sw.Lapse()
	if got := sw.RunningConfig(); strings.Contains(got, "vlans w") || !strings.Contains(got, "vlans v vlan-id 7") {
		t.Errorf("%s", got)
	}
	if err := sw.UpdateFaults(func(f *Faults) {
		f.Refuse = []Refusal{{Line: "^commit confirmed", Answer: "error: remote lock-configuration failed on fpc1"}}
		f.Replace = []Replacement{{Command: "^show configuration vlans", Output: "nothing known"}}
	}); err != nil {
		t.Fatal(err)
	}
	if got := b.all("configure", "commit confirmed 2"); got != "error: remote lock-configuration failed on fpc1\n" {
		t.Errorf("%q", got)
	}
	if got := b.says("run show conf vlans"); got != "nothing known\n" {
		t.Errorf("abbreviated and from configuration: %q", got)
	}
}
