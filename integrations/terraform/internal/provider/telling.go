package provider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/client"
)

// mostLines is how much of what devices are sent a plan shows of one object.
const mostLines = 30

// A telling is what a plan says of one object, for people.
type telling struct {
	lines []string
	sent  bool // devices are sent something
}

// send adds what a device is sent.
func (t *telling) send(device string, what client.Payload) {
	for i, b := range what.Blocks {
		t.sent = true
		if i == 0 {
			t.lines = append(t.lines, device+":")
		}
		for line := range strings.Lines(strings.TrimRight(b.Text, "\n")) {
			t.lines = append(t.lines, "  "+strings.TrimRight(line, "\r\n"))
		}
	}
}

// say adds a sentence.
func (t *telling) say(format string, args ...any) {
	t.lines = append(t.lines, fmt.Sprintf(format, args...))
}

func (t *telling) forecast(list []client.Forecast) {
	for _, f := range list {
		where := f.Device + " " + f.Interface
		switch {
		case f.Tool != "":
			where = "tool " + f.Tool
		case f.IP != "":
			where = f.IP
		case f.Link:
			where = "link " + where
		}
		t.say("load of %s: %s", where, f.Message)
	}
}

// ofLoad are codes of warnings whose sentence the forecast has, too.
var ofLoad = []string{"oversubscribed", "upper-bound", "capacity-unknown", "load-unknown"}

func (t *telling) warnings(list []client.Reason) {
	for _, r := range list {
		if !slices.Contains(ofLoad, r.Code) {
			t.say("note: %s", sentence(r))
		}
	}
}

// String is all of it, cut to what a person reads.
func (t *telling) String() string {
	lines := t.lines
	if more := len(lines) - mostLines; more > 0 {
		lines = append(append([]string{}, lines[:mostLines]...), fmt.Sprintf("and %d more lines", more))
	}
	return strings.Join(lines, "\n")
}

// plainPlan adds what a dry run of a session answered.
func (t *telling) plainPlan(p client.Plan) {
	for _, d := range p.Devices {
		t.send(d.Device, d.Forward)
	}
	if t.sent {
		t.forecast(p.Forecast)
	}
	t.warnings(p.Warnings)
}
