package lab

import "time"

// doorSettings is what the description says of the SSH server.
func doorSettings(spec SwitchSpec, plat platform) sshSettings {
	set := sshSettings{style: plat.style, banner: spec.LoginBanner, methods: spec.SSH.Auth, legacy: spec.SSH.LegacyAlgorithms}
	for _, c := range spec.Credentials {
		keys, _ := parseAuthorized(c.PublicKeys) // Validate has seen the error
		set.users = append(set.users, sshUser{name: c.Username, password: c.Password, keys: keys, privilege: c.Privilege})
	}
	return set
}

// behind is a switch as its SSH door sees it.
type behind struct{ sw *Switch }

// admits reports whether a further connection is taken: not while booting, and
// not more than there are terminal lines.
func (b behind) admits(open int) bool {
	b.sw.mu.Lock()
	defer b.sw.mu.Unlock()
	lines := b.sw.spec.SSH.MaxSessions
	if n := b.sw.faults.f.Terminal.Lines; n > 0 { // never changes within a state
		lines = n
	}
	return !time.Now().Before(b.sw.upAt) && open < lines
}

func (b behind) settings() sshSettings { return b.sw.set }

func (b behind) login(user string, privilege int, from string) dialogue {
	return b.sw.device.login(user, privilege, from)
}

func (b behind) pace() pace {
	t := b.sw.timing()
	return pace{latency: t.Latency.std(), authorization: t.Authorization.std(), thinkTime: t.ThinkTime.std(),
		saveTime: t.SaveTime.std(), promptDelay: t.PromptDelay.std()}
}

func (b behind) trouble() (trouble, tamperer) {
	f, state := b.sw.currentFaults()
	return trouble{wrongPassword: f.WrongPassword, silent: f.Silent, forcePaging: f.ForcePaging,
		earlyEcho: f.Terminal.EarlyEcho, idleTimeout: f.Terminal.IdleTimeout.std()}, state
}

func (b behind) signer() hostSigner { return b.sw.signer() }

func (b behind) commandArrives() { b.sw.commandArrives() }

func (b behind) lineArrives() bool { return b.sw.lineArrives() }

func (b behind) reload() { b.sw.Reload() }
