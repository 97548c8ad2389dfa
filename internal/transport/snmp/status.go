package snmp

import (
	"fmt"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A StatusError is the error-status of a response, RFC 3416 section 3, in its words.
// It is a mirror.ErrRejected.
type StatusError struct {
	Status string // such as inconsistentValue; a number where RFC 3416 has no such
	Name   OID    // the object that it is about, "" = not told
	About  string // what is known of it beside the word, "" = nothing
}

// The error-status values that callers tell apart.
const (
	StatusWrongValue        = "wrongValue"
	StatusInconsistentValue = "inconsistentValue"
	StatusTooBig            = "tooBig"
	StatusGenErr            = "genErr"
	StatusCommitFailed      = "commitFailed"
	StatusUndoFailed        = "undoFailed"
)

func (e *StatusError) Error() string {
	text := "it answers with error-status " + e.Status
	if e.Name != "" {
		text += " at " + string(e.Name)
	}
	if e.About != "" {
		text += " (" + e.About + ")"
	}
	return text + ": " + mirror.ErrRejected.Error()
}

// Unwrap gives the kind to errors.Is.
func (e *StatusError) Unwrap() error { return mirror.ErrRejected }

// Is is true of ErrTooBig where that is the status.
func (e *StatusError) Is(target error) bool { return target == ErrTooBig && e.Status == StatusTooBig }

// statuses are the names and meanings of RFC 3416 section 3 and 4.2.5.
var statuses = map[gosnmp.SNMPError][2]string{
	gosnmp.TooBig:              {StatusTooBig, "the answer does not fit into a message"},
	gosnmp.NoSuchName:          {"noSuchName", "an error of SNMP version 1"},
	gosnmp.BadValue:            {"badValue", "an error of SNMP version 1"},
	gosnmp.ReadOnly:            {"readOnly", "an error of SNMP version 1"},
	gosnmp.GenErr:              {StatusGenErr, ""},
	gosnmp.NoAccess:            {"noAccess", "the agent's view keeps the community or user from it"},
	gosnmp.WrongType:           {"wrongType", ""},
	gosnmp.WrongLength:         {"wrongLength", ""},
	gosnmp.WrongEncoding:       {"wrongEncoding", ""},
	gosnmp.WrongValue:          {StatusWrongValue, "the object never takes this value"},
	gosnmp.NoCreation:          {"noCreation", "the agent never makes such an instance"},
	gosnmp.InconsistentValue:   {StatusInconsistentValue, "the object does not take this value as things are"},
	gosnmp.ResourceUnavailable: {"resourceUnavailable", "the agent has no room for it"},
	gosnmp.CommitFailed:        {StatusCommitFailed, "it was taken back"},
	gosnmp.UndoFailed:          {StatusUndoFailed, "a part of it may be done"},
	gosnmp.AuthorizationError:  {"authorizationError", "its view does not hold that, or it wants another security level of the user"},
	gosnmp.NotWritable:         {"notWritable", "the object cannot be written, or not by this community or user"},
	gosnmp.InconsistentName:    {"inconsistentName", "such an instance cannot be made as things are"},
}

// statusOf is the error-status of a response to names.
func statusOf(p *gosnmp.SnmpPacket, names []OID) error {
	if p.Error == gosnmp.NoError {
		return nil
	}
	said, known := statuses[p.Error]
	if !known {
		said[0] = fmt.Sprintf("%d", uint8(p.Error))
	}
	out := &StatusError{Status: said[0], About: said[1]}
	if i := int(p.ErrorIndex); i > 0 && i <= len(names) {
		out.Name = names[i-1]
	}
	return out
}
