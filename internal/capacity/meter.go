package capacity

import (
	"cmp"
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Bounds of what a Meter believes.
const (
	// DefaultRefresh is how long counters may stand still under traffic: many agents
	// bring them up to date every 5 to 30 s.
	DefaultRefresh = 30 * time.Second
	// tolerance is what a rate may be above the speed of the link: counters are not
	// read at the very moment in which they are brought up to date.
	tolerance = 1.1
	// fastest stands for the speed of a link that nobody knows.
	fastest mirror.BitsPerSecond = 4e12
	// longest is the interval whose mean still says something.
	longest = 15 * time.Minute
	// biggest is the longest mean frame: virtual ports count what they join to frames of
	// 64 KiB as one.
	biggest = 65_600
	// older is how many readings in a row may seem to be from before the last one.
	older = 3
	// slack is what two clocks may differ by for no good reason.
	slack = 5 * time.Second
	// ticks is where sysUpTime goes over: 2^32 hundredths of a second, 497 days.
	ticks = (1 << 32) * 10 * time.Millisecond
)

// A Meter makes intervals of the counters of one port as one read after the other
// tells them. An interval runs from the reading in which its first value was new to
// the one in which the next value is, and lasts as long as the clock of what counts
// says, where that is told. What cannot be is a gap; nothing is ever cut to what can
// be. The zero value has read nothing.
type Meter struct {
	// Speed is that of the link where it is known better than by what counts, 0 = it
	// is not.
	Speed mirror.BitsPerSecond
	// Refresh is how long the counters may stand still under traffic; 0 =
	// DefaultRefresh. Standing still for longer is no traffic.
	Refresh time.Duration

	begin  reading // of the next interval
	newest reading // with the values of begin
	any    bool
	fine   bool          // the uptime is told in fractions of a second
	narrow bool          // the octets went over at 2^32: the agent's 64 bits are 32
	late   int           // readings in a row that seemed to be older
	turns  time.Duration // what the uptime has lost by going over
}

// A reading is one reading of a port.
type reading struct {
	at     time.Time
	uptime time.Duration // 0 = not told
	boot   string
	c      mirror.PortCounters
}

// Add takes a reading and gives the interval that it ends, if it ends one: the first
// reading ends none, nor does one without every figure, one that is older than the
// last, or one in which nothing is new.
func (m *Meter) Add(read mirror.CounterRead, c mirror.PortCounters) (Interval, bool) {
	now := reading{read.At, cmp.Or(c.Uptime, read.Uptime), read.Boot, c}
	m.fine = m.fine || now.uptime%time.Second != 0
	if !c.Complete || m.any && !now.at.After(m.newest.at) {
		return Interval{}, false
	}
	if !m.any {
		m.restart(now)
		return Interval{}, false
	}
	gap, old := m.anew(&now)
	if old {
		return Interval{}, false
	}
	if gap == "" && still(m.newest.c, c) {
		return m.stands(now)
	}
	i := Interval{From: m.begin.at, To: now.at, Gap: gap}
	if i.Gap == "" {
		i.Seconds, i.Gap = m.lasted(m.begin, now)
	}
	if i.Gap == "" {
		m.rates(&i, m.begin.c, c)
	}
	if i.Gap != "" {
		i = Interval{From: i.From, To: i.To, Gap: i.Gap}
	}
	m.restart(now)
	return i, true
}

// AddNative is Add for the counters of a native session: its copies are what goes out.
func (m *Meter) AddNative(read mirror.CounterRead, n mirror.NativeCopies) (Interval, bool) {
	return m.Add(read, mirror.PortCounters{OutOctets: n.Copies.Octets, OutPackets: n.Copies.Packets, Complete: n.Copies.Known})
}

func (m *Meter) restart(now reading) { m.begin, m.newest, m.any, m.late = now, now, true, 0 }

// anew says why the counters have begun anew since the newest reading, "" = they have
// not; old, that the reading is from before that one and came late. The uptime of now
// is made to go on where it went over.
func (m *Meter) anew(now *reading) (why string, old bool) {
	last := m.newest
	const started = "the device, or what counts on it, was started anew"
	switch a, b := last.c.Discontinuity, now.c.Discontinuity; {
	case last.boot != "" && now.boot != "" && last.boot != now.boot:
		m.turns = 0
		return started, false
	case a != "" && b != "" && a != b:
		now.uptime = m.turned(now.uptime)
		return "the counters of the port were set back", false
	}
	if last.uptime == 0 || now.uptime == 0 {
		return "", false
	}
	passed := now.at.Sub(last.at)
	up := m.turned(now.uptime)
	if off := up + ticks - last.uptime - passed; up < last.uptime && last.uptime-m.turns > ticks-longest && off.Abs() <= slack+passed/10 {
		m.turns += ticks
		up += ticks
	}
	switch {
	case up >= last.uptime:
		now.uptime, m.late = up, 0
		return "", false
	case now.uptime <= passed+slack: // it can have started since
		m.turns = 0
		return started, false
	}
	if m.late++; m.late < older {
		return "", true
	}
	m.turns = 0
	return "the clock of what counts went back", false
}

func (m *Meter) turned(up time.Duration) time.Duration {
	if up == 0 {
		return 0
	}
	return up + m.turns
}

// still reports whether no counter has moved.
func still(a, b mirror.PortCounters) bool {
	return a.InOctets == b.InOctets && a.InPackets == b.InPackets && a.OutOctets == b.OutOctets && a.OutPackets == b.OutPackets && a.OutDrops == b.OutDrops
}

// stands is a reading in which nothing is new: either nothing moves, or the counters
// were not brought up to date.
func (m *Meter) stands(now reading) (Interval, bool) {
	m.newest = now
	if now.at.Sub(m.begin.at) <= cmp.Or(m.Refresh, DefaultRefresh) {
		return Interval{}, false
	}
	i := Interval{From: m.begin.at, To: now.at}
	if i.Seconds, i.Gap = m.lasted(m.begin, now); i.Gap != "" {
		i.Seconds = 0
	}
	m.restart(now)
	return i, true
}

// lasted is how long an interval was by the clock of what counts where that is told
// finely enough, else by ours. The two must agree roughly.
func (m *Meter) lasted(a, b reading) (seconds float64, gap string) {
	wall := b.at.Sub(a.at)
	if wall > longest {
		return 0, "nothing was read for more than " + longest.String()
	}
	if a.uptime == 0 || b.uptime == 0 {
		return wall.Seconds(), ""
	}
	up := b.uptime - a.uptime
	grain := time.Duration(0) // in which the uptime is told
	switch {
	case m.fine:
	case a.uptime%time.Minute == 0 && b.uptime%time.Minute == 0:
		grain = time.Minute
	default:
		grain = time.Second
	}
	switch {
	case grain > 0 && (up-wall).Abs() <= grain+slack:
		return wall.Seconds(), ""
	case up > 0 && (up-wall).Abs() <= slack+wall/10:
		return up.Seconds(), ""
	}
	return 0, fmt.Sprintf("by the clock of what counts %s passed, by ours %s", up.Round(10*time.Millisecond), wall.Round(10*time.Millisecond))
}

// rates fills in what was counted, or a gap where that cannot be.
func (m *Meter) rates(i *Interval, a, b mirror.PortCounters) {
	in, inOK := grown(a.InOctets, b.InOctets, a.InPackets, b.InPackets)
	out, outOK := grown(a.OutOctets, b.OutOctets, a.OutPackets, b.OutPackets)
	drops, dropsOK := uint64(0), true
	if i.NoDrops = a.NoDrops || b.NoDrops; !i.NoDrops {
		drops, dropsOK = grownDrops(a.OutDrops, b.OutDrops)
	}
	if !inOK || !outOK || !dropsOK {
		i.Gap = "a counter went back"
		return
	}
	m.narrow = m.narrow || in.narrow || out.narrow || b.Narrow
	speed := cmp.Or(max(m.Speed, b.Bandwidth), fastest)
	if m.narrow && m.Speed+b.Bandwidth > 0 && float64(speed)/8*i.Seconds >= 1<<32 {
		i.Gap = "the counters are 32 bits wide and may go over more than once in an interval"
		return
	}
	i.In, i.Out = in.per(i.Seconds), out.per(i.Seconds)
	i.Drops = float64(drops) / i.Seconds
	i.InFrames, i.OutFrames, i.DropFrames = in.frames, out.frames, drops
	limit := float64(speed) * tolerance
	switch {
	case float64(i.In.Wire()) > limit:
		i.Gap = fmt.Sprintf("%s in is more than %s can carry", Rate(i.In.Wire()), Rate(speed))
	case float64(i.Out.Wire()) > limit:
		i.Gap = fmt.Sprintf("%s out is more than %s can carry", Rate(i.Out.Wire()), Rate(speed))
	case i.Drops > mostFed*fullOf(speed).Frames:
		i.Gap = fmt.Sprintf("%.3g dropped frames a second cannot be", i.Drops)
	}
}

// mostFed is how many full links may feed one: what is dropped at a port was sent by
// others.
const mostFed = 100

// An amount is what a port carried in one direction in an interval.
type amount struct {
	octets, frames uint64
	narrow         bool // the octets went over at 2^32
}

func (a amount) per(seconds float64) Flow {
	return Flow{float64(a.octets) / seconds, float64(a.frames) / seconds}
}

// grown is by how much the counters of a direction grew. One alone may have gone
// over, where the other proves it: both going back is a reset. Not ok = nobody knows.
func grown(octets0, octets1, frames0, frames1 uint64) (a amount, ok bool) {
	octets, octetsOver := over(octets0, octets1)
	frames, framesOver := over(frames0, frames1)
	a = amount{octets: octets, frames: frames, narrow: octetsOver && octets0 < 1<<32}
	switch {
	case !octetsOver && !framesOver:
		return a, true
	case octetsOver && framesOver && (octets0 < 1<<32 || frames0 < 1<<32), frames == 0:
		return amount{}, false
	}
	mean := float64(octets) / float64(frames)
	return a, mean >= shortest/4 && mean <= biggest
}

// over is by how much a counter grew; went says that it went over, at 2^32 where it
// never was above that, else at 2^64.
func over(before, after uint64) (by uint64, went bool) {
	switch {
	case after >= before:
		return after - before, false
	case before < 1<<32:
		return after + 1<<32 - before, true
	}
	return after - before, true
}

// grownDrops is by how much the counter of discards grew. It is 32 bits wide in IF-MIB
// and goes over rarely: a smaller value is one turn if that makes it grow by less than
// half of its width, else it was set back.
func grownDrops(before, after uint64) (by uint64, ok bool) {
	by, went := over(before, after)
	return by, !went || by < 1<<31
}
