package mirror

import "slices"

// A Selection narrows a list; all that it says must hold. The zero value is everything.
type Selection struct {
	Labels []Requirement
	// Of sessions: those that name a device or are placed on it, that copy to a tool,
	// that are filtered by a filter, that a trigger started.
	Device, Tool, Filter, Trigger string
}

// Empty reports whether everything is selected.
func (s Selection) Empty() bool {
	return len(s.Labels) == 0 && s.Device == "" && s.Tool == "" && s.Filter == "" && s.Trigger == ""
}

// A Requirement asks that a label is there with one of some values; without values any
// will do. Not asks for the opposite, which is true where the label is missing, too.
type Requirement struct {
	Label  string
	Values []string
	Not    bool
}

// Met reports whether labels are as required.
func (r Requirement) Met(labels map[string]string) bool {
	value, has := labels[r.Label]
	return (has && (len(r.Values) == 0 || slices.Contains(r.Values, value))) != r.Not
}

// MaxLooked bounds the entries that one request for a selection looks at. A page may hold
// fewer than it could then, and there is more all the same.
const MaxLooked = 5000
