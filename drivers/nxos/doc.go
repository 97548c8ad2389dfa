// Package nxos drives Cisco NX-OS over the command line.
package nxos
