// Package worker drives one device: it connects, reads, compares with the goals,
// pushes, verifies, records and saves, and repairs drift at every resync. It knows
// nothing of other devices or of rollouts; what it needs of them is its Desk.
//
// It declares what a driver is (Driver, Conn and the optional abilities of a
// connection). It is thin I/O around the pure packages plan and mirror, knows no
// platform's words, and never imports drivers, transports, the store or the API.
package worker
