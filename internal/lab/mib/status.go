package mib

// A Status is the error status of a response (RFC 3416, section 3).
type Status int

// The error statuses of versions 2c and 3.
const (
	NoError             Status = 0
	TooBig              Status = 1
	GenErr              Status = 5
	NoAccess            Status = 6
	WrongType           Status = 7
	WrongLength         Status = 8
	WrongEncoding       Status = 9
	WrongValue          Status = 10
	NoCreation          Status = 11
	InconsistentValue   Status = 12
	ResourceUnavailable Status = 13
	CommitFailed        Status = 14
	UndoFailed          Status = 15
	AuthorizationError  Status = 16
	NotWritable         Status = 17
	InconsistentName    Status = 18
)

// Enumerated is what is wrong with a value of an enumeration from 1 to most.
func Enumerated(v Value, most int) Status { return Ranged(v, Integer, 1, int64(most)) }

// Ranged is what is wrong with a number of a kind.
func Ranged(v Value, kind Kind, least, most int64) Status {
	switch {
	case v.Kind != kind:
		return WrongType
	case v.N < least || v.N > most:
		return WrongValue
	}
	return NoError
}

// Sized is what is wrong with a string of octets.
func Sized(v Value, least, most int) Status {
	switch {
	case v.Kind != Octets:
		return WrongType
	case len(v.S) < least || len(v.S) > most:
		return WrongLength
	}
	return NoError
}
