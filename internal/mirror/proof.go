package mirror

// A Proof is one thing that a driver relies on, tried on the device.
type Proof struct {
	Name    string // configuration-prompt, type-ahead, ...
	State   State
	Message string // what was tried and seen
}

// Proofs are what a first-day check found out on a device.
type Proofs struct {
	Items []Proof
	// TypeAhead is what the device bears, auto or off; "" = it was not found out.
	TypeAhead string
}
