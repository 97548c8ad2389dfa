package srl

import (
	"encoding/json"
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
)

// Said is what a device answers, as files of tests hold it.
type Said struct {
	Models   []models.Model
	Features []string // those of /system/features
	Config   json.RawMessage
	State    json.RawMessage
}

// Answers are the trees of what was said.
func (s Said) Answers() (models.Answers, error) {
	a := models.Answers{Config: &data.Node{}, State: &data.Node{}}
	for _, tree := range []struct {
		raw  json.RawMessage
		root *data.Node
	}{{s.Config, a.Config}, {s.State, a.State}} {
		if len(tree.raw) == 0 {
			continue
		}
		nodes, err := data.FromJSON("", tree.raw)
		if err != nil {
			return a, err
		}
		data.Put(tree.root, nil, nodes)
	}
	return a, nil
}

// Observed reads what a file says as an observation.
func Observed(text string) (mirror.Facts, mirror.Observation, error) {
	var s Said
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return mirror.Facts{}, mirror.Observation{}, fmt.Errorf("%w: %w", mirror.ErrParse, err)
	}
	a, err := s.Answers()
	if err != nil {
		return mirror.Facts{}, mirror.Observation{}, err
	}
	f, err := facts(models.Server{Models: s.Models}, a)
	if err != nil {
		return f, mirror.Observation{}, err
	}
	o, err := observe(f, a)
	return f, o, err
}

// ParseAnswers is a pure reader for the contract: everything that a device says.
func ParseAnswers(text []byte) error {
	_, _, err := Observed(string(text))
	return err
}

// Counted reads counters of interfaces.
func Counted(f mirror.Facts, ask mirror.CounterAsk, text string) (mirror.CounterRead, error) {
	a, err := Said{State: json.RawMessage(text), Config: json.RawMessage(text)}.Answers()
	if err != nil {
		return mirror.CounterRead{}, err
	}
	return count(f, ask, a)
}

// ParseCounters is a pure reader for the contract.
func ParseCounters(text []byte) error {
	_, err := Counted(mirror.Facts{Model: "7220 IXR-D2L"}, mirror.CounterAsk{All: true, Natives: true}, string(text))
	return err
}

// Allowed is the check of paths.
var Allowed = allowed

// FactsOf reads what a server announces.
func FactsOf(s models.Server, a models.Answers) (mirror.Facts, error) { return facts(s, a) }
