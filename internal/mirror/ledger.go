package mirror

import "time"

// A Native is a line of the ledger: a native session that netmirror created
// (or adopted) on a device. ID is unique on its device.
type Native struct {
	Device string     `json:"device"`
	Mark   string     `json:"mark"`
	ID     string     `json:"id"`
	Handle string     `json:"handle,omitempty"` // row id, once read back, on platforms that have one
	Spec   NativeSpec `json:"spec"`             // as last claimed for a push; of a footing, what netmirror itself added
	// Sent is content that was in Spec before, and was not seen gone yet: after a
	// lost connection a device may still hold it.
	Sent NativeSpec `json:"sent,omitzero"`
	// Was is the mark that the device had for it before the last change, and may have
	// still: nobody may have heard how the push ended.
	Was     string    `json:"was,omitempty"`
	Created time.Time `json:"created"`
	Adopted bool      `json:"adopted,omitempty"` // made by another hand and taken over as it was, name included
	// Repairs are the times of the last repairs, oldest first, as many as it
	// takes to see that somebody else keeps changing it.
	Repairs []time.Time `json:"repairs,omitempty"`
	// Contended is set when repairing has stopped for that: since when and
	// what is known of who may be at it.
	Contended *Contention `json:"contended,omitempty"`
}

// A Contention is a fight over a native session that netmirror has given up
// until an operator releases the device or the session's intent changes.
type Contention struct {
	Since   time.Time `json:"since"`
	Message string    `json:"message"`
}

// Unsaved is a native session or footing that was changed since the device's
// running configuration was last saved.
type Unsaved struct {
	ID   string     `json:"id"`
	Mark string     `json:"mark"`
	At   time.Time  `json:"at"`   // of the last change
	Set  bool       `json:"set"`  // it is there; false = it was deleted
	Spec NativeSpec `json:"spec"` // what was sent, or taken away; of a footing every trunk that was touched
}
