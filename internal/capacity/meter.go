package capacity

import (
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Meter makes intervals of the counters of one port as one read after the other
// tells them. Speed is the speed of its link where it is known better than by what
// counts. The zero value has read nothing.
type Meter struct {
	Speed mirror.BitsPerSecond

	last    reading // the one that the next interval begins at
	seen    time.Time
	read    bool
	narrow  bool // an octet counter went over at 2^32: they are 32 bits wide
	ignored int  // readings in a row that seemed older than the last
}

// A reading is one reading of a port, with the time of the device that counts.
type reading struct {
	at     time.Time
	uptime time.Duration
	boot   string
	c      mirror.PortCounters
}

// Add takes a reading and gives the interval that it ends, if it ends one: the first
// reading ends none, and neither does one that tells nothing new. An interval of which
// the counters say nothing sure has a Gap.
func (m *Meter) Add(read mirror.CounterRead, c mirror.PortCounters) (Interval, bool) {
	now := reading{read.At, read.Uptime, read.Boot, c}
	if !c.Complete || m.read && !now.at.After(m.seen) {
		return Interval{}, false
	}
	if !m.read {
		m.restart(now)
		return Interval{}, false
	}
	return m.follow(now)
}

// AddNative is Add for the counters of a native session: its copies are what goes out.
func (m *Meter) AddNative(read mirror.CounterRead, n mirror.NativeCopies) (Interval, bool) {
	return m.Add(read, mirror.PortCounters{OutOctets: n.Copies.Octets, OutPackets: n.Copies.Packets, Complete: n.Copies.Known})
}

func (m *Meter) restart(now reading) {
	m.last, m.seen, m.read, m.ignored = now, now.at, true, 0
}

func (m *Meter) follow(now reading) (Interval, bool) {
	last := m.last
	m.restart(now)
	i := Interval{From: last.at, To: now.at, Seconds: now.at.Sub(last.at).Seconds()}
	if last.uptime > 0 && now.uptime > last.uptime {
		i.Seconds = (now.uptime - last.uptime).Seconds()
	}
	if now.boot != last.boot || now.uptime < last.uptime {
		i.Gap = "the device, or what counts on it, was started anew"
		return i, true
	}
	i.InFrames, i.OutFrames, i.DropFrames = now.c.InPackets-last.c.InPackets, now.c.OutPackets-last.c.OutPackets, now.c.OutDrops-last.c.OutDrops
	i.In = Flow{float64(now.c.InOctets-last.c.InOctets) / i.Seconds, float64(i.InFrames) / i.Seconds}
	i.Out = Flow{float64(now.c.OutOctets-last.c.OutOctets) / i.Seconds, float64(i.OutFrames) / i.Seconds}
	i.Drops = float64(i.DropFrames) / i.Seconds
	return i, true
}
