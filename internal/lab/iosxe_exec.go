package lab

import (
	"fmt"
	"strings"
	"time"
)

// execCommands are those of user and privileged mode.
func execCommands(g *grammar[iosxeRun]) {
	g.add("enable [<level:0-15>]", cmdEnable)
	g.add("disable", func(c *iosxeCLI, _ *args) reply {
		c.privilege = 1
		return reply{}
	})
	bye := func(*iosxeCLI, *args) reply { return reply{hangup: true} }
	g.add("exit", bye)
	g.add("quit", bye)
	g.add("logout", bye)
	g.add("terminal length <n:0-512>", func(c *iosxeCLI, a *args) reply {
		c.length, c.lengthSet = a.num("n"), true
		return reply{}
	})
	g.add("terminal no length", func(c *iosxeCLI, _ *args) reply {
		c.lengthSet = false
		return reply{}
	})
	nothing := func(*iosxeCLI, *args) reply { return reply{} }
	g.add("terminal width <n:0-512>", nothing)
	g.add("terminal no monitor", func(c *iosxeCLI, _ *args) reply {
		c.monitorOn = false
		return reply{}
	})
	g.add("terminal monitor", func(c *iosxeCLI, _ *args) reply {
		c.monitorOn = true
		return reply{}
	})
	g.add("terminal history size <n:0-512>", nothing)
}

// privilegedCommands are those of privileged mode alone.
func privilegedCommands(g *grammar[iosxeRun]) {
	g.add("configure terminal [lock]", cmdConfigure)
	g.add("configure", func(c *iosxeCLI, a *args) reply {
		return reply{ask: &question{prompt: "Configuring from terminal, memory, or network [terminal]? ",
			then: func(string) reply { return c.locked(func() reply { return cmdConfigure(c, a) }) }}}
	})
	g.add("configure terminal revert timer <minutes:1-120>", cmdConfigureRevert)
	g.add("configure confirm", cmdConfirm)
	g.add("configure revert now", cmdRevertNow)
	g.add("write [memory]", cmdWrite)
	g.add("copy running-config startup-config", func(c *iosxeCLI, a *args) reply {
		return reply{ask: &question{prompt: "Destination filename [startup-config]? ",
			then: func(string) reply { return c.locked(func() reply { return cmdWrite(c, a) }) }}}
	})
	g.add("reload", cmdReload)
	g.add("clear counters [<if:if>]", func(c *iosxeCLI, a *args) reply {
		return reply{ask: &question{prompt: "Clear \"show interface\" counters on all interfaces [confirm]", anyKey: true,
			then: func(string) reply {
				c.d.sw.lab.fabric.ClearCounters(c.d.sw.node, a.str("if"))
				return reply{}
			}}}
	})
	g.add("dir [<path:word>]", func(c *iosxeCLI, _ *args) reply {
		return reply{text: "Directory of flash:/\n\n    1  -rw-     " + fmt.Sprint(len(c.d.startup)) +
			"  " + time.Now().UTC().Format("Jan 2 2006 15:04:05") + " +00:00  vlan.dat\n\n11353194496 bytes total (8565174272 bytes free)\n"}
	})
}

// locked runs f with the switch's lock: answers to questions come later than
// the command that asked.
func (c *iosxeCLI) locked(f func() reply) reply {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	return f()
}

// cmdEnable asks for the secret, three times at most.
func cmdEnable(c *iosxeCLI, _ *args) reply {
	secret := c.d.sw.spec.EnableSecret
	if c.privilege >= 15 {
		return reply{}
	}
	if secret == "" {
		return reply{text: "% Error in authentication.\n\n"}
	}
	return c.askSecret(secret, 3)
}

func (c *iosxeCLI) askSecret(secret string, tries int) reply {
	return reply{ask: &question{prompt: "Password: ", secret: true, then: func(given string) reply {
		f, _ := c.d.sw.currentFaults()
		switch {
		case given == secret && !f.WrongEnable:
			c.privilege = 15
			return reply{}
		case tries > 1 && given != "":
			return c.askSecret(secret, tries-1)
		}
		return reply{text: "% Bad secrets\n\n"}
	}}}
}

func cmdConfigure(c *iosxeCLI, _ *args) reply {
	c.mode, c.changed = modeConfig, false
	return reply{text: "Enter configuration commands, one per line.  End with CNTL/Z.\n"}
}

func cmdWrite(c *iosxeCLI, _ *args) reply {
	c.d.save(c.user)
	return reply{text: "Building configuration...\n[OK]\n", save: true}
}

// cmdReload asks whether to save first when there is something to save.
func cmdReload(c *iosxeCLI, _ *args) reply {
	confirm := &question{prompt: "Proceed with reload? [confirm]", anyKey: true, then: func(key string) reply {
		if key == "" || strings.ContainsAny(key, "\r\nyY") {
			return reply{reboot: true}
		}
		return reply{}
	}}
	if c.d.startup == c.d.render() {
		return reply{ask: confirm}
	}
	var modified *question
	modified = &question{prompt: "System configuration has been modified. Save? [yes/no]: ", then: func(answer string) reply {
		switch strings.ToLower(answer) {
		case "yes", "y":
			c.locked(func() reply { c.d.save(c.user); return reply{} })
			return reply{text: "Building configuration...\n[OK]\n", save: true, ask: confirm}
		case "no", "n", "":
			return reply{ask: confirm}
		}
		return reply{text: "% Please answer 'yes' or 'no'.\n", ask: modified}
	}}
	return reply{ask: modified}
}

// A revertTimer undoes a configuration that nobody confirms. The feature and
// its need of `archive` with a path are documented; the texts are not
// recorded.
type revertTimer struct {
	timer *time.Timer
	saved *confNode
}

func cmdConfigureRevert(c *iosxeCLI, a *args) reply {
	d := c.d
	n := d.conf.find(func(s string) bool { return s == "archive" })
	if n == nil || valueOf(n, "path") == "" {
		return reply{text: "%Rollback Confirmed Change: archive path must be configured first\n"}
	}
	if d.revert != nil {
		return reply{text: "%Rollback Confirmed Change: a change is already pending\n"}
	}
	r := &revertTimer{saved: d.tree().clone()}
	d.revert = r
	r.timer = time.AfterFunc(time.Duration(a.num("minutes"))*time.Minute, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.revert == r {
			d.restore(r)
		}
	})
	out := cmdConfigure(c, a)
	out.text = "Rollback Confirmed Change: Backing up current running config to " + valueOf(n, "path") + "\n" + out.text
	return out
}

// restore puts the configuration back that a revert timer kept.
func (d *iosxe) restore(r *revertTimer) {
	d.cancelRevert()
	shut := d.startup
	d.startup = "" // not a restart: ERSPAN sessions come back as they were
	d.load(r.saved)
	d.startup = shut
}

func (d *iosxe) cancelRevert() {
	if d.revert != nil {
		d.revert.timer.Stop()
		d.revert = nil
	}
}

func cmdConfirm(c *iosxeCLI, _ *args) reply {
	if c.d.revert == nil {
		return reply{text: "%No Rollback Confirmed Change pending\n"}
	}
	c.d.cancelRevert()
	return reply{}
}

func cmdRevertNow(c *iosxeCLI, _ *args) reply {
	if c.d.revert == nil {
		return reply{text: "%No Rollback Confirmed Change pending\n"}
	}
	c.d.restore(c.d.revert)
	return reply{}
}
