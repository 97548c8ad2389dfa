package main

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/internal/lab"
)

// The steps about load have a server each, on a port of acc-1 with 1 Gbit/s as the IDS
// has. What netmirror has once learned of a port counts for an hour.
const (
	busySession  = `{"sources": [{"device": "acc-1", "interface": "Gi1/0/8"}], "destinations": [{"tool": "ids-1"}]}`
	quietSession = `{"sources": [{"device": "acc-1", "interface": "Gi1/0/9"}], "destinations": [{"tool": "ids-1"}], "onOverload": {"action": "relieve", "ladder": ["rx-only"]}}`
)

// loadSteps are the steps about what a destination can take, and whether copies arrive.
func (a *labAct) loadSteps() []func() error {
	return []func() error{a.stepTooMuch, a.stepRelieved, a.stepSilent}
}

// carry has a server receive and send so much.
func (a *labAct) carry(port string, bitsEachWay lab.BitRate) error {
	for _, direction := range []string{"in", "out"} {
		if err := a.acc.SetTraffic(port, direction, lab.TrafficSpec{BitsPerSecond: bitsEachWay}); err != nil {
			return err
		}
	}
	a.acc.SteadyMeans() // as if it had been so for long
	return nil
}

func (a *labAct) stepTooMuch() error {
	a.say("\n8. A server receives 600 Mbit/s and sends as much. Both copied to the IDS are more than its port takes, so it is refused before any switch is touched:")
	if err := a.carry("Gi1/0/8", 600e6); err != nil {
		return err
	}
	var p client.Problem
	if err := a.curl("PUT", "/sessions/server-8", busySession, 422, &p); err != nil {
		return err
	}
	a.say("%s", indent(explained(&p).Error()))
	if len(p.Proposals) == 0 {
		return fmt.Errorf("nothing was proposed instead")
	}
	a.say("   The first proposal, taken:")
	body, err := merged(busySession, p.Proposals[0].Patch)
	if err != nil {
		return err
	}
	if err := a.curl("PUT", "/sessions/server-8", body, 201, nil); err != nil {
		return err
	}
	return a.curl("DELETE", "/sessions/server-8", "", 204, nil)
}

// merged is a session with a flat JSON merge patch.
func merged(session string, patch json.RawMessage) (string, error) {
	var s, p map[string]json.RawMessage
	if err := json.Unmarshal([]byte(session), &s); err != nil {
		return "", err
	}
	if err := json.Unmarshal(patch, &p); err != nil {
		return "", err
	}
	maps.Copy(s, p)
	b, err := json.Marshal(s)
	return string(b), err
}

func (a *labAct) stepRelieved() error {
	a.say("\n9. Another server is quiet, and both directions fit. Later they do not: what is copied is reduced by the ladder of the session, and only for as long.")
	if err := a.carry("Gi1/0/9", 50e6); err != nil {
		return err
	}
	if err := a.curl("PUT", "/sessions/server-9", quietSession, 201, nil); err != nil {
		return err
	}
	asked := monitorLines(a.acc)
	if err := a.carry("Gi1/0/9", 600e6); err != nil {
		return err
	}
	a.say("   The server carries 600 Mbit/s each way from now on. What netmirror says after three readings of the counters:")
	if err := a.told("DestinationHealthy", "False"); err != nil {
		return err
	}
	took, err := a.until("what is copied is reduced", func() (bool, error) { return monitorLines(a.acc) != asked, nil })
	if err != nil {
		return err
	}
	a.say("   Reduced %v later. What the switch says:\n%s", took, indent(monitorLines(a.acc)))
	if err := a.carry("Gi1/0/9", 50e6); err != nil {
		return err
	}
	a.say("   The load goes away. Once it has been low for long enough (here a few seconds, usually a minute):")
	if took, err = a.until("it is again as asked", func() (bool, error) { return monitorLines(a.acc) == asked, nil }); err != nil {
		return err
	}
	a.say("   As asked again, after %v:\n%s", took, indent(monitorLines(a.acc)))
	return nil
}

func (a *labAct) stepSilent() error {
	a.say("\n10. The switch keeps its configuration, and stops copying. Nothing shows it but the counters of the destination:")
	if err := a.told("Effective", "True"); err != nil {
		return err
	}
	if err := a.acc.UpdateFaults(func(f *lab.Faults) { f.MirrorsNothing = true }); err != nil {
		return err
	}
	if err := a.told("Effective", "False"); err != nil {
		return err
	}
	if err := a.acc.UpdateFaults(func(f *lab.Faults) { f.MirrorsNothing = false }); err != nil {
		return err
	}
	if err := a.carry("Gi1/0/9", 0); err != nil {
		return err
	}
	return a.curl("DELETE", "/sessions/server-9", "", 204, nil)
}

// told waits until a condition of the session is so, and shows it.
func (a *labAct) told(condition, status string) error {
	c, err := dial(client.Options{URL: a.url, Token: a.token})
	if err != nil {
		return err
	}
	var found string
	took, err := a.until(condition+" "+status, func() (bool, error) {
		s, err := c.GetSession(a.ctx, "server-9")
		if err != nil {
			return false, err
		}
		for _, is := range s.Value.Status.Conditions {
			if is.Type == condition && is.Status == status {
				found = fmt.Sprintf("phase %s; %s %s, %s: %s", s.Value.Status.Phase, is.Type, is.Status, is.Reason, is.Message)
				return true, nil
			}
		}
		return false, nil
	})
	if err == nil {
		a.say("   after %v: %s", took, plain(found))
	}
	return err
}
