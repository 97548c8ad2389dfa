package drivertest

import (
	"os"
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/worker"
)

// patience bounds every wait for a device.
const patience = testkit.Patience

// A Suite is what the contract needs to know of a driver.
type Suite struct {
	Driver worker.Driver
	// Facts of the model that the golden files are for; those of the device
	// that Device makes should say the same.
	Facts mirror.Facts
	// Ports are the names of the symbols of the intents: p1, p2, p3, p9, up1,
	// lag1, d1, d2. They must be those of intents.yaml for the platform. sub1 may be a
	// subinterface of p9.
	Ports map[string]string
	// Observation completes what an idle device is read as, for golden files
	// and capabilities: ports are there already. Nil where nothing is missing.
	Observation func(*mirror.Observation)
	// Goldens is the folder of the golden files below testdata/contract, "" = "intents": a
	// platform over a further transport has its own.
	Goldens string
	// Refused lists the intents that must be refused, with the codes of all
	// reasons, sorted, each once. All others must render.
	Refused map[string][]string

	// Device makes a fresh device, which ends with the test. It skips through
	// testkit when the machine cannot.
	Device func(*testing.T) *Device
	// Unproved says why a hook of the device is nil: "refusals", "outages",
	// "cancellation", "drift"; where pushes can wait to be confirmed "expiry",
	// "occupied", and "listed" where a connection tells of its own pushes alone; and where the driver counts "clear", "drops".
	Unproved map[string]string

	// Sampled: of the ways from one intent to another, and of the lines at which the
	// connection is lost, a sample is tried; with NETMIRROR_FAULTS all are (make faults).
	// For a platform on the console, which others try whole.
	Sampled bool

	Parsers []Parser
	// Only names the parts that run, for a second way of speaking to one driver;
	// nil = all.
	Only []string
}

// A Device is a device under test: how a driver reaches it, and how a test
// looks at it and treats it past the driver, by the device's own means. A hook
// fails the test itself when it cannot do its work.
type Device struct {
	Target mirror.Target
	// Ports are the names of the symbols on this device; nil = Suite.Ports.
	Ports map[string]string

	// Config is the whole configuration as text, without what changes by
	// itself. Equal texts mean that nothing was changed.
	Config func() string
	// Others is a configuration without what belongs to our native sessions,
	// given as they were last observed.
	Others func(config string, own []mirror.NativeSession) string
	// Writes counts the changes that the device was asked for since it was
	// made: lines, transactions. It must not grow when nothing is to be done.
	Writes func() int

	// Foreign makes native sessions that are not netmirror's, some of them such
	// that the driver cannot express them. None may end at a port with a symbol
	// or take its copies from d1, d2 or lag1. It returns how many there are now,
	// and how many of them must be read as opaque.
	Foreign func() (sessions, opaque int)
	// Refusals are ways to have the device refuse a block: nil = see Unproved.
	Refusals func(mirror.Block) []Refusal
	// Drop cuts the connection at the n-th change (line, transaction) that the
	// device is asked for from now on: before it is carried out, or after that
	// and before the answer. It happens once; 0 takes the order back. Nil = see
	// Unproved.
	Drop func(n int, after bool)
	// Stall makes the device stop answering, on open and on new connections,
	// until it is released. Nil = see Unproved.
	Stall func() (release func())
	// Manual are changes by hand to a native session of ours with the sources
	// p1 (both) and p2 (rx) and the destination d1. Nil = see Unproved.
	Manual func(mirror.NativeSession) []Manual
	// Expire lets the time go by in which a push is to be confirmed, and returns
	// when the device has taken back what was not. Nil = see Unproved.
	Expire func()
	// Occupy has another hand lock the configuration, or leave a commit waiting,
	// and returns how to end that. Nil = see Unproved.
	Occupy func() (release func())
	// Wires are needed where the driver counts.
	Wires *Wires
}

// A Refusal is one way in which the device refuses a block.
type Refusal struct {
	Name string
	// Block is what to push instead; its zero value means the block itself.
	Block mirror.Block
	// Arm makes the device refuse, and returns how to end that. Nil where the
	// changed block suffices.
	Arm func() (disarm func())
	// Words must stand in the quoted answer.
	Words string
}

// A Manual is a change by hand.
type Manual struct {
	Name string
	Do   func()
	// Verb of the one change that repairs it: change, or create when the
	// session is gone.
	Verb string
	// Want must stand in plan.Difference of what is found to what is wanted;
	// not looked at for a create.
	Want string
}

// Run runs the whole contract. Its parts have devices of their own and run in parallel,
// but for the one that looks for goroutines that are left over.
func Run(t *testing.T, s Suite) {
	t.Helper()
	if s.Device == nil || len(s.Ports) == 0 || s.Driver.Connect == nil {
		t.Fatal("a suite needs Driver, Ports and Device")
	}
	for _, part := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"capabilities", s.capabilities}, {"intents", s.intents}, {"parsers", s.parsers}, {"converge", s.converge},
		{"refusals", s.refusals}, {"outages", s.outages}, {"cancellation", s.cancellation}, {"drift", s.drift},
		{"confirms", s.confirms}, {"counts", s.counts},
	} {
		if len(s.Only) == 0 || slices.Contains(s.Only, part.name) {
			t.Run(part.name, func(t *testing.T) {
				if part.name != "cancellation" {
					t.Parallel()
				}
				part.run(t)
			})
		}
	}
}

// thorough reports whether nothing is left out to save time: make faults.
func thorough() bool { return os.Getenv("NETMIRROR_FAULTS") != "" }

// can reports whether a hook is there. One that is missing must be explained.
func (s Suite) can(t *testing.T, what string, there bool) bool {
	t.Helper()
	if !there && s.Unproved[what] == "" {
		t.Fatalf("the device has no hook for %s and Suite.Unproved does not say why", what)
	}
	if !there {
		t.Logf("not proved: %s: %s", what, s.Unproved[what])
	}
	return there
}
