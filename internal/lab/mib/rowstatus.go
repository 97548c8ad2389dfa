package mib

// A RowStatus is where a row that managers create stands, or what one wants of it
// (RFC 2579).
type RowStatus int

// Absent is a row that does not exist; the others are as on the wire. CreateAndGo,
// CreateAndWait and Destroy are wanted and never read.
const (
	Absent        RowStatus = 0
	Active        RowStatus = 1
	NotInService  RowStatus = 2
	NotReady      RowStatus = 3
	CreateAndGo   RowStatus = 4
	CreateAndWait RowStatus = 5
	Destroy       RowStatus = 6
)

// A Row is the rule by which rows of a table live: the RFC's, with what it leaves to
// the agent.
type Row struct {
	NoCreateAndGo, NoCreateAndWait bool
	// Stays refuses to take an active row out of service.
	Stays bool
}

// Next is where a row gets that is at one status when a manager wants another: the
// table of RFC 2579. complete says that the agent has all that the row needs to be
// active.
func (r Row) Next(at, want RowStatus, complete bool) (RowStatus, Status) {
	switch want {
	case CreateAndGo, CreateAndWait:
		switch {
		case at != Absent:
			return at, InconsistentValue
		case want == CreateAndWait && r.NoCreateAndWait:
			return at, WrongValue
		case want == CreateAndGo && (r.NoCreateAndGo || !complete):
			return at, InconsistentValue
		case want == CreateAndGo:
			return Active, NoError
		case complete:
			return NotInService, NoError
		}
		return NotReady, NoError
	case Active:
		if at == Absent || at != Active && !complete {
			return at, InconsistentValue
		}
		return Active, NoError
	case NotInService:
		switch {
		case at == Absent || at == NotReady && !complete:
			return at, InconsistentValue
		case at == Active && r.Stays:
			return at, WrongValue
		}
		return NotInService, NoError
	case Destroy:
		return Absent, NoError
	}
	return at, WrongValue // notReady is read and never wanted
}
