// Package smon drives agents that have the portCopyTable of SMON-MIB (RFC 2613), over SNMP
// version 2c or 3: catalogue key platform "snmp_smon", protocol "snmp".
//
// # What it touches
//
// Rows of portCopyTable, portCopyDirection and portCopyStatus, and nothing else. A native
// session is what is copied to one port, a row for each source; its id is the port's name.
//
// # How it is safe
//
// The table has no number, name or owner. A row is ours by the ledger alone
// (mirror.Placed): rows that it does not name are read, told, and never set, also those
// that copy to a destination of ours. In front of each push the agent is asked, in the
// same pass, for the name of every interface and for every row (package mib): the number
// of an interface may be another's by now. All rows of a change go in one message, which
// an agent does whole or not at all (RFC 3416 section 4.2.5); row by row where it does
// not take that. Where it knows no createAndGo a row is made by createAndWait; where it
// does not change the direction of a row that is active the row is made anew.
//
// # What is read
//
// A row whose source or destination is down is notReady: it is there, it waits, and is
// never made anew for that. A row that is notInService was stopped by a hand; where it is
// ours it is started again, and one of another hand is left so.
//
// # What cannot be known
//
// No public recording of an agent shows a row of the table: everything here rests on RFC
// 2613, and is unverified. What is done to tags, whether the destination forwards its own
// traffic meanwhile, how many rows there may be and what a restart leaves of them the RFC
// leaves to the agent. Some agents do more than was asked (all sources of a session to all
// of its destinations); such rows are told as another hand's.
package smon
