// Package gnmi is the gNMI server in front of the lab's switches: Capabilities, Get, Set
// and Subscribe as views of the one configuration that a switch keeps. It keeps nothing
// itself, and knows no vendor.
package gnmi
