// Package drivertest is the contract that every driver has to keep, as a test
// suite. A driver joins it with one test:
//
//	func TestContract(t *testing.T) {
//		drivertest.Run(t, drivertest.Suite{
//			Driver:  catalogue(t, "openvswitch", "ovsdb"), // the entry of drivers.All
//			Ports:   map[string]string{"p1": "sw1-p1", ...}, // the symbols of the intents
//			Refused: map[string][]string{"sampled": {"unsupported"}, ...},
//			Device:  freshDevice,
//			Parsers: []drivertest.Parser{{Name: "observe", Parse: ovs.ParseReply, Seeds: "testdata/observe/*.txt"}},
//		})
//	}
//
// # What it proves
//
// Without a device:
//
//   - capabilities: whatever is claimed has a source, and renders; whatever is
//     not is refused by plan.Check, with the claim's remark and source, before
//     any I/O. No option is dropped by Render. Every limit is enforced. Every
//     recording in testdata/observe has its source in testdata/SOURCES.md.
//   - intents: the twenty intents of intents.yaml, a file of the recordings
//     that may lie beside the checkout, are expanded, checked and rendered,
//     forward and undo, into testdata/contract/intents/NAME.txt of the driver's
//     folder; or the golden file holds the refusal with all its reasons. That
//     an intent is refused, and with which codes, stands in Suite.Refused, where
//     -update cannot reach it.
//   - parsers: no panic on damaged recordings, and every error has a kind.
//
// With a device (a real one, or a simulation that speaks the real protocol):
//
//   - converge: every rendered intent is pushed and read back without a
//     difference; a second run sends nothing; each intent is changed to each
//     other; so is, from nothing and back, everything else that is claimed;
//     when nothing is wanted the configuration is byte for byte what it
//     was, and whatever is not ours stays so all along.
//   - refusals: a refused block is mirror.ErrRejected with the device's words,
//     leaves the configuration byte for byte as it was, and does not keep the
//     next block from being taken.
//   - outages: the connection is lost before and after each line of a create, a
//     change and a delete; the next run of a real engine.Engine over a real
//     store finishes the work, and nothing is doubled or left behind.
//   - cancellation: Connect, Observe and Push end promptly with their context,
//     and no goroutine survives Close.
//   - drift: what a hand changed in our session is seen by plan.Diff, told in
//     words and repaired; what a hand made is never changed. A lost ledger
//     deletes nothing.
//   - confirms, of a driver with Confirms: pushes wait where the device's setting
//     asks for it and nowhere else; they are listed, confirmed and taken back, over
//     another connection where that can be, and go at their time; what another
//     hand has waiting or locked is told as theirs.
//   - counts, of a driver with CountEvery: the counters of the ports that are asked for
//     and of no others; they grow with what arrives, copies where the platform says that
//     they are counted; the link of a destination; what is told when they were cleared,
//     and when a destination is offered more than it can send.
//
// # Joining
//
// Suite.Device makes a fresh device for each of these tests. What the device
// cannot do it says in Suite.Unproved, with the reason, which the test's log
// shows; a hook that is missing without a reason fails the suite. Golden files
// are written by a flag -update, which the driver's tests define for their own
// golden files (see drivers/ovs/ovs_test.go); the suite only looks it up, so
// that the flag is not defined twice.
//
// Fuzz makes a fuzz target of parsers.
//
// The suite knows no platform. It must not import a driver, and nothing but
// tests may import it.
package drivertest
