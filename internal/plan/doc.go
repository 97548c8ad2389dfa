// Package plan is the thinking of netmirror as pure functions: a session
// becomes fragments (Expand), the fragments of a device become native sessions
// (Compose), what a platform or the present state of a device forbids becomes
// reasons (Check), desired against observed becomes changes (Diff), a rollout
// becomes its next step (Advance), and what workers found becomes conditions
// and a phase (Status).
//
// Values in, values out: no clock, no log, no I/O, nothing that depends on the
// order of a map. It knows no platform; capabilities come in as data.
package plan
