package lab

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	snmpdoor "github.com/netmirror/netmirror/internal/lab/door/snmp"
	sshdoor "github.com/netmirror/netmirror/internal/lab/door/ssh"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/mib"
)

// An SNMPSpec is the SNMP agent of a switch, versions 2c and 3.
type SNMPSpec struct {
	Listen string `yaml:"listen"` // a UDP port, default 127.0.0.1:0
	// Community may read over version 2c, WriteCommunity may write, too. Users are those
	// of version 3. One of the three is needed.
	Community      string         `yaml:"community"`
	WriteCommunity string         `yaml:"writeCommunity"`
	Users          []SNMPUserSpec `yaml:"users"`
	// Only32Bits leaves out the 64-bit columns, as old agents do.
	Only32Bits bool `yaml:"only32Bits"`
	// FirstIndex is the ifIndex of the first port, default 1.
	FirstIndex uint32 `yaml:"firstIndex"`
}

// firstIndex is that of a switch with or without an agent.
func (s *SNMPSpec) firstIndex() uint32 {
	if s == nil {
		return 1
	}
	return max(s.FirstIndex, 1)
}

// An SNMPUserSpec is a user of version 3. Without privacy his messages are signed and
// not encrypted.
type SNMPUserSpec struct {
	Name     string `yaml:"name"`
	Auth     string `yaml:"auth"`     // sha (default), sha224, sha256, sha384, sha512
	Password string `yaml:"password"` // at least 8 octets (RFC 3414)
	Privacy  string `yaml:"privacy"`  // password of AES with 128 bits
	Write    bool   `yaml:"write"`
}

func (s *SNMPSpec) validate() []error {
	if s == nil {
		return nil
	}
	var errs []error
	if s.Community == "" && s.WriteCommunity == "" && len(s.Users) == 0 {
		errs = append(errs, errors.New("snmp: a community or a user is needed"))
	}
	if s.Listen != "" {
		if _, _, err := net.SplitHostPort(s.Listen); err != nil {
			errs = append(errs, fmt.Errorf("snmp.listen: %w", err))
		}
	}
	if s.FirstIndex > 1<<31-1<<20 {
		errs = append(errs, fmt.Errorf("snmp.firstIndex: %d is too high", s.FirstIndex))
	}
	names := map[string]bool{}
	for _, u := range s.Users {
		switch {
		case u.Name == "" || len(u.Name) > 32:
			errs = append(errs, errors.New("snmp.users: a name has 1 to 32 octets"))
		case names[u.Name]:
			errs = append(errs, fmt.Errorf("snmp.users: %s is listed twice", u.Name))
		case u.Auth != "" && !slices.Contains(snmpdoor.Protocols(), u.Auth):
			errs = append(errs, fmt.Errorf("snmp.users: auth %q of %s is not %s", u.Auth, u.Name, strings.Join(snmpdoor.Protocols(), ", ")))
		case len(u.Password) < 8 || u.Privacy != "" && len(u.Privacy) < 8:
			errs = append(errs, fmt.Errorf("snmp.users: a password of %s is shorter than 8 octets", u.Name))
		}
		names[u.Name] = true
	}
	return errs
}

// openAgent opens the agent of a switch that has one.
func (sw *Switch) openAgent() (err error) {
	spec := sw.spec.SNMP
	if spec == nil {
		return nil
	}
	set := snmpdoor.Settings{Community: spec.Community, WriteCommunity: spec.WriteCommunity, Narrow: spec.Only32Bits}
	for _, u := range spec.Users {
		set.Users = append(set.Users, &snmpdoor.User{Name: u.Name, Protocol: cmp.Or(u.Auth, "sha"), Password: u.Password, Privacy: u.Privacy, Write: u.Write})
	}
	sw.agent, err = snmpdoor.Open(&sw.lab.wg, cmp.Or(spec.Listen, "127.0.0.1:0"), agentHost{sw}, set, &sw.stats.agent)
	return err
}

// SNMPAddr is host:port of the SNMP agent, empty when there is none.
func (sw *Switch) SNMPAddr() string {
	if sw.agent == nil {
		return ""
	}
	return sw.agent.Addr()
}

// SNMPReports is how often a message of version 3 was answered with a report of a kind,
// by the object that it names.
func (sw *Switch) SNMPReports(object string) int64 { return sw.stats.agent.Reports(object) }

// SNMPSet carries bindings out as another manager's SET would, all or none. Faults do not
// apply and nothing is counted. A switch that takes none refuses.
func (sw *Switch) SNMPSet(bindings ...mib.Binding) error {
	agent, takes := sw.device.(mib.Agent)
	if !takes {
		return fmt.Errorf("lab: switch %s: nothing of it is set over SNMP", sw.spec.Name)
	}
	if status, index := agent.Set(bindings); status != mib.NoError {
		return fmt.Errorf("lab: switch %s: error status %d at binding %d", sw.spec.Name, status, index)
	}
	return nil
}

// agentHost is a switch as its SNMP agent sees it.
type agentHost struct{ sw *Switch }

func (h agentHost) Agent() mib.Agent {
	agent, _ := h.sw.device.(mib.Agent)
	return agent
}

func (h agentHost) Silent() bool {
	f, _ := h.sw.currentFaults()
	h.sw.mu.Lock()
	defer h.sw.mu.Unlock()
	return f.Silent || time.Now().Before(h.sw.upAt)
}

func (h agentHost) Delay(set bool) time.Duration {
	t := h.sw.timing()
	d := t.Latency.std() + t.ThinkTime.std()
	if set {
		d += t.CommitTime.std()
	}
	return d
}

func (h agentHost) Trouble() snmpdoor.Trouble {
	f, _ := h.sw.currentFaults()
	t := snmpdoor.Trouble{OtherPasswords: f.WrongPassword, MaxBindings: f.SNMP.MaxBindings, CommitFails: f.SNMP.CommitFails, HalfDone: f.SNMP.HalfDone}
	for _, text := range f.SNMP.NotWritable {
		object, _ := mib.Parse(text) // SetFaults has seen what is none
		t.NotWritable = append(t.NotWritable, object)
	}
	return t
}

// Engine is the agent's: its id is of text (RFC 3411, section 5) and of the switch. A
// restart begins its time anew.
func (h agentHost) Engine() snmpdoor.Engine {
	sw := h.sw
	f, state := sw.currentFaults()
	sw.mu.Lock()
	boots := sw.reloads + 1
	sw.mu.Unlock()
	name := cmp.Or(f.SNMP.Engine, sw.spec.Name)
	at := int64(sw.uptime()/time.Second) + int64(f.SNMP.EngineTime.std()/time.Second)
	return snmpdoor.Engine{ID: "\x80\x00\x7e\xd9\x04" + name[:min(len(name), 27)], Boots: int64(boots), Time: at + state.jump()}
}

func (h agentHost) Lost(request bool) bool {
	_, state := h.sw.currentFaults()
	return state.datagramLost(request)
}

// Arrives counts a SET as a line of a configuration: the faults and the moments of those
// are its too.
func (h agentHost) Arrives() snmpdoor.Fate {
	_, state := h.sw.currentFaults()
	if h.sw.lineArrives() {
		return snmpdoor.LostBefore
	}
	return map[sshdoor.Fate]snmpdoor.Fate{sshdoor.LostBefore: snmpdoor.LostBefore, sshdoor.LostAfter: snmpdoor.LostAfter}[state.ConfigLine()]
}

func (h agentHost) System() snmpdoor.System {
	sw := h.sw
	var list []fabric.Interface
	var at, renumbered time.Time
	for range 5 { // the clock belongs to the counters: not where something came between
		before := sw.lab.now()
		list, renumbered = sw.Interfaces()
		if at = sw.lab.now(); at.Sub(before) < 2*time.Millisecond {
			break
		}
	}
	sw.mu.Lock()
	booted, boots := sw.bootedAt, sw.reloads+1
	sw.mu.Unlock()
	since := func(at time.Time) time.Duration { // of the start
		if at.IsZero() {
			return 0
		}
		return max(at.Sub(booted), 0)
	}
	out := snmpdoor.System{Description: fmt.Sprintf("simulation of the netmirror lab: %s %s %s", sw.spec.Platform, sw.spec.Model, sw.spec.Version),
		Name: sw.spec.Hostname, Uptime: at.Sub(booted), Boots: boots, Renumbered: since(renumbered), Interfaces: make([]snmpdoor.Interface, len(list))}
	first := sw.spec.SNMP.firstIndex()
	for i, p := range list {
		out.Interfaces[i] = snmpdoor.Interface{Index: uint32(p.Index-1) + first, Type: 6, Name: p.Port, Short: p.Short, Alias: p.Description, MAC: p.MAC, Speed: uint64(p.Speed),
			Up: p.Up && !(p.Monitor && sw.platform.CopiesReadDown), AdminDown: p.Down,
			InOctets: p.InOctets, InFrames: p.InFrames, OutOctets: p.OutOctets, OutFrames: p.OutFrames, OutDrops: p.OutDrops,
			Discontinuity: since(p.Discontinuity)}
	}
	return out
}
