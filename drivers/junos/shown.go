package junos

import (
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The labels that begin what is told of an analyzer, and of an instance of
// port-mirroring.
const (
	headAnalyzer = "analyzer name"
	headInstance = "instance name"
)

// parseShown reads "show forwarding-options analyzer", "show analyzer" of legacy switches,
// and "show forwarding-options port-mirroring". How several ports are laid out was never
// seen (juniper-junos.md 2.1): all likely ways are read. No output: there is none.
// mirror.ErrParse for anything else.
func parseShown(reply string) ([]text.Labelled, error) {
	out, strange := text.ReadLabelled(said(reply), headAnalyzer, headInstance)
	if strange != "" {
		return nil, text.ParseError(showState, strange)
	}
	return out, nil
}

// stateOf is the command that tells the state of a session.
func stateOf(n mirror.NativeSession) string {
	if strings.HasPrefix(n.ID, instances) {
		return showInstances
	}
	return showState
}

// judge reads the state of an analyzer. One that sends to an address is down while the
// route there does not resolve (juniper-junos.md 1.1): it waits. An analyzer of a legacy
// switch has no line of its state.
func judge(f mirror.Facts, n mirror.NativeSession, _ string, r console.Replies) console.Verdict {
	command := stateOf(n)
	reply, asked := r[command]
	if !asked {
		return console.Verdict{Ask: command}
	}
	if words, refused := showRefusal(reply); refused {
		return console.Verdict{Programmed: mirror.Unknown, Reason: "the device does not tell: " + words}
	}
	all, err := parseShown(reply)
	if err != nil {
		return console.Verdict{Programmed: mirror.Unknown, Reason: err.Error()}
	}
	return among(f, n, command, all)
}

// among judges a session by what a command tells of all.
func among(f mirror.Facts, n mirror.NativeSession, command string, all []text.Labelled) console.Verdict {
	for _, s := range all {
		if s.Name == strings.TrimPrefix(n.ID, instances+" ") {
			return verdict(s, n)
		}
	}
	if n.Spec.Shut {
		return console.Verdict{Programmed: mirror.False, Reason: "deactivated"}
	}
	return console.Verdict{Programmed: mirror.Unknown, Reason: "\"" + spell(f, command) + "\" does not tell of it"}
}

func verdict(s text.Labelled, n mirror.NativeSession) console.Verdict {
	states := s.Fields["State"]
	for _, word := range s.Fields["Output parameters"] { // of an instance, a table
		if word == "up" || word == "down" {
			states = append(states, word)
		}
	}
	words := "State: " + text.Quote(strings.Join(states, ", "))
	down := strings.Contains(strings.ToLower(words), "down")
	switch {
	case len(states) == 0:
		return console.Verdict{Programmed: mirror.Unknown, Reason: "its state is not told"}
	case down && n.Spec.Options.Collector != "":
		return console.Verdict{Programmed: mirror.Unknown, Reason: words, Waits: words + ", while the route to " + n.Spec.Options.Collector + " does not resolve"}
	case down:
		return console.Verdict{Programmed: mirror.False, Reason: words, Linkless: true}
	case strings.EqualFold(states[0], "up"):
		return console.Verdict{Programmed: mirror.True, Reason: words}
	}
	return console.Verdict{Programmed: mirror.Unknown, Reason: words}
}
