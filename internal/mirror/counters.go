package mirror

// PortCounters are a port's counters as one read of a device gave them. Octets are
// those of frames with checksum, without preamble and gap.
type PortCounters struct {
	Port       PortName
	Up         State
	Bandwidth  BitsPerSecond // the link's speed unless somebody set another; 0 = not told
	InOctets   uint64
	InPackets  uint64
	OutOctets  uint64
	OutPackets uint64
	OutDrops   uint64 // frames that were to go out and were not sent
	Complete   bool   // every figure was told
}
