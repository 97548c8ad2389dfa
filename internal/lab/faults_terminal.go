package lab

import (
	"fmt"
	"regexp"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
)

// TerminalFaults is what goes wrong between a user's keys and the command line.
type TerminalFaults struct {
	// InputBuffer is the room, in octets, for input that was not read yet: of
	// what arrives at once only so much is kept, and the tail is lost without a
	// word. 0 = no limit.
	InputBuffer int `yaml:"inputBuffer" json:"inputBuffer,omitempty"`
	// LoseFrom and LoseBytes lose so many octets of input behind so many, counted
	// since the faults were set: two lines may run together. They fire once.
	LoseFrom  int `yaml:"loseFrom" json:"loseFrom,omitempty"`
	LoseBytes int `yaml:"loseBytes" json:"loseBytes,omitempty"`
	// Mute is an expression: a line that matches is read, and nothing more is
	// said over that connection, which stays open.
	Mute string `yaml:"mute" json:"mute,omitempty"`
	// EarlyEcho echoes what arrives behind a line at once, and again when it is
	// read; "all" echoes the first line early, too. "" = only when it is read.
	EarlyEcho string `yaml:"earlyEcho" json:"earlyEcho,omitempty"`
	// Broadcasts are printed behind a prompt, before the echo of a line, with no
	// new prompt after them.
	Broadcasts []Broadcast `yaml:"broadcasts" json:"broadcasts,omitempty"`
	// Questions are asked before matching lines are carried out; "y", "yes" or
	// an empty answer carries them out.
	Questions []Question `yaml:"questions" json:"questions,omitempty"`
	// IdleTimeout hangs up when no key was pressed for that long; SSH keepalives
	// are no keys. 0 = never.
	IdleTimeout Duration `yaml:"idleTimeout" json:"idleTimeout,omitempty"`
	// Lines is how many connections may be open at a time; a further one is
	// reset at once. 0 = what the description says (maxSessions).
	Lines int `yaml:"lines" json:"lines,omitempty"`
}

// A Broadcast is text for everybody, such as that of a coming reload.
type Broadcast struct {
	Before string `yaml:"before" json:"before"` // expression of the line that is typed then
	Text   string `yaml:"text" json:"text"`
	Times  int    `yaml:"times" json:"times,omitempty"` // 0: always
}

// A Question is asked where the real device may ask one.
type Question struct {
	Line   string `yaml:"line" json:"line"`
	Prompt string `yaml:"prompt" json:"prompt"` // "Overwrite the previous NVRAM configuration?[confirm]"
	AnyKey bool   `yaml:"anyKey" json:"anyKey,omitempty"`
	Times  int    `yaml:"times" json:"times,omitempty"` // 0: always
}

// clone copies the lists.
func (f TerminalFaults) clone() TerminalFaults {
	f.Broadcasts = append([]Broadcast(nil), f.Broadcasts...)
	f.Questions = append([]Question(nil), f.Questions...)
	return f
}

// terminalState is TerminalFaults in force.
type terminalState struct {
	mute       *regexp.Regexp
	broadcasts []*regexp.Regexp
	questions  []*regexp.Regexp
	arrived    int // octets of input since the faults were set
}

func newTerminalState(f TerminalFaults) (s terminalState, err error) {
	compile := func(expr string) (re *regexp.Regexp) {
		if re, err2 := regexp.Compile(expr); err2 == nil {
			return re
		} else if err == nil {
			err = fmt.Errorf("faults: terminal: %w", err2)
		}
		return nil
	}
	if f.EarlyEcho != "" && f.EarlyEcho != "behind" && f.EarlyEcho != "all" {
		return s, fmt.Errorf("faults: terminal: earlyEcho %q is neither behind nor all", f.EarlyEcho)
	}
	if f.Mute != "" {
		s.mute = compile(f.Mute)
	}
	for _, b := range f.Broadcasts {
		s.broadcasts = append(s.broadcasts, compile(b.Before))
	}
	for _, q := range f.Questions {
		s.questions = append(s.questions, compile(q.Line))
	}
	return s, err
}

// Keep returns what is left of input that arrived at once.
func (s *faultState) Keep(in []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &s.f.Terminal
	if n := f.InputBuffer; n > 0 && len(in) > n {
		in = in[:n]
	}
	start := s.terminal.arrived
	s.terminal.arrived += len(in)
	if f.LoseBytes > 0 && s.terminal.arrived > f.LoseFrom {
		from := max(0, f.LoseFrom-start)
		to := min(len(in), from+f.LoseBytes)
		in = append(in[:from:from], in[to:]...)
		f.LoseBytes = 0
	}
	return in
}

// Mutes reports whether the terminal falls silent at a line.
func (s *faultState) Mutes(line string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.terminal.mute != nil && s.terminal.mute.MatchString(line)
}

// spend counts down Times and reports whether the fault still fires.
func spend(times *int) bool {
	switch {
	case *times < 0:
		return false
	case *times > 0:
		if *times--; *times == 0 {
			*times = -1
		}
	}
	return true
}

// Broadcast is the text before the echo of a line, "" for none.
func (s *faultState) Broadcast(line string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, re := range s.terminal.broadcasts {
		if b := &s.f.Terminal.Broadcasts[i]; re.MatchString(line) && spend(&b.Times) {
			return cmdline.Ended(b.Text)
		}
	}
	return ""
}

// Question is what is asked before a line is carried out.
func (s *faultState) Question(forms ...string) (prompt string, anyKey, ask bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, re := range s.terminal.questions {
		if q := &s.f.Terminal.Questions[i]; matchAny(re, forms) && spend(&q.Times) {
			return q.Prompt, q.AnyKey, true
		}
	}
	return "", false, false
}
