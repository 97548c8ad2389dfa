package smon

import "github.com/netmirror/netmirror/internal/mirror"

// Hints are questions to the agent, since nobody knows what kind of command line such a switch
// has: portCopyTable of RFC 2613, by snmpwalk(1) with a login that may read.
func Hints(_ mirror.Facts, _ mirror.NativeSession) []mirror.Hint {
	return []mirror.Hint{
		{Command: "snmpwalk -v 2c -c COMMUNITY DEVICE " + string(copyStatus), Shows: "portCopyStatus active(1) for each source and destination, which are the last two numbers (ifIndex)", Source: "RFC 2613, portCopyTable"},
		{Command: "snmpwalk -v 2c -c COMMUNITY DEVICE " + string(copyDirection), Shows: "portCopyDirection: 1 rx, 2 tx, 3 both", Reasons: mirror.HintsOnText, Source: "RFC 2613, portCopyTable"},
	}
}
