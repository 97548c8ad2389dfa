package mirror

import "time"

// A LoadMinute is what was measured at one place in one minute, as means per second.
type LoadMinute struct {
	// Place is the name of a device, or the address of a collector.
	Place string       `json:"place"`
	At    time.Time    `json:"at"` // when the minute began
	Ports []PortMinute `json:"ports,omitempty"`
	Ends  []EndMinute  `json:"ends,omitempty"`
}

// A PortMinute is what a port carried. Octets are those of frames with checksum.
type PortMinute struct {
	Port      PortName `json:"port"`
	InOctets  float64  `json:"inOctets"`
	InFrames  float64  `json:"inFrames"`
	OutOctets float64  `json:"outOctets"`
	OutFrames float64  `json:"outFrames"`
	Drops     float64  `json:"drops"` // frames
}

// An EndMinute is what was offered to a port, or with "" to the collector that the place
// is, and what it could take.
type EndMinute struct {
	Port     PortName      `json:"port,omitempty"`
	Offered  BitsPerSecond `json:"offered"`
	Peak     BitsPerSecond `json:"peak"` // of the readings of the minute
	Capacity BitsPerSecond `json:"capacity,omitempty"`
}
