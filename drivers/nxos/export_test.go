package nxos

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
)

// The parsers of what is read at every observation, for the contract.

// ParseConfig reads show running-config monitor.
func ParseConfig(text []byte) error {
	_, _, err := parseConfig(mirror.Facts{}, string(text))
	return err
}

// ParseShown reads show monitor session.
func ParseShown(text []byte) error { _, err := parseShown(string(text)); return err }

// ParseStanzas reads the interfaces of a configuration.
func ParseStanzas(text []byte) error { _, err := parseStanzas(string(text)); return err }

// ParseStatus reads show interface status.
func ParseStatus(text []byte) error { _, err := statusTable.Read(string(text)); return err }

// ParseFigures reads show interface.
func ParseFigures(text []byte) error {
	_, err := interfaceFigures.Read(string(text), time.Time{})
	return err
}

// Answered is what a device answers over gNMI, as files of tests hold it.
type Answered struct{ Config, State json.RawMessage }

// Observed reads it as an observation.
func Observed(text []byte) (o mirror.Observation, err error) {
	var said Answered
	if err := json.Unmarshal(text, &said); err != nil {
		return o, fmt.Errorf("%w: %w", mirror.ErrParse, err)
	}
	a := models.Answers{Config: &data.Node{}, State: &data.Node{}}
	for raw, root := range map[*json.RawMessage]*data.Node{&said.Config: a.Config, &said.State: a.State} {
		if len(*raw) == 0 {
			continue
		}
		nodes, err := data.FromJSON("", *raw)
		if err != nil {
			return o, err
		}
		data.Put(root, nil, nodes)
	}
	return observeModel(mirror.Facts{}, a)
}

// ParseAnswers reads what a device says over gNMI.
func ParseAnswers(text []byte) error { _, err := Observed(text); return err }

// AllowedPath is the check of paths.
var AllowedPath = allowedPath

// Written is a change as it is sent over gNMI, whatever the capabilities say of it.
func Written(c mirror.Change) (string, error) {
	edits, err := writeModel(mirror.Facts{}, mirror.Observation{}, c)
	if err != nil {
		return "", err
	}
	return operationsOf(edits), nil
}

// operationsOf is the list of operations, as package models writes it.
func operationsOf(edits []data.Edit) string {
	list := []map[string]any{}
	for _, op := range []data.Op{data.Delete, data.Replace, data.Update} {
		for _, e := range edits {
			if e.Op == op {
				entry := map[string]any{string(op): e.Path.String()}
				if e.Value != nil {
					entry["value"] = json.RawMessage(e.Value.JSON())
				}
				list = append(list, entry)
			}
		}
	}
	out, _ := json.Marshal(list) // of texts alone
	return string(out)
}
