package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/internal/lab"
)

//go:embed demo.yaml
var demoFabric []byte

// labAct is a fabric of simulated switches over real SSH.
type labAct struct {
	typeAhead string // "" = as by default
	*stage
	lab  *lab.Lab
	spec lab.Spec
	acc  *lab.Switch
	leaf *lab.Switch
}

func (a *labAct) open(s *stage, _ string) error {
	a.stage = s
	s.say("\n=== Two simulated Catalyst 9300 and an Arista 7050 over real SSH on loopback ===\n")
	var err error
	if a.spec, err = lab.Load(bytes.NewReader(demoFabric)); err != nil {
		return err
	}
	if a.lab, err = lab.Start(s.ctx, a.spec); err != nil {
		return err
	}
	a.acc, a.leaf = a.lab.Switch("acc-1"), a.lab.Switch("leaf-1")
	for _, sw := range a.lab.Switches() {
		s.say("  %-7s ssh -p %s netmirror@127.0.0.1   (password demo, enable secret demo-enable)", sw.Name(), port(sw))
	}
	return nil
}

func (a *labAct) close() error {
	if a.lab != nil {
		a.lab.Close()
	}
	return nil
}

func port(sw *lab.Switch) string {
	_, p, _ := net.SplitHostPort(sw.Addr())
	return p
}

const farSession = `{"sources": [{"device": "dist-1", "interface": "Gi1/0/5", "direction": "rx"}], "destinations": [{"tool": "ids-1"}], "rspan": {"vlan": 900, "transit": [{"device": "dist-1", "trunks": ["Te1/1/1"]}, {"device": "acc-1", "trunks": ["Te1/1/1"]}]}}`

const labSession = `{"sources": [{"device": "acc-1", "interface": "Gi1/0/14"}, {"device": "acc-1", "interface": "Gi1/0/2-4", "direction": "rx"}], "destinations": [{"tool": "ids-1"}]}`

func (a *labAct) play(s *stage) error {
	s.hint("nm -X PUT $NM/api/v1/sessions/mine -d '%s'", labSession)
	s.hint("ssh -p %s netmirror@127.0.0.1 show monitor session all", port(a.acc))
	steps := []func() error{a.stepDevices, a.stepSession, a.stepDrift, a.stepRefusal, a.stepDelete, a.stepFar, a.stepLeaf}
	for _, step := range append(steps, a.loadSteps()...) {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (a *labAct) stepDevices() error {
	a.say("\n1. Tell it of the switches and of a tool. Devices name a credentials profile, which stays on the controller's machine:")
	profile := []string{"credentials", "set", "demo", "--for", "127.0.0.0/8", "--username", "netmirror", "--password", "env:DEMO_PASSWORD", "--enable", "env:DEMO_ENABLE"}
	a.say("   netmirror %s", strings.Join(profile, " "))
	if err := run(a.ctx, append(profile, "--data", a.data), console{out: io.Discard, err: io.Discard, env: func(string) (string, bool) { return "", false }}); err != nil {
		return err
	}
	for i, sw := range a.lab.Switches() {
		host, p, err := net.SplitHostPort(sw.Addr())
		if err != nil {
			return err
		}
		number, err := strconv.Atoi(p)
		if err != nil {
			return err
		}
		typed := ""
		if a.typeAhead != "" {
			typed = fmt.Sprintf(`, "typeAhead": %q`, a.typeAhead)
		}
		settings := fmt.Sprintf(`"platform": %q`, a.spec.Fabric.Switches[i].Platform)
		if sw == a.leaf {
			settings += `, "confirm": "timer"`
		}
		device := fmt.Sprintf(`{%s, "transports": {"config": {"protocol": "cli", "address": %q, "port": %d, "credentials": "demo"%s}}}`, settings, host, number, typed)
		if err := a.curl("PUT", "/devices/"+sw.Name(), device, 201, nil); err != nil {
			return err
		}
	}
	return a.curl("PUT", "/tools/ids-1", `{"device": "acc-1", "interface": "Gi1/0/23"}`, 201, nil)
}

func (a *labAct) stepSession() error {
	a.say("\n2. Copy a phone's port, and what three others send, to the IDS. First what would be sent (dryRun):")
	if err := a.preview("phones", labSession); err != nil {
		return err
	}
	a.say("   And now for real; the answer waits until the switch was read back:")
	if err := a.curl("PUT", "/sessions/phones", labSession, 201, nil); err != nil {
		return err
	}
	a.say("   What the switch says (session 1 is somebody else's):\n%s", indent(monitorLines(a.acc)))
	return nil
}

// preview shows what a session would send to each switch, and what would undo it.
func (a *labAct) preview(name, session string) error {
	var plan struct {
		Devices []struct {
			Device        string
			Forward, Undo struct{ Blocks []struct{ Text string } }
		}
	}
	if err := a.curl("PUT", "/sessions/"+name+"?dryRun=true", session, 200, &plan); err != nil {
		return err
	}
	for _, d := range plan.Devices {
		a.say("   to %s:", d.Device)
		for _, b := range d.Forward.Blocks {
			a.say("%s", indent(b.Text))
		}
		a.say("   and to undo it:")
		for _, b := range d.Undo.Blocks {
			a.say("%s", indent(b.Text))
		}
	}
	return nil
}

// monitorLines are a switch's own words for its sessions.
func monitorLines(sw *lab.Switch) string {
	var out []string
	for _, line := range strings.Split(sw.RunningConfig(), "\n") {
		if strings.HasPrefix(line, "monitor session") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

func (a *labAct) stepDrift() error {
	a.say("\n3. Somebody types on the switch:  no monitor session 66 source interface Gi1/0/14")
	good := monitorLines(a.acc)
	a.acc.Exec("configure terminal", "no monitor session 66 source interface Gi1/0/14", "end")
	if monitorLines(a.acc) == good {
		return fmt.Errorf("the switch did not take the change")
	}
	took, err := a.until("the switch is repaired", func() (bool, error) { return monitorLines(a.acc) == good, nil })
	if err == nil {
		a.say("   Repaired after %v, at the next read.", took)
	}
	return err
}

func (a *labAct) stepRefusal() error {
	a.say("\n4. What cannot be is refused with every reason, and nothing is sent.")
	var p client.Problem
	bad := `{"sources": [{"device": "acc-1", "interface": "Gi1/0/23"}, {"device": "acc-1", "interface": "Gi9/9/9"}], "destinations": [{"device": "acc-1", "interface": "Te1/1/1"}], "sample": 100}`
	if err := a.curl("PUT", "/sessions/bad", bad, 422, &p); err != nil {
		return err
	}
	a.say("%s", indent(explained(&p).Error()))
	return nil
}

func (a *labAct) stepDelete() error {
	a.say("\n5. Delete it: the switch is cleaned first, then the intent goes.")
	if err := a.curl("DELETE", "/sessions/phones", "", 204, nil); err != nil {
		return err
	}
	a.say("   What is left on the switch:\n%s", indent(monitorLines(a.acc)))
	return nil
}

func (a *labAct) stepFar() error {
	a.say("\n6. Copy a server's port on dist-1 to the same tool, over the trunk between the switches (RSPAN): all of it or nothing.")
	held := func() string {
		var out string
		for _, sw := range a.lab.Switches() {
			out += sw.RunningConfig()
		}
		return stampLine.ReplaceAllString(out, "")
	}
	before := held()
	if err := a.preview("server-5", farSession); err != nil {
		return err
	}
	a.say("   The list of acc-1's trunk is extended; dist-1's carries every VLAN already and stays as it is. Now for real:")
	if err := a.curl("PUT", "/sessions/server-5", farSession, 201, nil); err != nil {
		return err
	}
	a.say("   Copies at the tool, as its port on acc-1 counts them: %d frames a second.", a.acc.Counters()["GigabitEthernet1/0/23"].OutRate)
	if err := a.curl("DELETE", "/sessions/server-5", "", 204, nil); err != nil {
		return err
	}
	if after := held(); after != before {
		return fmt.Errorf("the switches do not hold what they held before:\n%s", after)
	}
	a.say("   Both switches hold what they held before, byte for byte (time stamps aside).")
	return nil
}

// leafSession ends at two ports.
const leafSession = `{"sources": [{"device": "leaf-1", "interface": "Et7"}], "destinations": [{"device": "leaf-1", "interface": "Et47"}, {"device": "leaf-1", "interface": "Et48"}]}`

func (a *labAct) stepLeaf() error {
	a.say("\n7. The same request to an Arista switch, here with two receivers. Its setting is confirm: timer: each push goes back by itself unless netmirror confirms it.")
	before := a.leaf.RunningConfig()
	if err := a.preview("server-7", leafSession); err != nil {
		return err
	}
	if err := a.curl("PUT", "/sessions/server-7", leafSession, 201, nil); err != nil {
		return err
	}
	a.say("   What the switch says (theirs is somebody else's):\n%s", indent(monitorLines(a.leaf)))
	if err := a.curl("DELETE", "/sessions/server-7", "", 204, nil); err != nil {
		return err
	}
	if after := a.leaf.RunningConfig(); after != before {
		return fmt.Errorf("the switch does not hold what it held before:\n%s", after)
	}
	return nil
}

// stampLine are the lines of a configuration that tell the time.
var stampLine = regexp.MustCompile(`(?m)^(! .*|Current configuration.*)\n`)
