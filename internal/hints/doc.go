// Package hints listens to what switches send by themselves when they were configured
// or a link changed: syslog messages (RFC 5424, and the BSD form that RFC 3164 describes,
// over UDP and TCP) and SNMP notifications (traps and informs of version 1, 2c and
// 3). It says which device may have changed, and nothing else: what is on the device is read
// from the device.
//
// Anybody can send such a message, so it is never believed: the worst that a forged one
// does is a read, at most one a second and device. Of version 3 a user of the device has
// to prove it (RFC 3414), and what he does not is counted. Nothing of a message is kept,
// forwarded or logged, for people type secrets where they should not.
package hints
