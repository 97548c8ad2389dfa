package console

import (
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestASessionWaitsForALink: a session that is down for a reason which is not told waits
// where none of its destination ports has a link, and is a fault where one may have.
func TestASessionWaitsForALink(t *testing.T) {
	c := &Conn{d: &Driver{p: Platform{Count: &Count{
		One: func(p mirror.PortName) string { return "show " + string(p) },
		Read: func(reply string, _ time.Time) ([]mirror.PortCounters, error) {
			if reply == "?" {
				return nil, mirror.ErrParse
			}
			return []mirror.PortCounters{{Port: mirror.PortName(reply[:1]), Up: mirror.State(reply[1:])}}, nil
		},
	}}}}
	down := Verdict{Programmed: mirror.False, Reason: "State: down", Linkless: true}
	waits := Verdict{Programmed: mirror.Unknown, Reason: "State: down", Linkless: true, Waits: "State: down, while there is no link at a, b"}
	plain := Verdict{Programmed: mirror.False, Reason: "error"}
	up := Verdict{Programmed: mirror.True, Reason: "State: up", Linkless: true}
	both := []mirror.PortName{"a", "b"}
	for name, x := range map[string]struct {
		v       Verdict
		ports   []mirror.PortName
		replies Replies
		want    Verdict
	}{
		"nothing asked": {down, both, nil, Verdict{Ask: "show a"}},
		"one asked":     {down, both, Replies{"show a": "aFalse"}, Verdict{Ask: "show b"}},
		"none has one":  {down, both, Replies{"show a": "aFalse", "show b": "bFalse"}, waits},
		"one has":       {down, both, Replies{"show a": "aTrue"}, down},
		"not known":     {down, both, Replies{"show a": "aUnknown"}, down},
		"another port":  {down, both, Replies{"show a": "bFalse"}, down},
		"not read":      {down, both, Replies{"show a": "?"}, down},
		"no port":       {down, nil, nil, down},
		"a fault":       {plain, both, nil, plain},
		"up":            {up, both, nil, up},
	} {
		if got := c.linkless(x.v, x.ports, x.replies); got != x.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	c.d.p.Count = nil
	if got := c.linkless(down, both, nil); got != down {
		t.Errorf("of a platform without counters: %+v", got)
	}
}
