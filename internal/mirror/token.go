package mirror

import "time"

// Access is what a token may do.
type Access string

// The access levels, each including the one before.
const (
	Viewer   Access = "viewer"
	Operator Access = "operator"
	Admin    Access = "admin"
)

// Firer is access that includes nothing of the others: to fire one trigger.
const Firer Access = "trigger"

// Allows reports whether a holder of a may do what needs asks for.
func (a Access) Allows(needs Access) bool {
	rank := map[Access]int{Viewer: 1, Operator: 2, Admin: 3}
	return rank[a] > 0 && rank[a] >= rank[needs]
}

// A Token is a bearer token as stored: its SHA-256, never its value.
type Token struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Access  Access    `json:"access"`
	Hash    string    `json:"-"` // hex SHA-256
	Created time.Time `json:"created"`
	Trigger string    `json:"trigger,omitempty"` // of access Firer: which one
}
