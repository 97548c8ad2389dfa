package lab

import (
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// A platform is what the lab knows of one kind of switch before one is built.
type platform struct {
	name string
	// canonical expands an abbreviated port name.
	canonical func(string) (string, bool)
	// short abbreviates a canonical port name as the platform prints it.
	short func(string) string
	// ports lists the ports of a switch with names and speeds filled in.
	ports func(SwitchSpec) ([]fabric.PortSpec, error)
	// check finds further faults of the description; may be nil.
	check func(SwitchSpec) []error
	// open builds the switch's control plane on its node of the fabric.
	open func(*Switch) (device, error)
}

// platforms is the catalogue: one line per kind of switch.
func platforms() []platform {
	return []platform{iosxePlatform()}
}

func platformByName(name string) (platform, bool) {
	for _, p := range platforms() {
		if p.name == name {
			return p, true
		}
	}
	return platform{}, false
}

func platformNames() []string {
	var names []string
	for _, p := range platforms() {
		names = append(names, p.name)
	}
	return names
}

// A device is the control plane of one switch: its configuration and what its
// command line answers. Implementations lock themselves.
type device interface {
	// login opens a command line for a user that has authenticated.
	login(user string, privilege int, from string) dialogue
	runningConfig() string
	startupConfig() string
	// boot forgets the running configuration and loads the startup one.
	boot(reason string)
}

// A dialogue is one user at one command line. It is used by one goroutine.
type dialogue interface {
	// greeting is printed before the first prompt.
	greeting() string
	prompt() string
	// configuring reports that lines now change the configuration.
	configuring() bool
	// canonical is the line with its words spelled out, for faults that match
	// commands; it is the line itself where it does not parse.
	canonical(line string) string
	run(line string) reply
	// control handles Ctrl-C (3) and Ctrl-Z (26).
	control(key byte) reply
	// help answers a question mark after the text typed so far.
	help(partial string) string
	// complete spells out the last word of partial where it is unique.
	complete(partial string) string
	// screen is the number of lines and columns asked for by command; ok is
	// false while the client's own window size holds.
	screen() (lines int, ok bool)
	close()
}

// A reply is what a line led to.
type reply struct {
	text   string // lines end in \n
	ask    *question
	hangup bool
	save   bool // the time for a save passes before text is printed
	reboot bool // the switch restarts after text was printed
}

// A question is asked before the next prompt.
type question struct {
	prompt string
	secret bool // do not echo the answer
	anyKey bool // one key is enough ([confirm])
	then   func(answer string) reply
}
