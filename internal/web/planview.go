package web

import (
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/client"
)

// A planView is a stored plan as it is shown before it is applied.
type planView struct {
	client.StoredPlan
	Steps                  []plannedStep
	Devices                int
	Lines                  int
	Made, Altered, Removed int // native sessions and what they stand on
	Interrupts             int // changes that do, or may
	Load                   forecastView
}

// A plannedStep is what one device is sent at once.
type plannedStep struct {
	N              int
	Device         string
	What           []string
	Send, Undo     string
	Unsaid         string
	Interrupts     []string
	NotRead, Alone bool
}

func planViewOf(p client.StoredPlan) *planView {
	out := &planView{StoredPlan: p, Load: forecastOf(p.Forecast, nil, p.Created)}
	devices := map[string]bool{}
	for i, step := range p.Steps {
		v := plannedStep{N: i + 1, Device: step.Device, Send: payloadText(step.Forward), Undo: payloadText(step.Undo), Unsaid: step.Unsaid, NotRead: step.NotRead}
		devices[step.Device] = true
		out.Lines += strings.Count(v.Send, "\n")
		for _, c := range step.Changes {
			v.What = append(v.What, c.Summary)
			switch c.Verb {
			case "create":
				out.Made++
			case "delete":
				out.Removed++
			default:
				out.Altered++
			}
			if c.Interrupts != "no" {
				out.Interrupts++
				v.Interrupts = append(v.Interrupts, strings.TrimSpace(fmt.Sprintf("%s: %s %s", map[string]string{"yes": "interrupts copies", "maybe": "may interrupt copies"}[c.Interrupts], c.Summary, c.Why)))
			}
		}
		out.Steps = append(out.Steps, v)
	}
	out.Devices = len(devices)
	return out
}

// payloadText is what is sent, to the octet.
func payloadText(p client.Payload) string {
	var b strings.Builder
	for _, block := range p.Blocks {
		b.WriteString(block.Text)
		if !strings.HasSuffix(block.Text, "\n") {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// Notes are the warnings of the plan, those of its objects included, each once.
func (p *planView) Notes() (out []client.Reason) {
	seen := map[string]bool{}
	add := func(list []client.Reason) {
		for _, r := range list {
			if !seen[r.Message] {
				seen[r.Message] = true
				out = append(out, r)
			}
		}
	}
	add(p.Warnings)
	for _, o := range p.Objects {
		add(o.Warnings)
	}
	return out
}

// Says is the plan in one sentence.
func (p *planView) Says() string {
	if len(p.StoredPlan.Steps) == 0 {
		return "No device is sent anything."
	}
	return fmt.Sprintf("%s, %s, in this order. Nothing foreign is touched.", plural(p.Devices, "device"), plural(p.Lines, "line"))
}

// Verb is what the button that applies the plan says.
func (p *planView) Verb() string {
	if p.Devices == 0 {
		return "Store it"
	}
	return "Apply to " + plural(p.Devices, "device")
}
