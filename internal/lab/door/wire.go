package door

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A Wire is a connection with latency. The whole round trip is added on the
// way to the client: what the client sees is the same as with half of it on
// each way, and input that is sent ahead of answers shares the round trip, as
// on a real line. A goroutine exists only while delayed bytes are under way.
type Wire struct {
	net.Conn
	latency func() time.Duration
	meter   *Meter
	opened  time.Time

	mu      sync.Mutex
	queue   []parcel
	running bool // deliver is at work
	closing bool // close when the queue is empty
	dead    chan struct{}
	once    sync.Once
	idle    *sync.WaitGroup // the lab waits for deliver

	answered  atomic.Bool  // bytes reached the client since it last spoke
	Delivered atomic.Int64 // bytes that reached the client
	Accepted  atomic.Int64 // bytes taken from the switch
}

type parcel struct {
	due  time.Time
	data []byte
}

// NewWire adds latency to a connection; idle counts its goroutine.
func NewWire(c net.Conn, latency func() time.Duration, m *Meter, idle *sync.WaitGroup) *Wire {
	return &Wire{Conn: c, latency: latency, meter: m, opened: time.Now(), dead: make(chan struct{}), idle: idle}
}

// Read counts a round trip when the client speaks after it was answered: it
// may have waited for the answer.
func (w *Wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if n > 0 {
		w.meter.BytesIn.Add(int64(n))
		if w.answered.Swap(false) {
			w.meter.WireRoundTrips.Add(1)
		}
	}
	return n, err
}

// Write takes bytes for delivery after the latency. The first bytes also wait
// for the round trip of the TCP handshake, which loopback does not have.
func (w *Wire) Write(b []byte) (int, error) {
	w.Accepted.Add(int64(len(b)))
	lat := w.latency()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closing {
		return 0, net.ErrClosed
	}
	if lat == 0 && !w.running {
		return len(b), w.send(b)
	}
	due := time.Now()
	if handshake := w.opened.Add(lat); due.Before(handshake) {
		due = handshake
	}
	w.queue = append(w.queue, parcel{due.Add(lat), append([]byte(nil), b...)})
	if !w.running {
		w.running = true
		w.idle.Add(1)
		go w.deliver()
	}
	return len(b), nil
}

func (w *Wire) send(b []byte) error {
	// Counted before they go: the client may answer before Write returns.
	w.answered.Store(true)
	w.Delivered.Add(int64(len(b)))
	n, err := w.Conn.Write(b)
	w.meter.BytesOut.Add(int64(n))
	return err
}

// deliver sends what is due and ends when nothing is under way.
func (w *Wire) deliver() {
	defer w.idle.Done()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		w.mu.Lock()
		if len(w.queue) == 0 {
			w.running = false
			closing := w.closing
			w.mu.Unlock()
			if closing {
				w.Kill()
			}
			return
		}
		p := w.queue[0]
		w.queue = w.queue[1:]
		w.mu.Unlock()
		timer.Reset(time.Until(p.due))
		select {
		case <-timer.C:
		case <-w.dead:
			return
		}
		if w.send(p.data) != nil {
			w.Kill()
			return
		}
	}
}

// Close lets what is under way arrive, then closes.
func (w *Wire) Close() error {
	w.mu.Lock()
	w.closing = true
	running := w.running
	w.mu.Unlock()
	if !running {
		w.Kill()
	}
	return nil
}

// Kill closes at once: what is under way is lost.
func (w *Wire) Kill() {
	w.once.Do(func() {
		close(w.dead)
		w.Conn.Close()
	})
}
