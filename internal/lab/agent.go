package lab

import (
	"errors"
	"fmt"
	"net"
	"time"

	snmpdoor "github.com/netmirror/netmirror/internal/lab/door/snmp"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// An SNMPSpec is the SNMP agent of a switch, version 2c.
type SNMPSpec struct {
	Listen    string `yaml:"listen"` // a UDP port, default 127.0.0.1:0
	Community string `yaml:"community"`
	// Only32Bits leaves out the 64-bit columns, as old agents do.
	Only32Bits bool `yaml:"only32Bits"`
}

func (s *SNMPSpec) validate() []error {
	if s == nil {
		return nil
	}
	var errs []error
	if s.Community == "" {
		errs = append(errs, errors.New("snmp: a community is needed"))
	}
	if s.Listen != "" {
		if _, _, err := net.SplitHostPort(s.Listen); err != nil {
			errs = append(errs, fmt.Errorf("snmp.listen: %w", err))
		}
	}
	return errs
}

// openAgent opens the agent of a switch that has one.
func (sw *Switch) openAgent() (err error) {
	set := sw.spec.SNMP
	if set == nil {
		return nil
	}
	addr := set.Listen
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	sw.agent, err = snmpdoor.Open(&sw.lab.wg, addr, agentHost{sw}, snmpdoor.Settings{Community: set.Community, Narrow: set.Only32Bits}, &sw.stats.agent)
	return err
}

// SNMPAddr is host:port of the SNMP agent, empty when there is none.
func (sw *Switch) SNMPAddr() string {
	if sw.agent == nil {
		return ""
	}
	return sw.agent.Addr()
}

// agentHost is a switch as its SNMP agent sees it.
type agentHost struct{ sw *Switch }

func (h agentHost) Silent() bool {
	f, _ := h.sw.currentFaults()
	h.sw.mu.Lock()
	defer h.sw.mu.Unlock()
	return f.Silent || time.Now().Before(h.sw.upAt)
}

func (h agentHost) Latency() time.Duration { return h.sw.timing().Latency.std() }

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
	for i, p := range list {
		out.Interfaces[i] = snmpdoor.Interface{Name: p.Port, Short: p.Short, Alias: p.Description, MAC: p.MAC, Speed: uint64(p.Speed),
			Up: p.Up && !(p.Monitor && sw.platform.CopiesReadDown), AdminDown: p.Down,
			InOctets: p.InOctets, InFrames: p.InFrames, OutOctets: p.OutOctets, OutFrames: p.OutFrames, OutDrops: p.OutDrops,
			Discontinuity: since(p.Discontinuity)}
	}
	return out
}
