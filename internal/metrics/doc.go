// Package metrics tells Prometheus what the controller does. It is the only package
// that knows Prometheus: the worker, the engine and the store call small interfaces
// of their own (worker.Meter, engine.Meter, store.Meter), and what is a state rather
// than something that happens (sessions, devices, load) is asked of the engine at each
// scrape.
//
// Names follow Prometheus' conventions: base units, _total for counters. Rates of
// traffic are the exception: they are in bits per second, as speeds of ports are
// everywhere, and say so in their names. Labels are bounded: a name of a session, a
// device or a tool (which the store bounds), or a word of a list in the code. No text
// of a person or a device is ever a label.
package metrics
