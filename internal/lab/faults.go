package lab

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	sshdoor "github.com/netmirror/netmirror/internal/lab/door/ssh"
)

// Timing is how slow a switch is. All of it may change at run time.
type Timing struct {
	// Latency is added to every round trip, the TCP and SSH handshakes
	// included. Pipelined input shares one round trip.
	Latency Duration `yaml:"latency" json:"latency"`
	// ThinkTime passes between a command and its output.
	ThinkTime Duration `yaml:"thinkTime" json:"thinkTime"`
	// SaveTime passes while the configuration is written to memory.
	SaveTime Duration `yaml:"saveTime" json:"saveTime"`
	// CommitTime passes while a candidate is committed, between the commit and its
	// answer.
	CommitTime Duration `yaml:"commitTime" json:"commitTime"`
	// PromptDelay passes between the output of a command and the next prompt.
	PromptDelay Duration `yaml:"promptDelay" json:"promptDelay"`
	// Authorization passes before a command is carried out, as where a server
	// is asked for each one.
	Authorization Duration `yaml:"authorization" json:"authorization"`
	// BootTime is how long no connection is accepted after a restart.
	BootTime Duration `yaml:"bootTime" json:"bootTime"`
}

// Faults is what goes wrong on a switch. The zero value is a healthy switch.
type Faults struct {
	// Refuse answers matching configuration lines and commands with a text
	// instead of carrying them out.
	Refuse []Refusal `yaml:"refuse" json:"refuse,omitempty"`
	// Replace carries matching commands out but prints another text, for
	// example the sessions in a grammar that nobody knows.
	Replace []Replacement `yaml:"replace" json:"replace,omitempty"`
	// Noise puts lines into the output of matching commands, for example one
	// that looks like a prompt ("rack 12#").
	Noise []Noise `yaml:"noise" json:"noise,omitempty"`
	// DropAtConfigLine closes the connection when the n-th configuration line
	// from now arrives, before it is carried out; DropAfterConfigLine carries
	// it out and closes before the answer. DropAfterBytes closes after that
	// many bytes of terminal input. All three fire once.
	DropAtConfigLine    int `yaml:"dropAtConfigLine" json:"dropAtConfigLine,omitempty"`
	DropAfterConfigLine int `yaml:"dropAfterConfigLine" json:"dropAfterConfigLine,omitempty"`
	DropAfterBytes      int `yaml:"dropAfterBytes" json:"dropAfterBytes,omitempty"`
	// MirrorsNothing accepts every session, reports it healthy and copies
	// nothing. NotProgrammed copies nothing either, but the switch's hardware
	// view says so.
	MirrorsNothing bool `yaml:"mirrorsNothing" json:"mirrorsNothing,omitempty"`
	NotProgrammed  bool `yaml:"notProgrammed" json:"notProgrammed,omitempty"`
	// LosesCopies is the part of the copies, 0 to 1, that get lost on the way to the
	// destination without being counted anywhere. Set while sessions run, copies
	// die in the middle.
	LosesCopies float64 `yaml:"losesCopies" json:"losesCopies,omitempty"`
	// Unplugged are ports whose cable is out.
	Unplugged []string `yaml:"unplugged" json:"unplugged,omitempty"`
	// Unresolved are the addresses of next hops that do not answer ARP: tunnels of
	// copies over them wait.
	Unresolved []string `yaml:"unresolved" json:"unresolved,omitempty"`
	// Counters is what goes wrong with counting.
	Counters CounterFaults `yaml:"counters" json:"counters,omitzero"`
	// KeepShells keeps a monitor session whose last line is taken away as an empty
	// shell, which the configuration does not show and the list of sessions does. Which
	// devices do is not recorded.
	KeepShells bool `yaml:"keepShells" json:"keepShells,omitempty"`
	// WrongPassword refuses every login; WrongEnable every enable secret.
	WrongPassword bool `yaml:"wrongPassword" json:"wrongPassword,omitempty"`
	WrongEnable   bool `yaml:"wrongEnable" json:"wrongEnable,omitempty"`
	// ChangedHostKey, when not empty, is the seed of another host key.
	ChangedHostKey string `yaml:"changedHostKey" json:"changedHostKey,omitempty"`
	// ForcePaging pages although the terminal length was set to 0.
	ForcePaging bool `yaml:"forcePaging" json:"forcePaging,omitempty"`
	// Silent accepts connections and never speaks.
	Silent bool `yaml:"silent" json:"silent,omitempty"`
	// ConsoleLog prints log messages into the terminal, as to who asked for them.
	ConsoleLog bool `yaml:"consoleLog" json:"consoleLog,omitempty"`
	// SNMP is what goes wrong with an agent.
	SNMP SNMPFaults `yaml:"snmp" json:"snmp,omitzero"`
	// Terminal is what goes wrong with typing.
	Terminal TerminalFaults `yaml:"terminal" json:"terminal,omitzero"`
	// GNMI is what goes wrong with gNMI calls. Each part of a Set is a configuration line
	// of DropAtConfigLine and DropAfterConfigLine, and of Refuse in the form "update /a/b
	// {...}", "replace ...", "delete /a/b"; what is read is a command "get /a/b".
	GNMI GNMIFaults `yaml:"gnmi" json:"gnmi,omitzero"`
	// NETCONF is what goes wrong with NETCONF. Each operation that may change something is
	// a configuration line of DropAtConfigLine and DropAfterConfigLine; Refuse, Replace and
	// Terminal.Mute match its name, a blank, and the XML of the message.
	NETCONF NETCONFFaults `yaml:"netconf" json:"netconf,omitzero"`
}

// CounterFaults is what goes wrong with the counters of ports.
type CounterFaults struct {
	// Bits32 tells the 64-bit columns modulo 2^32, as agents do that keep 32 bits.
	Bits32 bool `yaml:"bits32" json:"bits32,omitempty"`
	// Refresh is how often what is told is brought up to date; 0 = whenever it is
	// read.
	Refresh Duration `yaml:"refresh" json:"refresh,omitzero"`
}

// A Refusal answers lines that match Line (a regular expression, unanchored).
type Refusal struct {
	Line   string `yaml:"line" json:"line"`
	Answer string `yaml:"answer" json:"answer"`
	Times  int    `yaml:"times" json:"times,omitempty"` // 0: always
}

// A Replacement is the text printed for commands that match.
type Replacement struct {
	Command string `yaml:"command" json:"command"`
	Output  string `yaml:"output" json:"output"`
}

// Noise is a line put into output after so many lines of it.
type Noise struct {
	Command string `yaml:"command" json:"command"`
	Line    string `yaml:"line" json:"line"`
	After   int    `yaml:"after" json:"after,omitempty"`
}

// validate reports expressions that do not compile.
func (f Faults) validate() error { _, err := newFaultState(f); return err }

// A faultState is Faults in force: compiled, and counting what fires once.
type faultState struct {
	mu      sync.Mutex
	f       Faults
	refuse  []*regexp.Regexp
	replace []*regexp.Regexp
	noise   []*regexp.Regexp
	lines   int // configuration lines since the faults were set
	bytes   int // terminal input since the faults were set

	terminal terminalState
	lost     *rand.Rand // of datagrams
	asked    int64      // how often the clock of an engine was
	netconf  netconfState
}

func newFaultState(f Faults) (*faultState, error) {
	s := &faultState{f: f}
	compile := func(list *[]*regexp.Regexp, expr string) error {
		re, err := regexp.Compile(expr)
		if err != nil {
			return fmt.Errorf("faults: %w", err)
		}
		*list = append(*list, re)
		return nil
	}
	for _, r := range f.Refuse {
		if err := compile(&s.refuse, r.Line); err != nil {
			return nil, err
		}
	}
	for _, r := range f.Replace {
		if err := compile(&s.replace, r.Command); err != nil {
			return nil, err
		}
	}
	for _, n := range f.Noise {
		if err := compile(&s.noise, n.Command); err != nil {
			return nil, err
		}
	}
	for _, a := range f.Unresolved {
		if _, err := netip.ParseAddr(a); err != nil {
			return nil, fmt.Errorf("faults: unresolved: %q is not an address", a)
		}
	}
	if f.LosesCopies < 0 || f.LosesCopies > 1 {
		return nil, fmt.Errorf("faults: losesCopies %g is not 0 to 1", f.LosesCopies)
	}
	if err := f.GNMI.validate(); err != nil {
		return nil, err
	}
	var err, err2 error
	s.terminal, err = newTerminalState(f.Terminal)
	s.lost = rand.New(rand.NewPCG(f.SNMP.Seed, 0))
	s.netconf, err2 = newNETCONFState(f.NETCONF)
	return s, errors.Join(err, err2, f.SNMP.validate())
}

// clone copies the lists, so that a caller may change its copy.
func (f Faults) clone() Faults {
	f.Refuse = append([]Refusal(nil), f.Refuse...)
	f.Replace = append([]Replacement(nil), f.Replace...)
	f.Noise = append([]Noise(nil), f.Noise...)
	f.Unplugged, f.Unresolved = slices.Clone(f.Unplugged), slices.Clone(f.Unresolved)
	f.Terminal = f.Terminal.clone()
	f.SNMP.NotWritable = slices.Clone(f.SNMP.NotWritable)
	return f
}

// ConfigLine counts a configuration line and tells whether it is the fatal one.
func (s *faultState) ConfigLine() sshdoor.Fate {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines++
	switch s.lines {
	case s.f.DropAtConfigLine:
		s.f.DropAtConfigLine = 0
		return sshdoor.LostBefore
	case s.f.DropAfterConfigLine:
		s.f.DropAfterConfigLine = 0
		return sshdoor.LostAfter
	}
	return sshdoor.Happens
}

// Input counts n bytes of terminal input and returns how many of them still
// arrive, and whether the connection is lost then.
func (s *faultState) Input(n int) (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.f.DropAfterBytes == 0 || s.bytes+n < s.f.DropAfterBytes {
		s.bytes += n
		return n, false
	}
	n = s.f.DropAfterBytes - s.bytes
	s.f.DropAfterBytes = 0
	return n, true
}

// Refusal returns the text that a line is refused with.
func (s *faultState) Refusal(forms ...string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, re := range s.refuse {
		r := &s.f.Refuse[i]
		if r.Times >= 0 && matchAny(re, forms) {
			if r.Times > 0 {
				if r.Times--; r.Times == 0 {
					r.Times = -1 // spent
				}
			}
			return cmdline.Ended(r.Answer), true
		}
	}
	return "", false
}

// Distort applies Replace and Noise to the output of a command.
func (s *faultState) Distort(text string, forms ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, re := range s.replace {
		if matchAny(re, forms) {
			text = cmdline.Ended(s.f.Replace[i].Output)
		}
	}
	for i, re := range s.noise {
		if n := s.f.Noise[i]; matchAny(re, forms) {
			lines := strings.SplitAfter(text, "\n")
			at := min(n.After, len(lines)-1)
			text = strings.Join(lines[:at], "") + cmdline.Ended(n.Line) + strings.Join(lines[at:], "")
		}
	}
	return text
}

func matchAny(re *regexp.Regexp, forms []string) bool {
	for _, f := range forms {
		if re.MatchString(f) {
			return true
		}
	}
	return false
}

func (d Duration) std() time.Duration { return time.Duration(d) }
