package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

var flat = []string{
	"monitor session 66 source interface Gi1/0/1 rx",
	"monitor session 66 source interface Gi1/0/2",
	"monitor session 66 destination interface Gi1/0/48 encapsulation replicate",
}

// percent is how IOS refuses: a line that begins with a percent sign and a blank.
func percent(_, answer string) bool { return strings.Contains("\n"+answer, "\n% ") }

func configure(t *testing.T, c *Conn, blocks ...Block) []BlockResult {
	t.Helper()
	r, err := c.Configure(t.Context(), blocks)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantDevice fails unless err quotes the device so.
func wantDevice(t *testing.T, err error, sent, answer string) {
	t.Helper()
	var d *mirror.DeviceError
	if !errors.As(err, &d) || !errors.Is(err, mirror.ErrRejected) {
		t.Fatalf("got error %v, want a refusal", err)
	}
	if d.Device != "dev1" || d.Sent != sent || !strings.Contains(d.Answer, answer) {
		t.Errorf("got %+v, want %q answered with %q", d, sent, answer)
	}
}

// warm pushes a first block: for that one configuration mode is awaited.
func warm(t *testing.T, c *Conn) *Conn {
	t.Helper()
	if r := configure(t, c, Block{Lines: Lines("logging on")}); r[0].Err != nil {
		t.Fatal(r[0].Err)
	}
	return c
}

// Whether a device asks something when configuration is entered shows at the
// first block: nothing is typed behind that line, not even a marker.
func TestConfigurationIsAwaitedOnTheFirstBlock(t *testing.T) {
	f := newFake(t)
	c := open(t, f, nil)
	sent := writesOf(c)
	configure(t, c, Block{Lines: Lines(flat[0])}, Block{Lines: Lines(flat[1])})
	if len(*sent) != 3 || (*sent)[0] != "configure terminal\n" || !strings.HasPrefix((*sent)[2], "configure terminal\n"+flat[1]+"\nend\n!") {
		t.Errorf("sent %q", *sent)
	}
}

func TestFlatBlockTakesOneRoundTrip(t *testing.T) {
	f := newFake(t)
	f.hostname = "a-switch-with-a-long-name-on-floor-3" // cut to 20 in configuration prompts
	c := warm(t, open(t, f, nil))
	before := c.Stats()
	r := configure(t, c, Block{Lines: Lines(flat...)})
	after := c.Stats()
	if r[0].Err != nil {
		t.Error(r[0].Err)
	}
	if n := after.RoundTrips - before.RoundTrips; n != 1 {
		t.Errorf("%d round trips, want 1", n)
	}
	if n := after.Lines - before.Lines; n != len(flat)+3 {
		t.Errorf("%d lines sent, want %d", n, len(flat)+3)
	}
	want := []string{"config: logging on", "config: " + flat[0], "config: " + flat[1], "config: " + flat[2]}
	if diff := cmp.Diff(want, f.configured()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, l := range r[0].Lines {
		if !l.Sent || l.Refused || l.Answer != "" || l.Prompt != "a-switch-with-a-long(config)#" {
			t.Errorf("%+v", l)
		}
	}
	if got := run(t, c, "show nothing")[0].Text; !strings.Contains(got, "% Invalid") {
		t.Errorf("the connection is not in exec mode: %q", got)
	}
}

func TestEachAnswerBelongsToItsLine(t *testing.T) {
	f := newFake(t)
	f.refuse[flat[1]] = "% Interface(s) Gi1/0/2 already configured as monitor destinations"
	f.refuse["logging on"] = "just a remark"
	c := open(t, f, nil)
	r := configure(t, c, Block{Lines: Lines(flat[0], flat[1], "logging on", flat[2], flat[2]), Refused: percent},
		Block{Lines: Lines("no monitor session 1")})
	got := r[0].Lines
	want := []LineResult{
		{Text: flat[0], Sent: true, Answered: true, Prompt: "sw1(config)#"},
		{Text: flat[1], Sent: true, Answered: true, Prompt: "sw1(config)#", Answer: f.refuse[flat[1]], Refused: true},
		{Text: "logging on", Sent: true, Answered: true, Prompt: "sw1(config)#", Answer: "just a remark"},
		{Text: flat[2], Sent: true, Answered: true, Prompt: "sw1(config)#"},
		{Text: flat[2], Sent: true, Answered: true, Prompt: "sw1(config)#"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantDevice(t, r[0].Err, flat[1], "already configured")
	if r[1].Err != nil || !r[1].Lines[0].Sent {
		t.Errorf("the next block suffered: %+v", r[1])
	}
	if !slices.Contains(f.configured(), "config: "+flat[2]) {
		t.Error("in a flat block everything is sent")
	}
}

func erspan() []Line {
	return []Line{
		{Text: "monitor session 66 type erspan-source", Enters: []string{"config-mon-erspan-src"}},
		{Text: "source interface Gi1/0/1 rx"},
		{Text: "destination", Enters: []string{"config-mon-erspan-src-dst"}},
		{Text: "erspan-id 101"},
		{Text: "ip address 192.0.2.10"},
		{Text: "exit"},
		{Text: "no shutdown"},
	}
}

func TestSubModesTakeOneRoundTripMoreEach(t *testing.T) {
	f := newFake(t)
	c := warm(t, open(t, f, nil))
	before := c.Stats().RoundTrips
	r := configure(t, c, Block{Lines: erspan()})
	if r[0].Err != nil {
		t.Fatal(r[0].Err)
	}
	if n := c.Stats().RoundTrips - before; n != 3 {
		t.Errorf("%d round trips, want 3", n)
	}
	want := []string{"config: logging on", "config: monitor session 66 type erspan-source", "config-mon-erspan-src: source interface Gi1/0/1 rx",
		"config-mon-erspan-src: destination", "config-mon-erspan-src-dst: erspan-id 101",
		"config-mon-erspan-src-dst: ip address 192.0.2.10", "config-mon-erspan-src: no shutdown"}
	if diff := cmp.Diff(want, f.configured()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p := r[0].Lines[4].Prompt; p != "sw1(config-mon-erspan-src-dst)#" {
		t.Errorf("line 5 was entered at %q", p)
	}
}

func TestChildrenOfARefusedModeAreNotSent(t *testing.T) {
	f := newFake(t)
	f.refuse["destination"] = "% Local Session limit has been exceeded"
	c := open(t, f, nil)
	r := configure(t, c, Block{Lines: erspan(), Refused: percent})
	wantDevice(t, r[0].Err, "destination", "limit has been exceeded")
	for i, l := range r[0].Lines {
		if l.Sent != (i < 3) {
			t.Errorf("line %d %q: sent = %v", i, l.Text, l.Sent)
		}
	}
	if slices.Contains(f.lines(), "erspan-id 101") {
		t.Error("a child was sent into the wrong mode")
	}
	run(t, c, "show nothing") // still usable, in exec mode
}

func TestAModeThatIsNotEnteredWithoutAWordIsARefusal(t *testing.T) {
	f := newFake(t)
	f.refuse["destination"] = ""
	c := open(t, f, nil)
	r := configure(t, c, Block{Lines: erspan()})
	wantDevice(t, r[0].Err, "destination", "sw1(config-mon-erspan-src)#")
	lines := erspan()
	lines[2].Enters = []string{AnyMode}
	r = configure(t, c, Block{Lines: lines})
	wantDevice(t, r[0].Err, "destination", "sw1(config-mon-erspan-src)#")
	delete(f.refuse, "destination")
	if r = configure(t, c, Block{Lines: lines}); r[0].Err != nil {
		t.Error(r[0].Err)
	}
}

func TestConfigurationThatIsNotEnteredIsARefusal(t *testing.T) {
	for _, lineByLine := range []bool{false, true} {
		for words, answer := range map[string]string{
			"Configuration mode is locked by process '123' user 'x'": "locked by process", "": "sw1#"} {
			t.Run(fmt.Sprintf("line by line %v %q", lineByLine, words), func(t *testing.T) {
				f := newFake(t)
				f.hook = func(sh *shell, line string) bool {
					if line == "configure terminal" {
						sh.say(words)
					}
					return line == "configure terminal"
				}
				c := open(t, f, func(c *Config) { c.Target.Transport.TypeAhead = map[bool]string{true: mirror.TypeAheadOff}[lineByLine] })
				r := configure(t, c, Block{Lines: Lines(flat...)})
				wantDevice(t, r[0].Err, "configure terminal", answer)
				if r[0].Lines[0].Sent {
					t.Error("the first line was sent")
				}
				if len(f.configured()) != 0 {
					t.Errorf("configured %q", f.configured())
				}
				run(t, c, "show nothing")
			})
		}
	}
}

func TestLineByLineStopsAtTheFirstRefusal(t *testing.T) {
	f := newFake(t)
	f.refuse[flat[1]] = "% No"
	c := open(t, f, func(c *Config) { c.Target.Transport.TypeAhead = mirror.TypeAheadOff })
	before := c.Stats().RoundTrips
	r := configure(t, c, Block{Lines: Lines(flat...), Refused: percent})
	wantDevice(t, r[0].Err, flat[1], "% No")
	if r[0].Lines[2].Sent || slices.Contains(f.lines(), flat[2]) {
		t.Error("the line after the refused one was sent")
	}
	if n := c.Stats().RoundTrips - before; n != 4 { // enter, two lines, leave
		t.Errorf("%d round trips, want 4", n)
	}
}

// What would be dangerous when it arrives cut short goes alone: nothing before
// it is still unanswered, nothing behind it is sent before its answer.
func TestAnAwaitedLineGoesAlone(t *testing.T) {
	f := newFake(t)
	c := open(t, f, nil)
	sent := writesOf(c)
	lines := Lines("monitor session 1 source interface Gi1/0/1", "no monitor session 2", "vlan 7", "vlan 8")
	lines[1].Await = true
	if r := configure(t, c, Block{Lines: lines}); r[0].Err != nil {
		t.Fatal(r[0].Err)
	}
	for _, w := range *sent {
		if strings.Contains(w, "no monitor session 2\n") && strings.Count(w, "\n") != 1 {
			t.Errorf("sent with others: %q", w)
		}
	}
	if n := len(*sent); n != 4 { // configuration mode, the line before, it, the rest
		t.Errorf("%d writes: %q", n, *sent)
	}
	want := []string{"config: monitor session 1 source interface Gi1/0/1", "config: no monitor session 2", "config: vlan 7", "config: vlan 8"}
	if got := f.configured(); !slices.Equal(got, want) {
		t.Errorf("configured %q", got)
	}
}

// writesOf collects what the connection writes from now on.
func writesOf(c *Conn) *[]string {
	var out []string
	c.cfg.Transcript = func(e Event) {
		if e.Sent {
			out = append(out, e.Text)
		}
	}
	return &out
}

func TestLongBlockIsCutAndStopsAfterARefusedPart(t *testing.T) {
	var texts []string
	for i := range 50 {
		texts = append(texts, fmt.Sprintf("vlan name %d", i))
	}
	f := newFake(t)
	longest, now := 0, 0
	f.hook = func(sh *shell, line string) bool {
		if now++; isMarker(line) {
			longest, now = max(longest, now), 0
		}
		return false
	}
	c := warm(t, open(t, f, nil))
	longest, now = 0, 0
	before := c.Stats().RoundTrips
	if r := configure(t, c, Block{Lines: Lines(texts...)}); r[0].Err != nil {
		t.Fatal(r[0].Err)
	}
	if n := c.Stats().RoundTrips - before; n != 3 || longest > 20 {
		t.Errorf("%d round trips, want 3; %d lines in a write", n, longest)
	}
	if n := len(f.configured()); n != 51 {
		t.Errorf("%d lines configured, want 50", n)
	}
	f.refuse["vlan name 7"] = "% No"
	r := configure(t, c, Block{Lines: Lines(texts...), Refused: percent})
	wantDevice(t, r[0].Err, "vlan name 7", "% No")
	if !r[0].Lines[17].Sent || r[0].Lines[19].Sent {
		t.Error("the refusal should end the block after the first write")
	}
	run(t, c, "show nothing")
}

func TestCommitFollowsOnlyAnAcceptedBody(t *testing.T) {
	f := newFake(t)
	c := warm(t, open(t, f, nil))
	block := Block{Lines: Lines(flat...), Commit: []string{"commit"}, Abort: []string{"abort"}, Refused: percent}
	before := c.Stats().RoundTrips
	r := configure(t, c, block)
	if r[0].Err != nil || !r[0].Commit[0].Sent || slices.Contains(f.lines(), "abort") {
		t.Errorf("%+v", r[0])
	}
	if n := c.Stats().RoundTrips - before; n != 2 {
		t.Errorf("%d round trips, want 2", n)
	}
	f.refuse[flat[0]] = "% No"
	commits := strings.Count(strings.Join(f.lines(), "\n"), "commit")
	r = configure(t, c, block)
	wantDevice(t, r[0].Err, flat[0], "% No")
	if r[0].Commit[0].Sent || strings.Count(strings.Join(f.lines(), "\n"), "commit") != commits {
		t.Error("a refused body was committed")
	}
	if !slices.Contains(f.lines(), "abort") {
		t.Error("the abort was not sent")
	}
	delete(f.refuse, flat[0])
	f.refuse["commit"] = "% Failed to commit"
	r = configure(t, c, block)
	wantDevice(t, r[0].Err, "commit", "Failed to commit")
}

func TestConnectionLostAtEveryLineOfABlock(t *testing.T) {
	typed := append(append([]string{"configure terminal"}, flat...), "end")
	for i, last := range typed {
		t.Run(last, func(t *testing.T) {
			f := newFake(t)
			f.hook = func(sh *shell, line string) bool {
				if line == last {
					sh.done = true
					_ = sh.raw.Close()
				}
				return sh.done
			}
			c := open(t, f, nil)
			r, err := c.Configure(t.Context(), []Block{{Lines: Lines(flat...)}, {Lines: Lines("never sent")}})
			wantKind(t, err, mirror.ErrUnreachable, "hung up")
			if r[0].Lines[0].Sent == (i == 0) || r[1].Lines[0].Sent {
				t.Errorf("sent: %+v", r)
			}
			if n := len(f.configured()); n != max(0, i-1) && i < len(typed)-1 {
				t.Errorf("%d lines configured, want %d", n, i-1)
			}
		})
	}
}

func TestConfigureTimeoutSaysWhatWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		release := make(chan bool)
		f.hook = func(sh *shell, line string) bool {
			if line == flat[1] {
				<-release
			}
			return false
		}
		cfg := lateConfig(t, f)
		cfg.Target.Transport.TypeAhead = mirror.TypeAheadOff
		c, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		r, err := c.Configure(ctx, []Block{{Lines: Lines(flat...)}})
		wantKind(t, err, mirror.ErrTimeout, flat[1])
		if l := r[0].Lines; !l[1].Sent || l[2].Sent {
			t.Errorf("%+v", l)
		}
		close(release)
		_ = c.Close()
		f.stop()
	})
}

func TestNotLeavingConfigurationBreaksTheConnection(t *testing.T) {
	f := newFake(t)
	f.hook = func(sh *shell, line string) bool { return line == "end" }
	c := open(t, f, nil)
	_, err := c.Configure(t.Context(), []Block{{Lines: Lines(flat...)}})
	wantKind(t, err, mirror.ErrUnreachable, "sw1(config)#")
	if c.Alive() {
		t.Error("the next command would have been read as configuration")
	}
}

func TestConfigureRefusesBadLinesBeforeSending(t *testing.T) {
	f := newFake(t)
	c := open(t, f, nil)
	n := len(f.lines())
	for _, b := range []Block{{}, {Lines: Lines("a\nb")}, {Lines: Lines("a"), Commit: []string{"x\ry"}},
		{Lines: Lines("a"), Abort: []string{"?"}}, {Lines: Lines("a"), Enter: []string{}}} {
		_, err := c.Configure(t.Context(), []Block{{Lines: Lines("good")}, b})
		wantKind(t, err, mirror.ErrInvalid, "block 2")
	}
	if len(f.lines()) != n {
		t.Error("something was sent")
	}
}

// A device that does not know comments answers the marker; the reply is
// complete all the same and the answer disturbs nothing.
func TestADeviceThatDislikesCommentsIsUnderstood(t *testing.T) {
	f := newFake(t)
	f.replies["show a"] = "alpha"
	f.hook = func(sh *shell, line string) bool {
		if isMarker(line) {
			sh.say("         ^\n% Invalid input detected at '^' marker.\n")
		}
		return isMarker(line)
	}
	c := open(t, f, nil)
	if got := run(t, c, "show a", "show a"); got[1].Text != "alpha" || got[0].Text != "alpha" {
		t.Errorf("%+v", got)
	}
	if r := configure(t, c, Block{Lines: erspan(), Refused: percent}); r[0].Err != nil {
		t.Error(r[0].Err)
	}
}

// A terminal in cooked mode echoes typed-ahead lines when they arrive; the shell
// echoes them again when it reads them.
func TestEarlyEchoIsNotTheEnd(t *testing.T) {
	f := newFake(t)
	f.hook = func(sh *shell, line string) bool {
		if line != "show slow" {
			return false
		}
		ahead, _ := sh.in.Peek(sh.in.Buffered())
		if !strings.Contains(string(ahead), nonceWord) {
			t.Error("nothing was typed ahead")
		}
		sh.print("%s", strings.ReplaceAll(string(ahead), "\n", "\r\n"))
		sh.say("the real output")
		return true
	}
	c := open(t, f, nil)
	if got := run(t, c, "show slow")[0].Text; got != "the real output" {
		t.Errorf("got %q", got)
	}
}

// The worst of it: the early echo lands behind output that looks like a prompt,
// and more such output follows. Only the exact prompt tells.
func TestEarlyEchoBehindSomethingLikeAPromptIsNotTheEnd(t *testing.T) {
	f := newFake(t)
	f.hook = func(sh *shell, line string) bool {
		if line != "show slow" {
			return false
		}
		ahead, _ := sh.in.Peek(sh.in.Buffered())
		sh.print("rack#%s", strings.ReplaceAll(string(ahead), "\n", "\r\n"))
		sh.say("rack#\nthe last line")
		return true
	}
	c := open(t, f, nil)
	if got := run(t, c, "show slow")[0].Text; !strings.HasSuffix(got, "rack#\nthe last line") {
		t.Errorf("got %q", got)
	}
}
