// Package engine is the front desk: it takes intents (Submit, Adopt, Remove),
// decides about them, moves their fragments to devices step by step (the
// coordinator), keeps inventory and leases, and starts a worker for each device,
// which drives it to its goals (package worker).
//
// It is thin I/O around the pure packages plan and mirror, knows no platform's
// words, and never imports drivers, transports, the store or the API.
package engine
