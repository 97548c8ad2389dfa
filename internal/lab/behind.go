package lab

import (
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	sshdoor "github.com/netmirror/netmirror/internal/lab/door/ssh"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// doorSettings is what the description says of the SSH server.
func doorSettings(spec SwitchSpec, style cmdline.Style) sshdoor.Settings {
	set := sshdoor.Settings{Style: style, Banner: spec.LoginBanner, Methods: spec.SSH.Auth, Legacy: spec.SSH.LegacyAlgorithms}
	for _, c := range spec.Credentials {
		keys, _ := sshdoor.ParseAuthorized(c.PublicKeys) // Validate has seen the error
		set.Users = append(set.Users, sshdoor.User{Name: c.Username, Password: c.Password, Keys: keys, Privilege: c.Privilege})
	}
	return set
}

// behind is a switch as its SSH door and its control plane see it.
type behind struct{ sw *Switch }

// Admits reports whether a further connection is taken: not while booting, and
// not more than there are terminal lines.
func (b behind) Admits(open int) bool {
	b.sw.mu.Lock()
	defer b.sw.mu.Unlock()
	lines := b.sw.spec.SSH.MaxSessions
	if n := b.sw.faults.f.Terminal.Lines; n > 0 { // never changes within a state
		lines = n
	}
	return !time.Now().Before(b.sw.upAt) && open < lines
}

func (b behind) Settings() sshdoor.Settings { return b.sw.set }

func (b behind) Login(user string, privilege int, from string) cmdline.Dialogue {
	return b.sw.speaker.Login(user, privilege, from)
}

func (b behind) Pace() sshdoor.Pace {
	t := b.sw.timing()
	return sshdoor.Pace{Latency: t.Latency.std(), Authorization: t.Authorization.std(), ThinkTime: t.ThinkTime.std(),
		SaveTime: t.SaveTime.std(), CommitTime: t.CommitTime.std(), PromptDelay: t.PromptDelay.std()}
}

func (b behind) Trouble() (sshdoor.Trouble, sshdoor.Tamperer) {
	f, state := b.sw.currentFaults()
	return sshdoor.Trouble{WrongPassword: f.WrongPassword, Silent: f.Silent, ForcePaging: f.ForcePaging,
		EarlyEcho: f.Terminal.EarlyEcho, IdleTimeout: f.Terminal.IdleTimeout.std()}, state
}

func (b behind) Signer() sshdoor.Signer { return b.sw.signer() }

func (b behind) CommandArrives() { b.sw.commandArrives() }

func (b behind) LineArrives() bool { return b.sw.lineArrives() }

func (b behind) Reload() { b.sw.Reload() }

func (b behind) Spec() plant.Spec { return b.sw.spec.neutral() }

func (b behind) Fabric() *fabric.Fabric { return b.sw.lab.fabric }

func (b behind) Node() *fabric.Node { return b.sw.node }

func (b behind) Saved() { b.sw.stats.saves.Add(1) }

func (b behind) Uptime() time.Duration { return b.sw.uptime() }

func (b behind) Clock() plant.Clock { return b.sw.lab.clock }

func (b behind) Faults() plant.Faults {
	f, _ := b.sw.currentFaults()
	return plant.Faults{NotProgrammed: f.NotProgrammed, KeepShells: f.KeepShells, TrialsEnd: f.NETCONF.TrialsEnd, WrongSecret: f.WrongEnable, Log: f.ConsoleLog, Unresolved: f.Unresolved}
}
