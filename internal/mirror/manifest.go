package mirror

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// A Manifest is everything that one request wants changed: entries and intents as they
// shall be, and the names of those that shall go.
type Manifest struct {
	Devices  []Device  `json:"devices,omitempty"`
	Tools    []Tool    `json:"tools,omitempty"`
	Filters  []Filter  `json:"filters,omitempty"`
	Sessions []Session `json:"sessions,omitempty"`
	Delete   Deletion  `json:"delete,omitzero"`
}

// A Deletion names what a manifest takes away.
type Deletion struct {
	Devices  []string `json:"devices,omitempty"`
	Tools    []string `json:"tools,omitempty"`
	Filters  []string `json:"filters,omitempty"`
	Sessions []string `json:"sessions,omitempty"`
}

// IsZero reports whether nothing is taken away.
func (d Deletion) IsZero() bool {
	return len(d.Devices)+len(d.Tools)+len(d.Filters)+len(d.Sessions) == 0
}

// The kinds of objects of a manifest.
const (
	ObjectDevice  = "device"
	ObjectTool    = "tool"
	ObjectFilter  = "filter"
	ObjectSession = "session"
)

// A StoredPlan is a plan as the store keeps it: Head is what a list tells of it, Document
// all of it. Both are JSON of whoever made it.
type StoredPlan struct {
	ID       string
	Created  time.Time
	Head     json.RawMessage
	Document json.RawMessage
}

// A Planned is what a plan said that is sent for a placement. While it is there, the
// device's worker sends nothing else for it. Only a coordinator writes it.
type Planned struct {
	Plan   string         `json:"plan"`
	Blocks []PlannedBlock `json:"blocks,omitempty"`
	// Open says that the device had not been read when the plan was made, so that it
	// said nothing that a worker could be held to.
	Open bool `json:"open,omitempty"`
}

// A PlannedBlock is one block of a plan. ID is the number that the plan gave to the
// native session, "" where it has none; Sum identifies the text, see TextSum.
type PlannedBlock struct {
	Mark string `json:"mark"`
	Verb string `json:"verb"`
	ID   string `json:"id,omitempty"`
	Sum  string `json:"sum"`
}

// TextSum identifies the text of a block: 128 bits of its SHA-256, in hexadecimal.
func TextSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// Has reports whether the plan said that a block is sent.
func (p *Planned) Has(b Block) bool {
	sum := TextSum(b.Text)
	return slices.ContainsFunc(p.Blocks, func(x PlannedBlock) bool { return x.Mark == b.Mark() && x.Verb == b.Verb() && x.Sum == sum })
}
