// Package mirror is the domain of netmirror: sessions, devices, what a device
// really holds, what it can hold, and the kinds of errors. Everything else
// depends on it; it depends on the standard library alone, does no I/O, and
// knows no platform's words.
package mirror
