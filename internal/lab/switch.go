package lab

import (
	"errors"
	"fmt"
	"strings"
	"time"

	sshdoor "github.com/netmirror/netmirror/internal/lab/door/ssh"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// Name is the switch's name in the description.
func (sw *Switch) Name() string { return sw.spec.Name }

// Addr is host:port of the SSH server, empty when there is none.
func (sw *Switch) Addr() string {
	if sw.door == nil {
		return ""
	}
	return sw.door.Addr()
}

// HostKey is the public host key in authorized_keys form, empty without an SSH server.
func (sw *Switch) HostKey() string {
	if sw.door == nil {
		return ""
	}
	return sshdoor.AuthorizedLine(sw.signer().PublicKey())
}

// RunningConfig is the configuration in force, without the lines that change
// by themselves (size, times).
func (sw *Switch) RunningConfig() string { return sw.device.RunningConfig() }

// StartupConfig is the configuration that was saved last.
func (sw *Switch) StartupConfig() string { return sw.device.StartupConfig() }

// Lapse lets the time run out now in which a commit that waits can be confirmed: when
// it returns, the switch has gone back. A switch without such commits does nothing.
func (sw *Switch) Lapse() {
	if d, can := sw.device.(interface{ Lapse() }); can {
		d.Lapse()
	}
}

// Stats is what the switch has counted so far.
func (sw *Switch) Stats() Stats { return sw.stats.snapshot() }

// Faults returns a copy of the faults in force; one that fires once and has
// fired is gone from it (a Refusal with Times has -1 left).
func (sw *Switch) Faults() Faults {
	_, state := sw.currentFaults()
	state.mu.Lock()
	defer state.mu.Unlock()
	return state.f.clone()
}

// SetFaults replaces all faults; counts (lines, bytes, times) start anew.
func (sw *Switch) SetFaults(f Faults) error {
	state, err := newFaultState(f.clone())
	trouble, err2 := sw.trouble(f)
	if err := errors.Join(err, err2); err != nil {
		return fmt.Errorf("lab: switch %s: %w", sw.spec.Name, err)
	}
	sw.mu.Lock()
	was := "" // ChangedHostKey never changes within a state
	if sw.faults != nil {
		was = sw.faults.f.ChangedHostKey
	}
	changed := was != f.ChangedHostKey
	sw.faults = state
	if changed {
		seed := f.ChangedHostKey
		if seed == "" {
			seed = sw.keySeed
		}
		if sw.key, err = sshdoor.NewKey(seed, sw.spec.SSH.LegacyAlgorithms); err != nil {
			sw.mu.Unlock()
			return err
		}
	}
	sw.mu.Unlock()
	if sw.door != nil { // not while it starts
		sw.door.Rearm()
	}
	sw.lab.fabric.SetTrouble(sw.node, trouble)
	if d, hears := sw.device.(interface{ FaultsChanged() }); hears {
		d.FaultsChanged()
	}
	return nil
}

// trouble is what faults mean in the data plane.
func (sw *Switch) trouble(f Faults) (t fabric.Trouble, err error) {
	t = fabric.Trouble{Lost: f.LosesCopies, Bits32: f.Counters.Bits32, Refresh: f.Counters.Refresh.std()}
	if f.MirrorsNothing || f.NotProgrammed {
		t.Lost = 1
	}
	for _, name := range f.Unplugged {
		p, e := sw.port(name)
		if err = errors.Join(err, e); e == nil {
			t.Unplugged = append(t.Unplugged, p.Name)
		}
	}
	return t, err
}

// port finds a port by any of its names.
func (sw *Switch) port(name string) (*fabric.Port, error) {
	full, ok := sw.platform.Canonical(name)
	if p := sw.node.ByName[full]; ok && p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("there is no port %q", name)
}

// UpdateFaults changes some faults and keeps the others; counts start anew.
func (sw *Switch) UpdateFaults(change func(*Faults)) error {
	f := sw.Faults()
	change(&f)
	return sw.SetFaults(f)
}

// Timing returns how slow the switch is.
func (sw *Switch) Timing() Timing { return sw.timing() }

// SetTiming changes how slow the switch is, open connections included.
func (sw *Switch) SetTiming(t Timing) {
	sw.mu.Lock()
	defer sw.mu.Unlock()
	sw.timings = t
}

// Reload restarts the switch: connections drop, the unsaved configuration is
// forgotten, counters and uptime start anew.
func (sw *Switch) Reload() {
	sw.mu.Lock()
	sw.bootedAt = sw.lab.now()
	sw.reloads++
	sw.upAt = time.Now().Add(sw.timings.BootTime.std())
	sw.mu.Unlock()
	sw.DropConnections()
	sw.lab.fabric.Restart(sw.node)
	sw.device.Boot("reload")
}

// OnConfigLine has f called before each configuration line that arrives over a
// connection is carried out, with its number counted from 1 since this call;
// nil ends it. The line waits until f returns, so that a test can do something
// at exactly that moment, such as killing the client; when f returns true the
// connection is lost there, with the line and what was typed ahead.
func (sw *Switch) OnConfigLine(f func(n int) bool) {
	sw.mu.Lock()
	defer sw.mu.Unlock()
	sw.onLine, sw.lineNo = f, 0
}

// OnCommand has f called before each command that arrives over a connection is
// carried out, the lines of configurations among them, with its number counted
// from 1 since this call; nil ends it. The command waits until f returns.
func (sw *Switch) OnCommand(f func(n int)) {
	sw.mu.Lock()
	defer sw.mu.Unlock()
	sw.onCommand, sw.commandNo = f, 0
}

// commandArrives tells who asked for it of a command.
func (sw *Switch) commandArrives() {
	sw.mu.Lock()
	sw.commandNo++
	f, n := sw.onCommand, sw.commandNo
	sw.mu.Unlock()
	if f != nil {
		f(n)
	}
}

// lineArrives tells who asked for it of a configuration line, and reports
// whether the connection is lost there.
func (sw *Switch) lineArrives() bool {
	sw.mu.Lock()
	sw.lineNo++
	f, n := sw.onLine, sw.lineNo
	sw.mu.Unlock()
	return f != nil && f(n)
}

// DropConnections closes every open connection, as a cut line would.
func (sw *Switch) DropConnections() {
	if sw.door != nil {
		sw.door.Drop()
	}
	sw.gnmi.drop()
	sw.netconf.drop()
}

// Exec types lines on the console as a fully privileged person: prompts,
// echo and answers are returned. Questions are answered with Enter. Faults
// do not apply and nothing is counted. It starts in privileged mode. A switch without
// a command line says so.
func (sw *Switch) Exec(lines ...string) string {
	if sw.speaker == nil {
		return "platform " + sw.platform.Name + " has no command line"
	}
	d := sw.speaker.Login("console", sw.platform.Highest(), "console")
	defer d.Close()
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(d.Prompt() + l + "\n")
		if t := strings.TrimSpace(l); t == "" || sw.set.Style.Ignores(t) {
			continue
		}
		r := d.Run(l)
		b.WriteString(r.Text)
		for r.Ask != nil {
			b.WriteString(r.Ask.Prompt + "\n")
			r = r.Ask.Then("")
			b.WriteString(r.Text)
		}
		if r.Reboot {
			sw.Reload()
			return b.String()
		}
		if r.Hangup {
			return b.String()
		}
	}
	b.WriteString(d.Prompt())
	return b.String()
}
