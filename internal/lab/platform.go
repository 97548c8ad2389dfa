package lab

import (
	"github.com/netmirror/netmirror/internal/lab/fabric"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
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
	// privileges are the levels a user may have; the last is the default.
	privileges []int
	// style is that of its terminals.
	style cmdline.Style
	// check finds further faults of the description; may be nil.
	check func(SwitchSpec) []error
	// open builds the switch's control plane on its node of the fabric.
	open func(*Switch) (device, error)
}

// platforms is the catalogue: one line per kind of switch.
func platforms() []platform {
	return []platform{
		iosxePlatform(),
	}
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

// highest is the privilege of a user who has all.
func (p platform) highest() int { return p.privileges[len(p.privileges)-1] }

// A device is the control plane of one switch: its configuration and what its
// command line answers. Implementations lock themselves.
type device interface {
	// login opens a command line for a user that has authenticated.
	login(user string, privilege int, from string) cmdline.Dialogue
	runningConfig() string
	startupConfig() string
	// boot forgets the running configuration and loads the startup one.
	boot(reason string)
}
