package main

import (
	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/inventory"
)

// An importReport is what import -o json writes: the answer of the controller, and what was
// noticed when entries were made of the source.
type importReport struct {
	client.ImportResult
	Skipped  []importRemark  `json:"skipped"`  // entries of the source that become nothing
	Warnings []importRemark  `json:"warnings"` // about entries that were taken all the same
	Missing  []importMissing `json:"missing"`  // credentials profiles that nobody has made
}

type importRemark struct {
	About   string `json:"about,omitempty"` // as the source names it; left out: all of it
	Message string `json:"message"`
}

type importMissing struct {
	Profile  string   `json:"profile"`
	For      []string `json:"for"`
	Username string   `json:"username,omitempty"` // left out: not known
	Devices  []string `json:"devices"`
	Command  string   `json:"command"` // that makes it, on the controller's host
}

func reportOf(result client.ImportResult, found inventory.Found) importReport {
	out := importReport{ImportResult: result, Skipped: remarksOf(found.Skipped), Warnings: remarksOf(found.Warnings), Missing: []importMissing{}}
	if out.Objects == nil {
		out.Objects = []client.ImportedObject{}
	}
	for _, m := range found.Missing {
		out.Missing = append(out.Missing, importMissing{m.Profile, m.For, m.Username, m.Devices, m.Command()})
	}
	return out
}

func remarksOf(list []inventory.Remark) []importRemark {
	out := []importRemark{}
	for _, r := range list {
		out = append(out, importRemark(r))
	}
	return out
}
