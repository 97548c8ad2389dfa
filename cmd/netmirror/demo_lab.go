package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab"
)

//go:embed demo.yaml
var demoFabric []byte

// labAct is a fabric of simulated Catalyst switches over real SSH.
type labAct struct {
	*stage
	lab *lab.Lab
	acc *lab.Switch
}

func (a *labAct) open(s *stage, _ string) error {
	a.stage = s
	s.say("\n=== Two simulated Catalyst 9300 over real SSH on loopback ===\n")
	spec, err := lab.Load(bytes.NewReader(demoFabric))
	if err != nil {
		return err
	}
	if a.lab, err = lab.Start(s.ctx, spec); err != nil {
		return err
	}
	a.acc = a.lab.Switch("acc-1")
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

const labSession = `{"sources": [{"device": "acc-1", "interface": "Gi1/0/14"}, {"device": "acc-1", "interface": "Gi1/0/2-4", "direction": "rx"}], "destinations": [{"tool": "ids-1"}]}`

func (a *labAct) play(s *stage) error {
	s.hint("nm -X PUT $NM/api/v1/sessions/mine -d '%s'", labSession)
	s.hint("ssh -p %s netmirror@127.0.0.1 show monitor session all", port(a.acc))
	for _, step := range []func() error{a.stepDevices, a.stepSession, a.stepDrift, a.stepRefusal, a.stepDelete} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (a *labAct) stepDevices() error {
	a.say("\n1. Tell it of the switches and of a tool. Secrets are references, never values.")
	for _, sw := range a.lab.Switches() {
		host, p, err := net.SplitHostPort(sw.Addr())
		if err != nil {
			return err
		}
		number, err := strconv.Atoi(p)
		if err != nil {
			return err
		}
		device := fmt.Sprintf(`{"platform": "cisco_iosxe", "transports": {"config": {"protocol": "cli", "address": %q, "port": %d, "credentials": {"username": "netmirror", "password": "env:DEMO_PASSWORD", "enable": "env:DEMO_ENABLE"}}}}`, host, number)
		if err := a.curl("PUT", "/devices/"+sw.Name(), device, 201, nil); err != nil {
			return err
		}
	}
	return a.curl("PUT", "/tools/ids-1", `{"device": "acc-1", "interface": "Gi1/0/23"}`, 201, nil)
}

func (a *labAct) stepSession() error {
	a.say("\n2. Copy a phone's port, and what three others send, to the IDS. First what would be sent (dryRun):")
	var plan struct {
		Devices []struct {
			Forward, Undo struct{ Blocks []struct{ Text string } }
		}
	}
	if err := a.curl("PUT", "/sessions/phones?dryRun=true", labSession, 200, &plan); err != nil {
		return err
	}
	for _, d := range plan.Devices {
		for _, b := range d.Forward.Blocks {
			a.say("%s", indent(b.Text))
		}
		for _, b := range d.Undo.Blocks {
			a.say("   and to undo it:\n%s", indent(b.Text))
		}
	}
	a.say("   And now for real; the answer waits until the switch was read back:")
	if err := a.curl("PUT", "/sessions/phones", labSession, 201, nil); err != nil {
		return err
	}
	a.say("   What the switch says (session 1 is somebody else's):\n%s", indent(a.monitorLines()))
	return nil
}

// monitorLines are the switch's own words for its sessions.
func (a *labAct) monitorLines() string {
	var out []string
	for _, line := range strings.Split(a.acc.RunningConfig(), "\n") {
		if strings.HasPrefix(line, "monitor session") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

func (a *labAct) stepDrift() error {
	a.say("\n3. Somebody types on the switch:  no monitor session 66 source interface Gi1/0/14")
	good := a.monitorLines()
	a.acc.Exec("configure terminal", "no monitor session 66 source interface Gi1/0/14", "end")
	if a.monitorLines() == good {
		return fmt.Errorf("the switch did not take the change")
	}
	took, err := a.until("the switch is repaired", func() (bool, error) { return a.monitorLines() == good, nil })
	if err == nil {
		a.say("   Repaired after %v, at the next read.", took)
	}
	return err
}

func (a *labAct) stepRefusal() error {
	a.say("\n4. What cannot be is refused with every reason, and nothing is sent.")
	var p problem
	bad := `{"sources": [{"device": "acc-1", "interface": "Gi1/0/23"}, {"device": "acc-1", "interface": "Gi9/9/9"}], "destinations": [{"device": "acc-1", "interface": "Te1/1/1"}], "sample": 100}`
	if err := a.curl("PUT", "/sessions/bad", bad, 422, &p); err != nil {
		return err
	}
	a.say("%s", indent(p.Error()))
	return nil
}

func (a *labAct) stepDelete() error {
	a.say("\n5. Delete it: the switch is cleaned first, then the intent goes.")
	if err := a.curl("DELETE", "/sessions/phones", "", 204, nil); err != nil {
		return err
	}
	a.say("   What is left on the switch:\n%s", indent(a.monitorLines()))
	return nil
}
