package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// AnyMode as the only entry of Line.Enters accepts whatever sub-mode the line
// leads to, as long as it is another one than before.
const AnyMode = "*"

// A Line is one line of a block.
type Line struct {
	Text string
	// Enters marks a line that opens a sub-mode in which lines take effect at
	// once. Nothing behind it is sent before its answer has been read and the
	// prompt shows one of these modes (the text in the prompt's parentheses,
	// "config-mon-erspan-src").
	Enters []string
	// Await marks a line that would be dangerous if it arrived cut short or run
	// together with another ("no monitor session N", "no vlan N"). It goes
	// alone: everything before it has been answered, and nothing behind it is
	// sent before its own answer.
	Await bool
	// Hold marks a line whose answer decides about what follows (Block.Stop):
	// nothing behind it is sent before its answer has been read.
	Hold bool
}

// Lines makes plain lines of texts.
func Lines(texts ...string) []Line {
	out := make([]Line, len(texts))
	for i, t := range texts {
		out[i].Text = t
	}
	return out
}

// A Block is pushed as a whole: it enters configuration, sends Lines, and
// leaves. Lines are exactly what is sent; the rest is framing.
type Block struct {
	Lines []Line
	// Commit goes out after every answer to Lines has been read and none was
	// refused, in one write with Leave; Abort instead, when one was. Where
	// leaving asks about uncommitted changes, Leave must be a way that does not
	// ask: Commit itself may be refused.
	Commit, Abort []string
	// Enter and Leave replace the platform's own way into and out of
	// configuration; nil = the platform's.
	Enter, Leave []string
	// Refused tells whether the device refused a line, from its answer; nil
	// means Platform.Failed.
	Refused func(line, answer string) bool
	// Stop ends the block behind a line, from its answer, without an error: what
	// was not sent yet is not sent (Line.Hold). Nil means never.
	Stop func(line, answer string) bool
	// Stay leaves the connection in configuration mode behind the lines, also when one
	// was refused: Run is typed there then, and Converse leads out. The way in is
	// awaited, so that nothing is typed when it is refused. Commit and Abort go out by
	// Converse, and there is one such block in a call.
	Stay bool
}

// A LineResult is what became of a line.
type LineResult struct {
	Text     string
	Sent     bool
	Answered bool   // the line was echoed as it was sent, and answered
	Prompt   string // at which it was entered
	Answer   string
	Refused  bool
}

// Outcome sums up a line: "taken", "refused", "unknown" (sent, and nobody knows
// what the device made of it), or "not sent".
func (r LineResult) Outcome() string {
	switch {
	case !r.Sent:
		return "not sent"
	case !r.Answered:
		return "unknown"
	case r.Refused:
		return "refused"
	}
	return "taken"
}

// A BlockResult is what became of a block. Framing is told only when it was
// refused, in Err.
type BlockResult struct {
	Lines  []LineResult // as in the block
	Commit []LineResult
	// Err is nil when every line was taken, framing included. A
	// *mirror.DeviceError (mirror.ErrRejected) quotes the first refused line and
	// the answer, which is a prompt when the device changed to no or to an
	// unexpected mode without a word.
	Err error
}

// Configure pushes blocks one after the other. A flat block goes in one write,
// up to Config.MaxLines lines and mirror.Tuning.MaxWriteBytes octets, so when one of its lines is refused the others
// were sent all the same; what follows a line that enters a sub-mode, a full
// write, or any line with typeAhead off, is held back until it is known to
// be taken. A refused block does not stop the ones behind it, and nothing is
// undone here.
//
// The error is about the connection only (mirror.ErrTimeout, ErrUnreachable,
// ErrInputLost, ErrParse, ErrRejected for a question), which is then broken; or
// mirror.ErrInvalid before anything is sent. The results say how far it came,
// and so does the error: a line that was Sent without being Answered may or may
// not have taken effect.
func (c *Conn) Configure(ctx context.Context, blocks []Block) ([]BlockResult, error) {
	for i, b := range blocks {
		if b.Stay && (i != len(blocks)-1 || len(b.Commit)+len(b.Abort) > 0) {
			return nil, fmt.Errorf("block %d stays in configuration: it must be the last, and be committed later: %w", i+1, mirror.ErrInvalid)
		}
	}
	pushes := make([]*push, len(blocks))
	results := make([]BlockResult, len(blocks))
	for i, b := range blocks {
		p, err := c.newPush(b, &results[i])
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", i+1, err)
		}
		pushes[i] = p
	}
	if err := c.acquire(ctx); err != nil {
		return results, err
	}
	defer c.release()
	if c.inside != "" {
		return nil, fmt.Errorf("configuration was not left: %w", mirror.ErrInvalid)
	}
	for i, p := range pushes {
		if err := p.run(ctx); err != nil {
			return results, fmt.Errorf("%w (%s)", err, c.redact.text(tally(results[:i+1])))
		}
	}
	return results, nil
}

// maxTallied bounds the lines that an error names.
const maxTallied = 12

// tally says in words what became of the lines of blocks.
func tally(results []BlockResult) string {
	var parts []string
	for _, outcome := range []string{"taken", "refused", "unknown"} {
		var lines []string
		n := 0
		for _, r := range results {
			for _, l := range slices.Concat(r.Lines, r.Commit) {
				if l.Outcome() != outcome {
					continue
				}
				if n++; n <= maxTallied {
					lines = append(lines, strconv.Quote(strings.TrimSpace(l.Text)))
				}
			}
		}
		if n > maxTallied {
			lines = append(lines, fmt.Sprintf("and %d more", n-maxTallied))
		}
		if n > 0 {
			parts = append(parts, outcome+": "+strings.Join(lines, ", "))
		}
	}
	if len(parts) == 0 {
		return "no line was sent"
	}
	return strings.Join(parts, "; ")
}

// item is one line on its way, payload or framing.
type item struct {
	text   string
	enters []string
	result *LineResult // nil for framing
	hold   bool        // wait for the answer before sending more
	alone  bool        // send it by itself, without a marker
	enter  bool        // the prompt behind it must no longer be that of exec mode
	last   bool        // it leaves configuration
}

// push is one block under way.
type push struct {
	conn    *Conn
	result  *BlockResult
	refused func(line, answer string) bool
	stop    func(line, answer string) bool
	stopped bool
	enter   []item
	body    []item
	commit  []item
	abort   []item
	leave   []item
	stay    bool
	prompt  string // the last one, exactly
}

func (c *Conn) newPush(b Block, r *BlockResult) (*push, error) {
	level := c.platform.levels[c.platform.config]
	if level == nil || len(b.Lines) == 0 {
		return nil, fmt.Errorf("no lines, or %s has no level %q: %w", c.platform.name, c.platform.config, mirror.ErrInvalid)
	}
	p := &push{conn: c, result: r, refused: b.Refused, stop: b.Stop, stay: b.Stay, prompt: c.prompt}
	if p.refused == nil {
		p.refused = func(_, answer string) bool { return c.platform.Failed(answer) }
	}
	r.Lines = make([]LineResult, len(b.Lines))
	for i, l := range b.Lines {
		r.Lines[i].Text = l.Text
		p.body = append(p.body, item{text: l.Text, enters: l.Enters, result: &r.Lines[i],
			hold: len(l.Enters) > 0 || l.Hold, alone: l.Await})
	}
	r.Commit = make([]LineResult, len(b.Commit))
	for i, t := range b.Commit {
		r.Commit[i].Text = t
		p.commit = append(p.commit, item{text: t, result: &r.Commit[i]})
	}
	if len(p.commit) > 0 {
		p.body[len(p.body)-1].hold = true
	}
	enter, leave := b.Enter, b.Leave
	if enter == nil {
		enter = []string{level.escalate}
	}
	if leave == nil {
		leave = []string{level.deescalate}
	}
	p.enter, p.leave, p.abort = framing(enter), framing(leave), framing(b.Abort)
	if len(p.enter) == 0 || len(p.leave) == 0 {
		return nil, fmt.Errorf("no way in or out: %w", mirror.ErrInvalid)
	}
	p.enter[len(p.enter)-1].enter = true
	p.leave[len(p.leave)-1].last = true
	for _, part := range [][]item{p.enter, p.body, p.commit, p.abort, p.leave} {
		for _, it := range part {
			if err := checkLine(it.text); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

func framing(texts []string) []item {
	out := make([]item, len(texts))
	for i, t := range texts {
		out[i].text = t
	}
	return out
}

// run sends the block. Afterwards the device is in exec mode again, or where the block
// stays, or the connection is broken.
func (p *push) run(ctx context.Context) error {
	// The first time, nobody knows whether this device asks something then.
	p.enter[len(p.enter)-1].alone = !p.conn.warm || p.stay
	if p.stay {
		return p.runInside(ctx)
	}
	stages := [][]item{slices.Concat(p.enter, p.body), p.commit}
	if len(p.commit) == 0 {
		stages = stages[:1]
	}
	last := len(stages) - 1
	stages[last] = slices.Concat(stages[last], p.leave)
	for i, stage := range stages {
		writes := p.writes(stage)
		for j, write := range writes {
			if err := p.send(ctx, write); err != nil {
				return err
			}
			if i == last && j == len(writes)-1 {
				return p.outside(ctx)
			}
			if p.result.Err != nil || p.stopped {
				return p.retreat(ctx)
			}
		}
	}
	return nil
}

// runInside sends the lines of a block that stays in configuration.
func (p *push) runInside(ctx context.Context) error {
	c := p.conn
	for _, write := range p.writes(slices.Concat(p.enter, p.body)) {
		if err := p.send(ctx, write); err != nil {
			return err
		}
		if c.inside = ""; p.prompt != c.prompt {
			c.inside = p.prompt
		}
		if p.result.Err != nil || p.stopped {
			break
		}
	}
	return nil
}

// retreat leaves configuration after a refusal, undoing what the block's Abort
// can. The refusal that is reported stays the first one.
func (p *push) retreat(ctx context.Context) error {
	if p.prompt == p.conn.prompt { // it was not entered
		return nil
	}
	for _, write := range p.writes(slices.Concat(p.abort, p.leave)) {
		if err := p.send(ctx, write); err != nil {
			return err
		}
	}
	return p.outside(ctx)
}

// outside makes sure that configuration was left: the next call relies on it.
func (p *push) outside(ctx context.Context) error {
	c := p.conn
	if p.prompt == c.prompt {
		return nil
	}
	return c.breakOff(ctx, "leave configuration", fmt.Errorf("the prompt is still %q: %w", p.prompt, mirror.ErrUnreachable), "")
}

// writes cuts a stage at the lines that must be waited for, and at the most
// lines and octets of a write, the marker included.
func (p *push) writes(stage []item) [][]item {
	cfg := p.conn.cfg
	marker := len(p.conn.marker(inConfig)) + 1
	var out [][]item
	var now []item
	octets := marker
	cut := func() {
		if len(now) > 0 {
			out = append(out, now)
		}
		now, octets = nil, marker
	}
	for _, it := range stage {
		if it.alone || octets+len(it.text)+1 > cfg.maxBytes() {
			cut()
		}
		now = append(now, it)
		octets += len(it.text) + 1
		if it.alone || it.hold || cfg.lineByLine() || len(now) == cfg.MaxLines-1 {
			cut()
		}
	}
	cut()
	return out
}

// send is one write of a block and the judgement of its answers.
func (p *push) send(ctx context.Context, write []item) error {
	c := p.conn
	lines := make([]string, 0, len(write)+1)
	for _, it := range write {
		lines = append(lines, it.text)
		if it.result != nil {
			it.result.Sent = true
		}
	}
	what := fmt.Sprintf("configure, from %q on", c.redact.text(write[0].text))
	if len(write) == 1 && (write[0].alone || c.cfg.lineByLine()) {
		var a answer
		var err error
		if write[0].enter {
			a, err = c.enterConfig(ctx, what, lines[0])
		} else {
			a, _, err = c.sendAlone(ctx, what, lines[0], c.atEither, nil)
		}
		if err != nil {
			return err
		}
		p.judge(write[0], a.text, a.next)
		c.warm = c.warm || write[0].enter && p.prompt != c.prompt
		return nil
	}
	at := inConfig
	if write[len(write)-1].last { // configuration was left: the marker is typed in exec mode
		at = inExec
	}
	lines = append(lines, c.marker(at))
	r, err := c.send(ctx, what, at, lines, c.atEither)
	if err != nil {
		for i, it := range write {
			if a := r.answers[i]; a.known {
				p.prompt = cmp.Or(a.prompt, p.prompt)
				p.judge(it, a.text, a.next)
			}
		}
		return err
	}
	r.answers[len(write)].prompt = r.prompt
	for i, it := range write {
		p.judge(it, r.answers[i].text, r.answers[i+1].prompt)
	}
	return nil
}

// judge records the answer to a line, and whether it was refused: by its words,
// or by the mode that the device is in, which may have changed or stayed
// without a word.
func (p *push) judge(it item, answer, next string) {
	c := p.conn
	at := p.prompt
	p.prompt = next
	refused := p.refused(it.text, answer)
	switch {
	case it.enter && next == c.prompt, it.result != nil && at == c.prompt:
		refused = true // what follows is not configuration; the line was read as a command
	case len(it.enters) > 0 && !refused && !entered(it.enters, mode(at), mode(next)):
		refused = true
		answer = strings.TrimLeft(answer+"\n"+next, "\n")
	}
	if r := it.result; r != nil {
		r.Prompt, r.Answer, r.Refused, r.Answered = at, answer, refused, true
		p.stopped = p.stopped || p.stop != nil && !refused && p.stop(it.text, answer)
	}
	if refused && p.result.Err == nil {
		if answer == "" {
			answer = next
		}
		p.result.Err = &mirror.DeviceError{Device: c.cfg.name(), Sent: c.redact.text(it.text),
			Answer: c.redact.text(answer), Kind: mirror.ErrRejected}
	}
}

// mode is the text in the last parentheses of a prompt: "config-if" of
// "sw1(config-if)#". A prompt without them has no mode.
func mode(prompt string) string {
	open, end := strings.LastIndexByte(prompt, '('), strings.LastIndexByte(prompt, ')')
	if open < 0 || end < open {
		return ""
	}
	return prompt[open+1 : end]
}

func entered(want []string, before, now string) bool {
	if len(want) == 1 && want[0] == AnyMode {
		return now != "" && now != before
	}
	return slices.Contains(want, now)
}
