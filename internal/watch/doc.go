// Package watch reads the counters of devices and tells what becomes of copies: what is
// offered to each destination and what it can take, whether frames are lost there, and
// how many of the expected copies are counted. It reports and changes nothing; the
// arithmetic is in package capacity.
//
// One goroutine decides which device is due. A reading is one question to one device,
// whatever the number of its ports; a device that does not answer holds up nobody. What
// a session consists of is asked of the Desk when the engine says that it may have
// changed. Figures of the last hour are in memory, minutes of the last day in the store.
package watch
