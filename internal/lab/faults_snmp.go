package lab

import (
	"errors"
	"fmt"

	"github.com/netmirror/netmirror/internal/lab/mib"
)

// SNMPFaults is what goes wrong with an SNMP agent. A SET also counts as a line of a
// configuration: DropAtConfigLine loses one before it is carried out, and
// DropAfterConfigLine loses the answer to one that was. WrongPassword makes all
// communities and passwords wrong, Silent answers nothing, and Timing says how slow the
// agent is.
type SNMPFaults struct {
	// LosesRequests and LosesReplies are the parts of the datagrams, 0 to 1, that get
	// lost; Seed makes them others.
	LosesRequests float64 `yaml:"losesRequests" json:"losesRequests,omitempty"`
	LosesReplies  float64 `yaml:"losesReplies" json:"losesReplies,omitempty"`
	Seed          uint64  `yaml:"seed" json:"seed,omitempty"`
	// MaxBindings answers tooBig to requests with more bindings; 0 = any number.
	MaxBindings int `yaml:"maxBindings" json:"maxBindings,omitempty"`
	// NotWritable are objects, by their identifiers, that are answered with notWritable.
	NotWritable []string `yaml:"notWritable" json:"notWritable,omitempty"`
	// CommitFails answers commitFailed to each SET that would be carried out, at that
	// binding (from 1; of a shorter SET at the last), and nothing of it stays. HalfDone
	// leaves what comes before the binding, which an agent must not do.
	CommitFails int  `yaml:"commitFails" json:"commitFails,omitempty"`
	HalfDone    bool `yaml:"halfDone" json:"halfDone,omitempty"`
	// EngineTime is how far the clock of version 3 is ahead of the agent's uptime.
	// EngineJumps moves it by an hour with each message, so that no message is ever in
	// the time window. Engine is another name in the engine's id, as a spare has one.
	EngineTime  Duration `yaml:"engineTime" json:"engineTime,omitzero"`
	EngineJumps bool     `yaml:"engineJumps" json:"engineJumps,omitempty"`
	Engine      string   `yaml:"engine" json:"engine,omitempty"`
}

func (f SNMPFaults) validate() error {
	var errs []error
	for _, part := range []float64{f.LosesRequests, f.LosesReplies} {
		if !(part >= 0 && part <= 1) {
			errs = append(errs, fmt.Errorf("faults: snmp: a loss of %g is not 0 to 1", part))
		}
	}
	if f.MaxBindings < 0 || f.CommitFails < 0 {
		errs = append(errs, errors.New("faults: snmp: a number of bindings is negative"))
	}
	if f.HalfDone && f.CommitFails == 0 {
		errs = append(errs, errors.New("faults: snmp: halfDone without commitFails"))
	}
	for _, text := range f.NotWritable {
		if _, ok := mib.Parse(text); !ok {
			errs = append(errs, fmt.Errorf("faults: snmp: %q is no object identifier", text))
		}
	}
	return errors.Join(errs...)
}

// datagramLost tells whether the next request or reply is lost.
func (s *faultState) datagramLost(request bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	part := s.f.SNMP.LosesReplies
	if request {
		part = s.f.SNMP.LosesRequests
	}
	return part > 0 && s.lost.Float64() < part
}

// jump is how far the clock of an engine has jumped, in seconds.
func (s *faultState) jump() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.f.SNMP.EngineJumps {
		return 0
	}
	s.asked++
	return s.asked * 3600
}
