// Package engine makes devices hold what sessions ask for. It takes intents
// (Submit, Delete), moves their fragments to devices step by step (the
// coordinator), drives each device to its goals (one worker a device: observe,
// diff, assign, push, verify) and repairs drift on every resync.
//
// It is thin I/O around the pure packages plan and mirror, knows no platform's
// words, and never imports drivers, transports, the store or the API.
package engine
