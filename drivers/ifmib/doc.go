// Package ifmib reads the counters of ports by SNMP from the interfaces group of any
// device (RFC 2863), whatever configures it. It asks for the ports that are wanted, a
// few in each message, every one with the agent's clock and with its name, so that an
// interface that got another index is never taken for the one before.
package ifmib
