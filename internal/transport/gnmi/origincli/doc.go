// Package origincli is a command line over gNMI: what shows something is a Get, what
// configures is a Set, both with the origin "cli". It does for package console what a
// terminal does, so that one driver speaks over both.
//
// A path of this origin is the command, as its one element. A command that ends with
// "| json" is asked for without that, in the encoding JSON, any other in ASCII. A Set has
// an update for each line, with an empty path and the line as its ASCII value, in order.
// It is one configuration session of the device, so that either all lines are in force or
// none (gnmic page of aristanetworks/openmgmt). There are no modes to be in, no prompts,
// no pager and nothing typed ahead; a warning that the device has about a line that it
// took is not told.
package origincli
