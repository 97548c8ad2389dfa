// Package models is what every platform shares that is configured by a data model, over
// gNMI or over NETCONF, as package console is what every command line shares. A
// platform is data and pure functions (Platform); Conn does all I/O, over a Wire, and
// satisfies the worker's Conn, Confirmer, Saver and Counter.
//
// A push is one transaction of the device where it can be: the edits of all blocks go
// together, and only where they are refused does each block go alone, so that one
// refused session never undoes another. No look fits inside such a transaction:
// between the last read and the push another hand may have taken a number. So a
// removal deletes content by its path and name, and never a numbered session as a whole,
// except as the command line of the platform does; Platform.Write keeps to that.
package models
