package lab

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A wire is a connection with latency. The whole round trip is added on the
// way to the client: what the client sees is the same as with half of it on
// each way, and input that is sent ahead of answers shares the round trip, as
// on a real line. A goroutine exists only while delayed bytes are under way.
type wire struct {
	net.Conn
	latency func() time.Duration
	meter   *meter
	opened  time.Time

	mu      sync.Mutex
	queue   []parcel
	running bool // deliver is at work
	closing bool // close when the queue is empty
	dead    chan struct{}
	once    sync.Once
	idle    *sync.WaitGroup // the lab waits for deliver

	answered  atomic.Bool  // bytes reached the client since it last spoke
	delivered atomic.Int64 // bytes that reached the client
	accepted  atomic.Int64 // bytes taken from the switch
}

type parcel struct {
	due  time.Time
	data []byte
}

func newWire(c net.Conn, latency func() time.Duration, m *meter, idle *sync.WaitGroup) *wire {
	return &wire{Conn: c, latency: latency, meter: m, opened: time.Now(), dead: make(chan struct{}), idle: idle}
}

// Read counts a round trip when the client speaks after it was answered: it
// may have waited for the answer.
func (w *wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if n > 0 {
		w.meter.bytesIn.Add(int64(n))
		if w.answered.Swap(false) {
			w.meter.wireRoundTrips.Add(1)
		}
	}
	return n, err
}

// Write takes bytes for delivery after the latency. The first bytes also wait
// for the round trip of the TCP handshake, which loopback does not have.
func (w *wire) Write(b []byte) (int, error) {
	w.accepted.Add(int64(len(b)))
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

func (w *wire) send(b []byte) error {
	// Counted before they go: the client may answer before Write returns.
	w.answered.Store(true)
	w.delivered.Add(int64(len(b)))
	n, err := w.Conn.Write(b)
	w.meter.bytesOut.Add(int64(n))
	return err
}

// deliver sends what is due and ends when nothing is under way.
func (w *wire) deliver() {
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
				w.kill()
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
			w.kill()
			return
		}
	}
}

// Close lets what is under way arrive, then closes.
func (w *wire) Close() error {
	w.mu.Lock()
	w.closing = true
	running := w.running
	w.mu.Unlock()
	if !running {
		w.kill()
	}
	return nil
}

// kill closes at once: what is under way is lost.
func (w *wire) kill() {
	w.once.Do(func() {
		close(w.dead)
		w.Conn.Close()
	})
}
