package mirror

import "time"

// A Judged is what admission said of one end of a session's copies, summed up.
type Judged struct {
	// Where the copies come to: a port, which may be a tool's, an address, or a link
	// between switches.
	Device string   `json:"device,omitempty"`
	Port   PortName `json:"interface,omitempty"`
	IP     string   `json:"ip,omitempty"`
	Tool   string   `json:"tool,omitempty"`
	Link   bool     `json:"link,omitempty"`

	// Admitted is True where the load fits, False where it does not, and Unknown where
	// load or capacity is not known, or what is known is an upper bound.
	Admitted State  `json:"admitted"`
	Reason   string `json:"reason"`
	Message  string `json:"message"` // the arithmetic as a sentence
	Basis    string `json:"basis"`   // BasisMeasured or BasisWorstCase

	Offered      BitsPerSecond `json:"offered"`        // by all sessions
	Own          BitsPerSecond `json:"own"`            // by this session
	Peak         BitsPerSecond `json:"peak,omitempty"` // of Offered
	Capacity     BitsPerSecond `json:"capacity,omitempty"`
	CapacityFrom string        `json:"capacityFrom,omitempty"`
	Utilization  float64       `json:"maxUtilization"` // that is allowed
	Limit        BitsPerSecond `json:"limit,omitempty"`
	At           time.Time     `json:"at"`
}

// Same reports whether both say the same, whenever they said it.
func (j Judged) Same(o Judged) bool {
	j.At, o.At = time.Time{}, time.Time{}
	return j == o
}

// Where names the end: "tool ids-1 at acc-1 Gi1/0/24", "link acc-1 Te1/1/1".
func (j Judged) Where() string {
	text := Destination{Tool: j.Tool, Device: j.Device, Interface: string(j.Port), IP: j.IP}.at()
	if j.Link {
		return "link " + text
	}
	return text
}
