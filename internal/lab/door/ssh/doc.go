// Package ssh is the SSH door of a switch: logins, a terminal with echo, editing
// and paging, and what goes wrong with them. It knows no platform.
//
// A new platform gives its Style and its Dialogue (package cmdline); the lab is
// the Host, which hands both over together with users, faults and pace.
package ssh
