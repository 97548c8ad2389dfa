// Package mib is what an SNMP agent shows and takes, without the wire: object
// identifiers, values, error statuses, and the life of rows that managers create.
// It knows no table of any platform.
//
// A platform that is configured over SNMP makes its Device an Agent: Show is a picture
// of the switch's own objects at one moment, beside the groups that every agent has,
// and Set carries a whole request out or nothing of it.
package mib
