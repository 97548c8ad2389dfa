package capacity

import "github.com/netmirror/netmirror/internal/mirror"

// A Try plans a session anew and reckons the load of every end again; false: it is not
// legal on its platforms.
type Try func(mirror.Session) ([]Forecast, bool)

// Propose lists changes of a session that does not fit which would fit, the best
// first. Each is legal and reckoned: try said so. others are tools that may take the
// copies instead. Nil where the session fits, or nothing does.
func Propose(s mirror.Session, others []string, try Try) []Proposal {
	first, legal := try(s)
	if legal && fits(first) {
		return nil
	}
	return nil
}

// fits reports whether nothing is over its limit for sure.
func fits(list []Forecast) bool {
	for _, f := range list {
		if f.Verdict == Refuse || f.Reason == ReasonOversubscribed {
			return false
		}
	}
	return true
}
