package lab

import (
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// Counters reads the counters of every port, by name, as the command line shows them.
func (sw *Switch) Counters() map[string]fabric.PortCounters { return sw.lab.fabric.Counters(sw.node) }

// Interfaces reads all ports by their numbers, as a management agent counts them,
// whatever was cleared on the command line; renumbered is when the numbers
// changed last, zero = not since the start.
func (sw *Switch) Interfaces() (list []fabric.Interface, renumbered time.Time) {
	return sw.lab.fabric.Interfaces(sw.node)
}

// Uptime is how long the switch says that it runs.
func (sw *Switch) Uptime() time.Duration { return sw.uptime() }

// ClearCounters is what "clear counters" does on the command line, to one port or,
// with an empty name, to all.
func (sw *Switch) ClearCounters(port string) error {
	return sw.onPorts(port, func(name string) { sw.lab.fabric.ClearCounters(sw.node, name) })
}

// ResetCounters has a port, or with an empty name all, count from zero again, on the
// command line and for an agent; only if told the agent says so.
func (sw *Switch) ResetCounters(port string, told bool) error {
	return sw.onPorts(port, func(name string) { sw.lab.fabric.ResetCounters(sw.node, name, told) })
}

// PutCounters makes the counters of a port, or with an empty name of all, what they
// are said to be, for example so high that they soon wrap.
func (sw *Switch) PutCounters(port string, to fabric.Sums) error {
	return sw.onPorts(port, func(name string) { sw.lab.fabric.PutCounters(sw.node, name, to) })
}

func (sw *Switch) onPorts(port string, do func(name string)) error {
	if port != "" {
		p, err := sw.port(port)
		if err != nil {
			return fmt.Errorf("lab: switch %s: %w", sw.spec.Name, err)
		}
		port = p.Name
	}
	do(port)
	return nil
}

// Renumber gives each port the number of the next one, as a restart does with agents
// that do not keep numbers.
func (sw *Switch) Renumber() { sw.lab.fabric.Renumber(sw.node) }

// SteadyMeans makes the mean rates that a switch shows those of this moment, as if
// what flows now had flowed for long. A lab starts so; after a change of
// traffic means follow slowly, as on a real switch.
func (sw *Switch) SteadyMeans() { sw.lab.fabric.SteadyMeans(sw.node) }
