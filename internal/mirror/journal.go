package mirror

import "time"

// A JournalEntry is written before a push and closed after its verification.
type JournalEntry struct {
	Device  string    `json:"device"`
	Tx      string    `json:"tx"`
	Epoch   int64     `json:"epoch"`
	Changes []Change  `json:"changes"`
	At      time.Time `json:"at"`
}

// A Claim is the right of one controller to drive one device. Every write of a
// worker checks the epoch; a push's deadline ends before the claim does.
type Claim struct {
	Device   string    `json:"device"`
	Owner    string    `json:"owner"`
	Epoch    int64     `json:"epoch"`
	Deadline time.Time `json:"deadline"`
}
