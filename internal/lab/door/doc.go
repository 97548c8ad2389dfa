// Package door is what all doors of a switch share, whatever is spoken through
// them: the Wire, a connection with latency, and the Meter, which counts. A door
// is a view of the switch's control plane and keeps no state of it.
package door
