package lab

import (
	"fmt"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
)

// execCommands are those of user and privileged mode.
func execCommands(g *cmdline.Grammar[iosxeRun]) {
	g.Add("enable [<level:0-15>]", cmdEnable)
	g.Add("disable", func(c *iosxeCLI, _ *cmdline.Args) cmdline.Reply {
		c.privilege = 1
		return cmdline.Reply{}
	})
	bye := func(*iosxeCLI, *cmdline.Args) cmdline.Reply { return cmdline.Reply{Hangup: true} }
	g.Add("exit", bye)
	g.Add("quit", bye)
	g.Add("logout", bye)
	g.Add("terminal length <n:0-512>", func(c *iosxeCLI, a *cmdline.Args) cmdline.Reply {
		c.length, c.lengthSet = a.Num("n"), true
		return cmdline.Reply{}
	})
	g.Add("terminal no length", func(c *iosxeCLI, _ *cmdline.Args) cmdline.Reply {
		c.lengthSet = false
		return cmdline.Reply{}
	})
	nothing := func(*iosxeCLI, *cmdline.Args) cmdline.Reply { return cmdline.Reply{} }
	g.Add("terminal width <n:0-512>", nothing)
	g.Add("terminal no monitor", func(c *iosxeCLI, _ *cmdline.Args) cmdline.Reply {
		c.monitorOn = false
		return cmdline.Reply{}
	})
	g.Add("terminal monitor", func(c *iosxeCLI, _ *cmdline.Args) cmdline.Reply {
		c.monitorOn = true
		return cmdline.Reply{}
	})
	g.Add("terminal history size <n:0-512>", nothing)
}

// privilegedCommands are those of privileged mode alone.
func privilegedCommands(g *cmdline.Grammar[iosxeRun]) {
	g.Add("configure terminal [lock]", cmdConfigure)
	g.Add("configure", func(c *iosxeCLI, a *cmdline.Args) cmdline.Reply {
		return cmdline.Reply{Ask: &cmdline.Question{Prompt: "Configuring from terminal, memory, or network [terminal]? ",
			Then: func(string) cmdline.Reply { return c.locked(func() cmdline.Reply { return cmdConfigure(c, a) }) }}}
	})
	g.Add("configure terminal revert timer <minutes:1-120>", cmdConfigureRevert)
	g.Add("configure confirm", cmdConfirm)
	g.Add("configure revert now", cmdRevertNow)
	g.Add("write [memory]", cmdWrite)
	g.Add("copy running-config startup-config", func(c *iosxeCLI, a *cmdline.Args) cmdline.Reply {
		return cmdline.Reply{Ask: &cmdline.Question{Prompt: "Destination filename [startup-config]? ",
			Then: func(string) cmdline.Reply { return c.locked(func() cmdline.Reply { return cmdWrite(c, a) }) }}}
	})
	g.Add("reload", cmdReload)
	g.Add("clear counters [<if:if>]", func(c *iosxeCLI, a *cmdline.Args) cmdline.Reply {
		return cmdline.Reply{Ask: &cmdline.Question{Prompt: "Clear \"show interface\" counters on all interfaces [confirm]", AnyKey: true,
			Then: func(string) cmdline.Reply {
				c.d.sw.lab.fabric.ClearCounters(c.d.sw.node, a.Str("if"))
				return cmdline.Reply{}
			}}}
	})
	g.Add("dir [<path:word>]", func(c *iosxeCLI, _ *cmdline.Args) cmdline.Reply {
		return cmdline.Reply{Text: "Directory of flash:/\n\n    1  -rw-     " + fmt.Sprint(len(c.d.startup)) +
			"  " + time.Now().UTC().Format("Jan 2 2006 15:04:05") + " +00:00  vlan.dat\n\n11353194496 bytes total (8565174272 bytes free)\n"}
	})
}

// locked runs f with the switch's lock: answers to questions come later than
// the command that asked.
func (c *iosxeCLI) locked(f func() cmdline.Reply) cmdline.Reply {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	return f()
}

// cmdEnable asks for the secret, three times at most.
func cmdEnable(c *iosxeCLI, _ *cmdline.Args) cmdline.Reply {
	secret := c.d.sw.spec.EnableSecret
	if c.privilege >= 15 {
		return cmdline.Reply{}
	}
	if secret == "" {
		return cmdline.Reply{Text: "% Error in authentication.\n\n"}
	}
	return c.askSecret(secret, 3)
}

func (c *iosxeCLI) askSecret(secret string, tries int) cmdline.Reply {
	return cmdline.Reply{Ask: &cmdline.Question{Prompt: "Password: ", Secret: true, Then: func(given string) cmdline.Reply {
		f, _ := c.d.sw.currentFaults()
		switch {
		case given == secret && !f.WrongEnable:
			c.privilege = 15
			return cmdline.Reply{}
		case tries > 1 && given != "":
			return c.askSecret(secret, tries-1)
		}
		return cmdline.Reply{Text: "% Bad secrets\n\n"}
	}}}
}

func cmdConfigure(c *iosxeCLI, _ *cmdline.Args) cmdline.Reply {
	c.mode, c.changed = modeConfig, false
	return cmdline.Reply{Text: "Enter configuration commands, one per line.  End with CNTL/Z.\n"}
}

func cmdWrite(c *iosxeCLI, _ *cmdline.Args) cmdline.Reply {
	c.d.save(c.user)
	return cmdline.Reply{Text: "Building configuration...\n[OK]\n", Save: true}
}

// cmdReload asks whether to save first when there is something to save.
func cmdReload(c *iosxeCLI, _ *cmdline.Args) cmdline.Reply {
	confirm := &cmdline.Question{Prompt: "Proceed with reload? [confirm]", AnyKey: true, Then: func(key string) cmdline.Reply {
		if key == "" || strings.ContainsAny(key, "\r\nyY") {
			return cmdline.Reply{Reboot: true}
		}
		return cmdline.Reply{}
	}}
	if c.d.startup == c.d.render() {
		return cmdline.Reply{Ask: confirm}
	}
	var modified *cmdline.Question
	modified = &cmdline.Question{Prompt: "System configuration has been modified. Save? [yes/no]: ", Then: func(answer string) cmdline.Reply {
		switch strings.ToLower(answer) {
		case "yes", "y":
			c.locked(func() cmdline.Reply { c.d.save(c.user); return cmdline.Reply{} })
			return cmdline.Reply{Text: "Building configuration...\n[OK]\n", Save: true, Ask: confirm}
		case "no", "n", "":
			return cmdline.Reply{Ask: confirm}
		}
		return cmdline.Reply{Text: "% Please answer 'yes' or 'no'.\n", Ask: modified}
	}}
	return cmdline.Reply{Ask: modified}
}

// A revertTimer undoes a configuration that nobody confirms. The feature and
// its need of `archive` with a path are documented; the texts are not
// recorded.
type revertTimer struct {
	timer *time.Timer
	saved *cmdline.Node
}

func cmdConfigureRevert(c *iosxeCLI, a *cmdline.Args) cmdline.Reply {
	d := c.d
	n := d.conf.Find(func(s string) bool { return s == "archive" })
	if n == nil || valueOf(n, "path") == "" {
		return cmdline.Reply{Text: "%Rollback Confirmed Change: archive path must be configured first\n"}
	}
	if d.revert != nil {
		return cmdline.Reply{Text: "%Rollback Confirmed Change: a change is already pending\n"}
	}
	r := &revertTimer{saved: d.tree().Clone()}
	d.revert = r
	r.timer = time.AfterFunc(time.Duration(a.Num("minutes"))*time.Minute, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.revert == r {
			d.restore(r)
		}
	})
	out := cmdConfigure(c, a)
	out.Text = "Rollback Confirmed Change: Backing up current running config to " + valueOf(n, "path") + "\n" + out.Text
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

func cmdConfirm(c *iosxeCLI, _ *cmdline.Args) cmdline.Reply {
	if c.d.revert == nil {
		return cmdline.Reply{Text: "%No Rollback Confirmed Change pending\n"}
	}
	c.d.cancelRevert()
	return cmdline.Reply{}
}

func cmdRevertNow(c *iosxeCLI, _ *cmdline.Args) cmdline.Reply {
	if c.d.revert == nil {
		return cmdline.Reply{Text: "%No Rollback Confirmed Change pending\n"}
	}
	c.d.restore(c.d.revert)
	return cmdline.Reply{}
}
