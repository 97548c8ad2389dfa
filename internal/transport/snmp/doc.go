// Package snmp reads from SNMP agents, version 2c and version 3 with authentication.
// It never writes. gosnmp encodes, decodes and encrypts; what it leaves to its callers
// is done here: an error-status is an error, a table is whole or an error, a reply
// names what was asked for, contexts are heeded at once, a Report says whether the
// credentials are wrong, and nothing of them is in an error.
package snmp
