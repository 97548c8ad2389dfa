// Package ocif reads the counters of ports by gNMI from the OpenConfig model of
// interfaces (openconfig-interfaces, -if-ethernet, -if-aggregate), whatever configures
// the device. The names are those of the device, which its platform makes canonical.
package ocif
