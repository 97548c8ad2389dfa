package iosxe

import (
	"fmt"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
)

// execCommands are those of user and privileged mode.
func execCommands(g *cmdline.Grammar[run]) {
	g.Add("enable [<level:0-15>]", cmdEnable)
	g.Add("disable", func(c *cli, _ *cmdline.Args) cmdline.Reply {
		c.privilege = 1
		return cmdline.Reply{}
	})
	bye := func(*cli, *cmdline.Args) cmdline.Reply { return cmdline.Reply{Hangup: true} }
	g.Add("exit", bye)
	g.Add("quit", bye)
	g.Add("logout", bye)
	g.Add("terminal length <n:0-512>", func(c *cli, a *cmdline.Args) cmdline.Reply {
		c.length, c.lengthSet = a.Num("n"), true
		return cmdline.Reply{}
	})
	g.Add("terminal no length", func(c *cli, _ *cmdline.Args) cmdline.Reply {
		c.lengthSet = false
		return cmdline.Reply{}
	})
	nothing := func(*cli, *cmdline.Args) cmdline.Reply { return cmdline.Reply{} }
	g.Add("terminal width <n:0-512>", nothing)
	g.Add("terminal no monitor", func(c *cli, _ *cmdline.Args) cmdline.Reply {
		c.monitorOn = false
		return cmdline.Reply{}
	})
	g.Add("terminal monitor", func(c *cli, _ *cmdline.Args) cmdline.Reply {
		c.monitorOn = true
		return cmdline.Reply{}
	})
	g.Add("terminal history size <n:0-512>", nothing)
}

// privilegedCommands are those of privileged mode alone.
func privilegedCommands(g *cmdline.Grammar[run]) {
	g.Add("configure terminal [lock]", cmdConfigure)
	g.Add("configure", func(c *cli, a *cmdline.Args) cmdline.Reply {
		return cmdline.Reply{Ask: &cmdline.Question{Prompt: "Configuring from terminal, memory, or network [terminal]? ",
			Then: func(string) cmdline.Reply { return c.locked(func() cmdline.Reply { return cmdConfigure(c, a) }) }}}
	})
	g.Add("configure terminal revert timer <minutes:1-120>", cmdConfigureRevert)
	g.Add("configure confirm", cmdConfirm)
	g.Add("configure revert now", cmdRevertNow)
	g.Add("write [memory]", cmdWrite)
	g.Add("copy running-config startup-config", func(c *cli, a *cmdline.Args) cmdline.Reply {
		return cmdline.Reply{Ask: &cmdline.Question{Prompt: "Destination filename [startup-config]? ",
			Then: func(string) cmdline.Reply { return c.locked(func() cmdline.Reply { return cmdWrite(c, a) }) }}}
	})
	g.Add("reload", cmdReload)
	g.Add("clear counters [<if:if>]", func(c *cli, a *cmdline.Args) cmdline.Reply {
		return cmdline.Reply{Ask: &cmdline.Question{Prompt: "Clear \"show interface\" counters on all interfaces [confirm]", AnyKey: true,
			Then: func(string) cmdline.Reply {
				c.d.host.Fabric().ClearCounters(c.d.host.Node(), a.Str("if"))
				return cmdline.Reply{}
			}}}
	})
	g.Add("dir [<path:word>]", func(c *cli, _ *cmdline.Args) cmdline.Reply {
		return cmdline.Reply{Text: "Directory of flash:/\n\n    1  -rw-     " + fmt.Sprint(len(c.d.Startup)) +
			"  " + time.Now().UTC().Format("Jan 2 2006 15:04:05") + " +00:00  vlan.dat\n\n11353194496 bytes total (8565174272 bytes free)\n"}
	})
}

// locked runs f with the switch's lock: answers to questions come later than
// the command that asked.
func (c *cli) locked(f func() cmdline.Reply) cmdline.Reply {
	c.d.Lock()
	defer c.d.Unlock()
	return f()
}

// cmdEnable asks for the secret, three times at most.
func cmdEnable(c *cli, _ *cmdline.Args) cmdline.Reply {
	secret := c.d.spec.Secret
	if c.privilege >= 15 {
		return cmdline.Reply{}
	}
	if secret == "" {
		return cmdline.Reply{Text: "% Error in authentication.\n\n"}
	}
	return c.askSecret(secret, 3)
}

func (c *cli) askSecret(secret string, tries int) cmdline.Reply {
	return cmdline.Reply{Ask: &cmdline.Question{Prompt: "Password: ", Secret: true, Then: func(given string) cmdline.Reply {
		f := c.d.host.Faults()
		switch {
		case given == secret && !f.WrongSecret:
			c.privilege = 15
			return cmdline.Reply{}
		case tries > 1 && given != "":
			return c.askSecret(secret, tries-1)
		}
		return cmdline.Reply{Text: "% Bad secrets\n\n"}
	}}}
}

func cmdConfigure(c *cli, _ *cmdline.Args) cmdline.Reply {
	c.mode, c.changed = modeConfig, false
	return cmdline.Reply{Text: "Enter configuration commands, one per line.  End with CNTL/Z.\n"}
}

func cmdWrite(c *cli, _ *cmdline.Args) cmdline.Reply {
	c.d.Save(c.user)
	return cmdline.Reply{Text: "Building configuration...\n[OK]\n", Save: true}
}

// cmdReload asks whether to save first when there is something to save.
func cmdReload(c *cli, _ *cmdline.Args) cmdline.Reply {
	confirm := &cmdline.Question{Prompt: "Proceed with reload? [confirm]", AnyKey: true, Then: func(key string) cmdline.Reply {
		if key == "" || strings.ContainsAny(key, "\r\nyY") {
			return cmdline.Reply{Reboot: true}
		}
		return cmdline.Reply{}
	}}
	if c.d.Startup == c.d.Running.render() {
		return cmdline.Reply{Ask: confirm}
	}
	var modified *cmdline.Question
	modified = &cmdline.Question{Prompt: "System configuration has been modified. Save? [yes/no]: ", Then: func(answer string) cmdline.Reply {
		switch strings.ToLower(answer) {
		case "yes", "y":
			c.locked(func() cmdline.Reply { c.d.Save(c.user); return cmdline.Reply{} })
			return cmdline.Reply{Text: "Building configuration...\n[OK]\n", Save: true, Ask: confirm}
		case "no", "n", "":
			return cmdline.Reply{Ask: confirm}
		}
		return cmdline.Reply{Text: "% Please answer 'yes' or 'no'.\n", Ask: modified}
	}}
	return cmdline.Reply{Ask: modified}
}

// cmdConfigureRevert keeps the configuration until somebody confirms what is
// changed from now on. The feature and its need of `archive` with a path are
// documented; the texts are not recorded.
func cmdConfigureRevert(c *cli, a *cmdline.Args) cmdline.Reply {
	n := c.d.Running.lines.Find(func(s string) bool { return s == "archive" })
	if n == nil || valueOf(n, "path") == "" {
		return cmdline.Reply{Text: "%Rollback Confirmed Change: archive path must be configured first\n"}
	}
	if c.d.Guard(c.user, time.Duration(a.Num("minutes"))*time.Minute) != nil {
		return cmdline.Reply{Text: "%Rollback Confirmed Change: a change is already pending\n"}
	}
	out := cmdConfigure(c, a)
	out.Text = "Rollback Confirmed Change: Backing up current running config to " + valueOf(n, "path") + "\n" + out.Text
	return out
}

func cmdConfirm(c *cli, _ *cmdline.Args) cmdline.Reply {
	return pendingOr(c.d.Store.Confirm(c.user))
}

func cmdRevertNow(c *cli, _ *cmdline.Args) cmdline.Reply {
	return pendingOr(c.d.TakeBack(c.user))
}

func pendingOr(err error) cmdline.Reply {
	if err != nil {
		return cmdline.Reply{Text: "%No Rollback Confirmed Change pending\n"}
	}
	return cmdline.Reply{}
}
