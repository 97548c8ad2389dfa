package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// countLimit is the most that one reading over a connection for counters may take.
const countLimit = time.Minute

// The pauses before a device is tried again that does not answer over its connection for
// counters.
const (
	firstPause   = 5 * time.Second
	longestPause = 5 * time.Minute
)

// Counters reads counters of a device: over its transport for counters where it has one
// that is served, else over the connection of its worker, where a reading stands between
// runs and starts none (worker.Worker.Counters). The errors are those of reaching and
// reading the device, mirror.ErrNotFound for one that is not stored, and
// mirror.ErrUnreachable for one that nobody drives. A device that did not answer is not
// tried before a pause is over: until then the error is that of the last try.
func (e *Engine) Counters(ctx context.Context, device string, ask mirror.CounterAsk) (mirror.CounterRead, error) {
	if ask.Nothing() {
		return mirror.CounterRead{}, nil
	}
	e.awaitStart(ctx)
	e.mu.Lock()
	line := e.lines[device]
	e.mu.Unlock()
	if line != nil {
		return line.read(ctx, ask, false)
	}
	if w := e.worker(device); w != nil {
		return w.Counters(ctx, ask)
	}
	if _, err := e.Device(ctx, device); err != nil {
		return mirror.CounterRead{}, err
	}
	return mirror.CounterRead{}, fmt.Errorf("device %q is not driven: %w", device, mirror.ErrUnreachable)
}

// CountsEvery is how often the counters of a device's ports that matter are to be read,
// 0 = they cannot be; all says that reading those of every port is cheap.
func (e *Engine) CountsEvery(d mirror.Device) (every time.Duration, all bool) {
	if drv, ok := e.counterDriver(d); ok {
		return drv.Every, true
	}
	drv, err := e.driver(d)
	if err != nil {
		return 0, false
	}
	return drv.CountEvery, drv.CountAll
}

// counterDriver finds what serves a device's transport for counters.
func (e *Engine) counterDriver(d mirror.Device) (worker.CounterDriver, bool) {
	if d.Transports.Counters == nil {
		return worker.CounterDriver{}, false
	}
	i := slices.IndexFunc(e.cfg.Counters, func(c worker.CounterDriver) bool { return c.Protocol == d.Transports.Counters.Protocol })
	if i < 0 {
		return worker.CounterDriver{}, false
	}
	return e.cfg.Counters[i], true
}

// counterFaults refuses a transport for counters that nothing is read over.
func (e *Engine) counterFaults(d mirror.Device) []mirror.Reason {
	if _, served := e.counterDriver(d); served || d.Transports.Counters == nil {
		return nil
	}
	var known []string
	for _, c := range e.cfg.Counters {
		known = append(known, c.Protocol)
	}
	slices.Sort(known)
	there := "none is served"
	if len(known) > 0 {
		there = "served are " + strings.Join(known, ", ")
	}
	return []mirror.Reason{{Pointer: "/transports/counters/protocol", Code: "unsupported",
		Message: fmt.Sprintf("counters are not read over %s; %s. Left out, they are read over the transport config", d.Transports.Counters.Protocol, there)}}
}

// A counterLine is the one connection over which the counters of a device are read and
// nothing else. It is opened when it is needed.
type counterLine struct {
	e      *Engine
	device mirror.Device
	drv    worker.CounterDriver
	turn   chan struct{} // holds a token while somebody reads
	over   context.Context
	end    context.CancelFunc

	// Below: of who has the turn.
	conn     worker.CounterConn
	stamp    string    // of the credentials that it was opened with
	used     time.Time // last
	failures int
	again    time.Time // not before
	last     error     // of the last try
	idle     *time.Timer
}

// lineLocked opens a line for a device that has a transport for counters, in place of an
// earlier one.
func (e *Engine) lineLocked(d mirror.Device) {
	e.endLineLocked(d.Name)
	drv, served := e.counterDriver(d)
	if !served || d.Retired {
		return
	}
	l := &counterLine{e: e, device: d, drv: drv, turn: make(chan struct{}, 1)}
	l.over, l.end = context.WithCancel(e.ctx)
	e.lines[d.Name] = l
}

// endLineLocked ends the line of a device, if there is one.
func (e *Engine) endLineLocked(device string) {
	l := e.lines[device]
	if l == nil {
		return
	}
	delete(e.lines, device)
	l.end()
	e.running.Go(func() {
		l.turn <- struct{}{} // nobody reads on after end for long
		l.close()
	})
}

func (e *Engine) endLines() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, name := range slices.Collect(maps.Keys(e.lines)) {
		e.endLineLocked(name)
	}
}

// read waits for its turn and reads. now tries a device although a pause lasts.
func (l *counterLine) read(caller context.Context, ask mirror.CounterAsk, now bool) (mirror.CounterRead, error) {
	ctx, cancel := context.WithTimeout(caller, countLimit)
	defer cancel()
	defer context.AfterFunc(l.over, cancel)()
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return mirror.CounterRead{}, fmt.Errorf("counters of device %s were not read in time: %w", l.device.Name, mirror.ErrTimeout)
	}
	if l.over.Err() != nil {
		return mirror.CounterRead{}, fmt.Errorf("counters of device %s: its entry changed meanwhile: %w", l.device.Name, mirror.ErrUnreachable)
	}
	target, err := l.target()
	if err != nil {
		l.close()
		return mirror.CounterRead{}, fmt.Errorf("device %s: %w", l.device.Name, err)
	}
	if target.Stamp != l.stamp { // other credentials may reach what these did not
		l.close()
		l.failures, l.last, l.again = 0, nil, time.Time{}
	}
	if !now && time.Now().Before(l.again) {
		return mirror.CounterRead{}, l.last
	}
	start := time.Now()
	read, err := l.ask(worker.Metered(ctx, l.e.shared.Meter, l.device.Platform), target, ask)
	l.used = time.Now()
	if m := l.e.shared.Meter; m != nil {
		m.Dealt(worker.Count, l.device.Platform, l.used.Sub(start), err)
	}
	if l.conn != nil {
		l.rest(target.Transport.IdleClose.Std())
	}
	if err == nil {
		l.failures, l.last, l.again = 0, nil, time.Time{}
		return read, nil
	}
	err = hideLogin(target, fmt.Errorf("device %s: counters over %s: %w", l.device.Name, l.drv.Protocol, err))
	if broken(err) && l.over.Err() == nil {
		l.close()
		l.stamp = target.Stamp // these credentials were tried
		if caller.Err() != nil {
			return mirror.CounterRead{}, err // the caller went, which says nothing of the device
		}
		l.last, l.again = err, time.Now().Add(min(firstPause<<min(l.failures, 10), longestPause))
		l.failures++
	}
	return mirror.CounterRead{}, err
}

// broken: the connection is of no use any more, or there is none.
func broken(err error) bool {
	return errors.Is(err, mirror.ErrUnreachable) || errors.Is(err, mirror.ErrTimeout) || errors.Is(err, mirror.ErrAuth) || errors.Is(err, mirror.ErrCredentials)
}

// ask reads over the connection, which is opened where it is not.
func (l *counterLine) ask(ctx context.Context, target mirror.Target, ask mirror.CounterAsk) (mirror.CounterRead, error) {
	if l.conn == nil {
		platform, err := l.e.driver(l.device)
		if err != nil {
			return mirror.CounterRead{}, err
		}
		dial, cancel := context.WithTimeout(ctx, target.Transport.Timeouts.Dial.Std())
		defer cancel()
		conn, err := l.drv.Connect(dial, target, platform)
		if err != nil {
			return mirror.CounterRead{}, err
		}
		l.conn, l.stamp = conn, target.Stamp
	}
	return l.conn.Counters(ctx, ask)
}

// target is how the device is reached for its counters.
func (l *counterLine) target() (mirror.Target, error) {
	t, err := l.e.targetOver(l.device, *l.device.Transports.Counters)
	if err != nil {
		return t, err
	}
	for _, login := range []mirror.Login{t.Jump, t.Login} {
		if err := l.e.logins.Paused(l.over, login, ""); err != nil {
			return t, err
		}
	}
	// How long an answer is waited for is the transport's own to say unless the entry does:
	// what a command line may take would keep a lost datagram from being sent again.
	limits := l.e.cfg.Timeouts
	t.Transport.Tuning = t.Transport.Over(mirror.Tuning{IdleClose: mirror.Duration(limits.Idle),
		Timeouts: mirror.WaitingLimits{Dial: mirror.Duration(limits.Dial)}})
	t.Facts = l.e.states.Known(l.device.Name).Facts
	return t, nil
}

// rest closes the connection when nobody has used it for a while.
func (l *counterLine) rest(after time.Duration) {
	if l.idle != nil {
		l.idle.Stop()
	}
	l.idle = time.AfterFunc(after, func() {
		select {
		case l.turn <- struct{}{}: // who has it may be about to give it back
			if time.Since(l.used) >= after {
				l.close()
			}
			<-l.turn
		case <-l.over.Done():
		}
	})
}

// close closes the connection, for who has the turn.
func (l *counterLine) close() {
	if l.idle != nil {
		l.idle.Stop()
	}
	if l.conn == nil {
		return
	}
	if err := l.conn.Close(); err != nil {
		l.e.log.Debug("close", "device", l.device.Name, "what", "counters", "err", err)
	}
	l.conn = nil
}

// hideLogin replaces what a target logs in with in the words of an error, which may
// quote a device or a library. The kind of the error stays.
func hideLogin(t mirror.Target, err error) error {
	said := err.Error()
	for _, l := range []mirror.Login{t.Login, t.Jump} {
		said = mirror.Redact(said, []mirror.Secret{l.Password, l.Enable, l.Key, l.SNMP.AuthPassword, l.SNMP.PrivacyPassword},
			[]mirror.Secret{l.Username, l.SNMP.Username, l.SNMP.Community})
	}
	if said == err.Error() {
		return err
	}
	return unsaid{err, said}
}

// unsaid is an error in other words. What it was made of is not shown.
type unsaid struct {
	err  error
	said string
}

func (u unsaid) Error() string        { return u.said }
func (u unsaid) Is(target error) bool { return errors.Is(u.err, target) }
