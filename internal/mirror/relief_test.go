package mirror_test

import (
	"math"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// What may be said of the load of the destination.
func TestWordsOfAdmissionAndOverload(t *testing.T) {
	admission := func(a mirror.Admission) func(*mirror.Session) { return func(s *mirror.Session) { s.Admission = &a } }
	overload := func(action string, ladder ...string) func(*mirror.Session) {
		return func(s *mirror.Session) { s.OnOverload = &mirror.OnOverload{Action: action, Ladder: ladder} }
	}
	for name, c := range map[string]struct {
		change func(*mirror.Session)
		want   string // pointer and code of the only fault, "" = none
	}{
		"nothing is said":         {admission(mirror.Admission{}), ""},
		"all is said":             {admission(mirror.Admission{Mode: "enforce", Basis: "worst-case", MaxUtilization: 1}), ""},
		"modes":                   {admission(mirror.Admission{Mode: "off", Basis: "measured"}), ""},
		"warn":                    {admission(mirror.Admission{Mode: "warn"}), ""},
		"another mode":            {admission(mirror.Admission{Mode: "strict"}), "/admission/mode bad-value"},
		"another basis":           {admission(mirror.Admission{Basis: "guess"}), "/admission/basis bad-value"},
		"more than all":           {admission(mirror.Admission{MaxUtilization: 1.01}), "/admission/maxUtilization out-of-range"},
		"less than nothing":       {admission(mirror.Admission{MaxUtilization: -0.1}), "/admission/maxUtilization out-of-range"},
		"no number":               {admission(mirror.Admission{MaxUtilization: math.NaN()}), "/admission/maxUtilization out-of-range"},
		"reported":                {overload("report"), ""},
		"reported without a word": {overload(""), ""},
		"relieved":                {overload("relieve", "truncate", "sample", "rx-only", "shed-sources", "suspend"), ""},
		"in another order":        {overload("relieve", "suspend", "truncate"), ""},
		"another action":          {overload("panic"), "/onOverload/action bad-value"},
		"another rung":            {overload("relieve", "rx-only", "drop"), "/onOverload/ladder/1 bad-value"},
		"a rung twice":            {overload("relieve", "rx-only", "rx-only"), "/onOverload/ladder/1 duplicate"},
		"relief without a ladder": {overload("relieve"), "/onOverload/ladder missing"},
		"a ladder without relief": {overload("report", "rx-only"), "/onOverload/ladder contradiction"},
		"a ladder and no word":    {overload("", "rx-only"), "/onOverload/ladder contradiction"},
	} {
		t.Run(name, func(t *testing.T) {
			s := mirror.Session{Name: "s", Enabled: true, Sources: []mirror.Source{{Device: "sw1", Interface: "p1"}}, Destinations: []mirror.Destination{{Tool: "ids"}}}
			c.change(&s)
			got := ""
			for _, f := range s.WithDefaults().Validate() {
				got += f.Pointer + " " + f.Code
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
