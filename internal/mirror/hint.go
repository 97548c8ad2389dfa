package mirror

import (
	"regexp"
	"slices"
)

// A Hint is a command that a person can type on a device, or ask its agent, to see with their
// own eyes how a native session fares. It reads and changes nothing.
type Hint struct {
	Command string `json:"command"`
	Shows   string `json:"shows"` // what to look for
	// Reasons are those of conditions at which it helps; none = it always does.
	Reasons []string `json:"reasons,omitempty"`
	// Source is the document that has the command.
	Source string `json:"source"`
}

// Reasons of conditions at which hints help, by what there is to look at.
var (
	// HintsOnText: somebody else may have written the configuration.
	HintsOnText = []string{"Drift", "OwnershipLost", "Contended", "Brake", "RepairRefused", "Rejected", "NotHeld", "ForeignSources"}
	// HintsOnHardware: the device has the session, and it may not be in force.
	HintsOnHardware = []string{"NotProgrammed", "NotTold", "CopiesNotFlowing"}
	// HintsOnPort: what leaves the destination port, and whether that is there.
	HintsOnPort = []string{"CopiesLost", "CopiesNotFlowing", "Oversubscribed", "Drops", "DestinationDown", "DestinationGone", "OtherTraffic"}
	// HintsOnPath: copies may be lost between switches, or on their way over IP.
	HintsOnPath = []string{"Waiting", "CopiesLost", "CopiesNotFlowing", "CollectorUnreachable", "CollectorNotSeen"}
)

// Helps reports whether a hint is of use at a condition with this reason.
func (h Hint) Helps(reason string) bool {
	return len(h.Reasons) == 0 || slices.Contains(h.Reasons, reason)
}

// word is what may be part of a command that somebody copies: nothing that a command line,
// or a shell, takes for more than a word. Paths of some command lines have wildcards.
var word = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$`)

// Typed is a command with a word behind it, or without one where the word is none that can be
// typed as it stands: names of sessions that others made may be any text.
func Typed(command, name string) string {
	if !word.MatchString(name) {
		return command
	}
	return command + " " + name
}

// TypedAt lists a command for each port.
func TypedAt(command string, ports []PortName) (out []string) {
	for _, p := range ports {
		if word.MatchString(string(p)) {
			out = append(out, command+" "+string(p))
		}
	}
	return out
}
