package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	snmpdoor "github.com/netmirror/netmirror/internal/lab/door/snmp"
	sshdoor "github.com/netmirror/netmirror/internal/lab/door/ssh"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A Lab is a running set of virtual switches.
type Lab struct {
	ctx      context.Context
	cancel   context.CancelFunc
	unwatch  func() bool
	wg       sync.WaitGroup
	now      func() time.Time // of traffic, counters and uptime
	fabric   *fabric.Fabric
	switches []*Switch
	byName   map[string]*Switch
	control  net.Listener
	clock    plant.Clock
	issuer   issuer
}

// A Switch is one virtual switch of a running lab. Its methods may be called
// from any goroutine.
type Switch struct {
	lab      *Lab
	spec     SwitchSpec
	platform plant.Platform
	node     *fabric.Node
	device   plant.Device
	speaker  cmdline.Speaker  // nil = nobody can log in
	door     *sshdoor.Server  // nil then
	agent    *snmpdoor.Server // nil = none
	gnmi     gnmiDoor
	netconf  netconfDoor
	set      sshdoor.Settings
	stats    *counters

	mu       sync.Mutex
	faults   *faultState
	timings  Timing
	key      sshdoor.Signer
	keySeed  string
	bootedAt time.Time
	reloads  int
	upAt     time.Time        // no connection before: it is booting
	onLine   func(n int) bool // see OnConfigLine
	lineNo   int

	onCommand func(n int) // see OnCommand
	commandNo int
}

// Start builds the switches and opens their doors. The lab runs until Close,
// or until ctx ends (Close must be called all the same). All errors of all
// switches are reported together.
func Start(ctx context.Context, s Spec) (*Lab, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	l := &Lab{now: s.Now, fabric: fabric.New(s.Now), byName: map[string]*Switch{}, clock: plant.Clock{Factor: s.Fabric.ClockFactor}}
	l.ctx, l.cancel = context.WithCancel(ctx)
	platforms := map[string]plant.Platform{}
	for _, spec := range s.Fabric.Switches {
		plat, _ := platformByName(spec.Platform)
		platforms[spec.Name] = plat
		sw := newSwitch(l, spec, plat)
		l.switches = append(l.switches, sw)
		l.byName[spec.Name] = sw
	}
	errs := []error{l.wire(s.Fabric, platforms)}
	for _, sw := range l.switches {
		if err := sw.start(platforms[sw.spec.Name]); err != nil {
			errs = append(errs, fmt.Errorf("lab: switch %s: %w", sw.spec.Name, err))
		}
	}
	for _, sw := range l.switches {
		sw.SteadyMeans()
	}
	if s.Fabric.Control != "" {
		errs = append(errs, l.serveControl(s.Fabric.Control))
	}
	if err := errors.Join(errs...); err != nil {
		l.Close()
		return nil, err
	}
	l.unwatch = context.AfterFunc(l.ctx, l.shut)
	return l, nil
}

// Close ends the lab and waits until nothing of it runs any more.
func (l *Lab) Close() {
	if l.unwatch != nil {
		l.unwatch()
	}
	l.cancel()
	l.shut()
	l.wg.Wait()
}

func (l *Lab) shut() {
	if l.control != nil {
		l.control.Close()
	}
	for _, sw := range l.switches {
		sw.shut()
	}
}

// Switch returns a switch by name, or nil.
func (l *Lab) Switch(name string) *Switch { return l.byName[name] }

// Switches lists the switches in the order of the description.
func (l *Lab) Switches() []*Switch { return append([]*Switch(nil), l.switches...) }

// ControlAddr is the address of the control API, empty when there is none.
func (l *Lab) ControlAddr() string {
	if l.control == nil {
		return ""
	}
	return l.control.Addr().String()
}

func (l *Lab) serveControl(addr string) error {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("lab: control: %w", err)
	}
	l.control = ln
	srv := &http.Server{Handler: l.ControlHandler(), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(l.ctx, func() { srv.Close() })
	l.wg.Add(1)
	go func() {
		defer l.wg.Done()
		srv.Serve(ln)
	}()
	return nil
}

func newSwitch(l *Lab, spec SwitchSpec, plat plant.Platform) *Switch {
	if spec.Hostname == "" {
		spec.Hostname = spec.Name
	}
	spec.Credentials = slices.Clone(spec.Credentials)
	if len(spec.Credentials) == 0 {
		spec.Credentials = []CredentialSpec{{Username: "admin", Password: "admin"}}
	}
	for i, c := range spec.Credentials {
		if c.Privilege == 0 {
			spec.Credentials[i].Privilege = plat.Highest()
		}
	}
	if spec.SSH.MaxSessions == 0 {
		spec.SSH.MaxSessions = 16
	}
	ports, _ := plat.Ports(spec.neutral()) // Validate has seen the error
	sw := &Switch{lab: l, spec: spec, platform: plat, stats: &counters{}, timings: spec.Timing,
		keySeed: spec.SSH.HostKeySeed, bootedAt: l.now().Add(-spec.Uptime.std())}
	sw.node = l.fabric.AddNode(spec.Name, ports, plat.Short)
	return sw
}

// start configures and opens the switch.
func (sw *Switch) start(plat plant.Platform) error {
	err := sw.SetFaults(sw.spec.Faults) // first: a control plane asks for them when it boots
	if err != nil {
		return err
	}
	if sw.device, err = plat.Open(behind{sw}); err != nil {
		return err
	}
	if !plat.NoTerminals {
		if err := sw.openTerminals(plat); err != nil {
			return err
		}
	}
	return errors.Join(sw.openAgent(), sw.openGNMI())
}

// openTerminals opens the SSH server.
func (sw *Switch) openTerminals(plat plant.Platform) (err error) {
	speaker, ok := sw.device.(cmdline.Speaker)
	if !ok {
		return fmt.Errorf("platform %s has no command line", plat.Name)
	}
	sw.speaker, sw.set = speaker, doorSettings(sw.spec, speaker.Style())
	if sw.key == nil {
		if sw.key, err = sshdoor.NewKey(sw.keySeed, sw.spec.SSH.LegacyAlgorithms); err != nil {
			return err
		}
	}
	addr := sw.spec.SSH.Listen
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	sw.prepareNETCONF()
	if sw.door, err = sshdoor.Open(sw.lab.ctx, &sw.lab.wg, addr, behind{sw}, &sw.stats.door); err != nil {
		return err
	}
	return sw.openNETCONF()
}

func (sw *Switch) shut() {
	if sw.door != nil {
		sw.door.Close()
	}
	if sw.agent != nil {
		sw.agent.Close()
	}
	sw.gnmi.close()
	sw.netconf.close()
	if sw.device != nil {
		sw.device.Stop()
	}
}

// currentFaults returns the faults in force. The lists of the copy are not
// the caller's to read: firing changes them.
func (sw *Switch) currentFaults() (Faults, *faultState) {
	sw.mu.Lock()
	state := sw.faults
	sw.mu.Unlock()
	state.mu.Lock()
	defer state.mu.Unlock()
	return state.f, state
}

func (sw *Switch) timing() Timing {
	sw.mu.Lock()
	defer sw.mu.Unlock()
	return sw.timings
}

func (sw *Switch) signer() sshdoor.Signer {
	sw.mu.Lock()
	defer sw.mu.Unlock()
	return sw.key
}

func (sw *Switch) uptime() time.Duration {
	sw.mu.Lock()
	defer sw.mu.Unlock()
	return sw.lab.now().Sub(sw.bootedAt)
}
