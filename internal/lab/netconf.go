package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"sync"

	netconfdoor "github.com/netmirror/netmirror/internal/lab/door/netconf"
	sshdoor "github.com/netmirror/netmirror/internal/lab/door/ssh"
	"github.com/netmirror/netmirror/internal/lab/model/rpc"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A NETCONFSpec is the NETCONF server of a switch: a subsystem of its SSH server.
type NETCONFSpec struct {
	// Listen is a port of its own, on which there is no command line; "" = none.
	Listen string `yaml:"listen"`
}

func (s *NETCONFSpec) validate(p plant.Platform) []error {
	if s == nil {
		return nil
	}
	var errs []error
	if !p.NETCONF {
		errs = append(errs, fmt.Errorf("netconf: platform %s has no NETCONF server here", p.Name))
	}
	if s.Listen != "" {
		if _, _, err := net.SplitHostPort(s.Listen); err != nil {
			errs = append(errs, fmt.Errorf("netconf.listen: %w", err))
		}
	}
	return errs
}

// NETCONFFaults is what goes wrong with NETCONF. The expressions match an operation's
// name, a blank, and the XML of the message ("^commit "); each fires once.
type NETCONFFaults struct {
	// DropBefore loses the connection before an operation, DropAfter behind it and before
	// its answer.
	DropBefore string `yaml:"dropBefore" json:"dropBefore,omitempty"`
	DropAfter  string `yaml:"dropAfter" json:"dropAfter,omitempty"`
	// HalfClose has the server end its side of the channel at an operation, and read on.
	HalfClose string `yaml:"halfClose" json:"halfClose,omitempty"`
	// LoseLock has an administrator take the lock of the session away at an operation, and
	// another session get it, until ReleaseLock.
	LoseLock string `yaml:"loseLock" json:"loseLock,omitempty"`
	// TrialsEnd takes a commit that waits back when its session ends, as RFC 6241 wants it
	// of one without a persist id, where the platform lets it run on.
	TrialsEnd bool `yaml:"trialsEnd" json:"trialsEnd,omitempty"`
}

// A netconfState is NETCONFFaults in force.
type netconfState struct{ before, after, half, lock *regexp.Regexp }

func newNETCONFState(f NETCONFFaults) (s netconfState, err error) {
	for expr, re := range map[*string]**regexp.Regexp{&f.DropBefore: &s.before, &f.DropAfter: &s.after, &f.HalfClose: &s.half, &f.LoseLock: &s.lock} {
		if *expr == "" {
			continue
		}
		var bad error
		if *re, bad = regexp.Compile(*expr); bad != nil {
			err = errors.Join(err, fmt.Errorf("faults: netconf: %w", bad))
		}
	}
	return s, err
}

// operation tells what becomes of an operation.
func (s *faultState) operation(forms ...string) netconfdoor.Fate {
	s.mu.Lock()
	defer s.mu.Unlock()
	fires := func(re *regexp.Regexp, text *string) bool {
		if re == nil || *text == "" || !matchAny(re, forms) {
			return false
		}
		*text = ""
		return true
	}
	switch f := &s.f.NETCONF; {
	case s.terminal.mute != nil && matchAny(s.terminal.mute, forms):
		return netconfdoor.Muted
	case fires(s.netconf.before, &f.DropBefore):
		return netconfdoor.LostBefore
	case fires(s.netconf.half, &f.HalfClose):
		return netconfdoor.HalfClosed
	case fires(s.netconf.lock, &f.LoseLock):
		return netconfdoor.Usurped
	case fires(s.netconf.after, &f.DropAfter):
		return netconfdoor.LostAfter
	}
	return netconfdoor.Happens
}

// A netconfDoor is the NETCONF server of a switch, if it has one.
type netconfDoor struct {
	own *sshdoor.Server // its own port; nil = none
	set sshdoor.Settings

	mu     sync.Mutex
	holder rpc.Session // holds a lock for the control API
}

func (d *netconfDoor) drop() {
	if d.own != nil {
		d.own.Drop()
	}
}

func (d *netconfDoor) close() {
	if d.own != nil {
		d.own.Close()
	}
}

// NETCONFAddr is host:port of a NETCONF server: its own port, or the switch's SSH port;
// empty when there is none.
func (sw *Switch) NETCONFAddr() string {
	switch {
	case sw.spec.NETCONF == nil:
		return ""
	case sw.netconf.own == nil:
		return sw.Addr()
	}
	return sw.netconf.own.Addr()
}

// prepareNETCONF has the SSH server speak NETCONF, too.
func (sw *Switch) prepareNETCONF() {
	if _, can := sw.device.(rpc.Device); !can || sw.spec.NETCONF == nil {
		return
	}
	server := netconfdoor.New(netconfHost{sw})
	sw.set.Subsystems = map[string]func(context.Context, sshdoor.Caller){"netconf": server.Serve}
	sw.netconf.set = sw.set
	sw.netconf.set.NoShell = true
}

// openNETCONF opens a port of its own.
func (sw *Switch) openNETCONF() (err error) {
	if sw.spec.NETCONF == nil || sw.spec.NETCONF.Listen == "" {
		return nil
	}
	sw.netconf.own, err = sshdoor.Open(sw.lab.ctx, &sw.lab.wg, sw.spec.NETCONF.Listen, ownPort{behind{sw}}, &sw.stats.door)
	return err
}

// ownPort is a switch as the SSH door of its NETCONF port sees it.
type ownPort struct{ behind }

func (p ownPort) Settings() sshdoor.Settings { return p.sw.netconf.set }

// netconfHost is a switch as its NETCONF door sees it.
type netconfHost struct{ sw *Switch }

func (h netconfHost) Device() rpc.Device { return h.sw.device.(rpc.Device) } // prepareNETCONF has seen that it is one

func (h netconfHost) Pace() sshdoor.Pace { return behind(h).Pace() }

func (h netconfHost) Arrives(edits bool, forms ...string) netconfdoor.Fate {
	h.sw.commandArrives()
	_, state := h.sw.currentFaults()
	if edits {
		if h.sw.lineArrives() {
			return netconfdoor.LostBefore
		}
		switch state.ConfigLine() {
		case sshdoor.LostBefore:
			return netconfdoor.LostBefore
		case sshdoor.LostAfter:
			return netconfdoor.LostAfter
		}
	}
	return state.operation(forms...)
}

func (h netconfHost) Refusal(forms ...string) (string, bool) {
	_, state := h.sw.currentFaults()
	return state.Refusal(forms...)
}

func (h netconfHost) Distort(text string, forms ...string) string {
	_, state := h.sw.currentFaults()
	return state.Distort(text, forms...)
}

func (h netconfHost) Usurp(ds rpc.Datastore) {
	_ = h.sw.HoldLock(string(ds)) // where somebody was faster it is lost, too
}

func (h netconfHost) Input(n int) (int, bool) {
	_, state := h.sw.currentFaults()
	return state.Input(n)
}

// HoldLock has a further NETCONF session lock a datastore until ReleaseLock, as another
// person or program would.
func (sw *Switch) HoldLock(datastore string) error {
	d, can := sw.device.(rpc.Device)
	if !can {
		return fmt.Errorf("lab: switch %s: platform %s has no NETCONF server", sw.spec.Name, sw.platform.Name)
	}
	sw.ReleaseLock()
	s := d.Open("other", sw.platform.Highest(), "192.0.2.250")
	if err := s.Lock(rpc.Datastore(datastore)); err != nil {
		s.Close()
		return fmt.Errorf("lab: switch %s: lock %s: %w", sw.spec.Name, datastore, err)
	}
	sw.netconf.mu.Lock()
	defer sw.netconf.mu.Unlock()
	sw.netconf.holder = s
	return nil
}

// ReleaseLock ends the session of HoldLock, if there is one.
func (sw *Switch) ReleaseLock() {
	sw.netconf.mu.Lock()
	s := sw.netconf.holder
	sw.netconf.holder = nil
	sw.netconf.mu.Unlock()
	if s != nil {
		s.Close()
	}
}
