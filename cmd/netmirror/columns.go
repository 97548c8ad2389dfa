package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// A resource is what the API answered, as a tree.
type resource map[string]any

// value finds what stands at a path such as "status.facts.model".
func (r resource) value(path string) any {
	var v any = map[string]any(r)
	for key := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

// at finds the text at a path.
func (r resource) at(path string) string {
	switch v := r.value(path).(type) {
	case nil:
		return ""
	case []any:
		out := make([]string, len(v))
		for i, x := range v {
			out[i] = fmt.Sprint(x)
		}
		return strings.Join(out, ", ")
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

// when finds the time at a path, zero where there is none.
func (r resource) when(path string) time.Time {
	t, _ := time.Parse(time.RFC3339, r.at(path))
	return t
}

func field(head, at string) column {
	return column{head: head, text: func(r resource) string { return r.at(at) }}
}

// ofSession is a column that needs a session's own type.
func ofSession(head string, text func(client.Session) string) column {
	return column{head: head, text: func(r resource) string {
		var s client.Session
		if err := retyped(r, &s); err != nil {
			return err.Error()
		}
		return text(s)
	}}
}

// retyped is one value as another type of the same JSON.
func retyped(from, to any) error {
	b, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, to)
}

func computed(head string, text func(resource) string) column {
	return column{head: head, text: text}
}

// aged is how long ago something was, 5m or 3d; left how long it is until then.
func aged(head, at string) column {
	return computed(head, func(r resource) string { return brieflyIn(time.Since(r.when(at)), r.when(at)) }).number()
}

func left(head, at string) column {
	return computed(head, func(r resource) string { return brieflyIn(time.Until(r.when(at)), r.when(at)) }).number()
}

func brieflyIn(d time.Duration, of time.Time) string {
	if of.IsZero() {
		return ""
	}
	return briefly(d)
}

// briefly is a time in one unit, as people say it: 40s, 12m, 7h, 30d. For years it has at
// most three characters, so that no table changes its columns while it gets older.
func briefly(d time.Duration) string {
	switch d = max(0, d); {
	case d < 100*time.Second:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < 100*time.Minute:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// lasting is a whole duration, without units that are zero: 40s, 1h, 2h30m.
func lasting(d client.Duration) string {
	text := d.String()
	for _, zero := range [][2]string{{"m0s", "m"}, {"h0m", "h"}} {
		if rest, ok := strings.CutSuffix(text, zero[0]); ok {
			text = rest + zero[1]
		}
	}
	return text
}

// moment is a time to the second, in UTC.
func moment(head, at string) column {
	return computed(head, func(r resource) string {
		if t := r.when(at); !t.IsZero() {
			return t.UTC().Format(time.RFC3339)
		}
		return r.at(at)
	}).number()
}

// labelled are labels as selectors name them.
var labelled = computed("LABELS", func(r resource) string {
	labels, _ := r.value("spec.labels").(map[string]any)
	var out []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		out = append(out, fmt.Sprintf("%s=%v", k, labels[k]))
	}
	return strings.Join(out, ",")
}).wide()

// tables are the columns of each kind.
var tables = map[string][]column{
	"sessions": {field("NAME", "name").name(), field("PHASE", "status.phase").name(), field("GEN", "status.generation").number().wide(), field("KIND", "status.kind").wide(),
		ofSession("SOURCES", sourcesOf).needed(2), ofSession("DESTINATION", destinationsOf).needed(3), computed("LOAD", measuredLoad).number().needed(1),
		left("LEFT", "status.expires"), aged("AGE", "status.created"), ofSession("UNTIL", leaseEnd).wide(), field("TICKET", "spec.purpose.ticket").wide(), labelled,
		ofSession("TROUBLE", trouble).needed(4).least(24)},
	"devices": {field("NAME", "name").name(), field("PLATFORM", "spec.platform").needed(2), field("REACHABLE", "status.reachable.status").needed(5), computed("USED", nativeUsed).number().needed(3),
		field("MODEL", "status.facts.model").needed(1), field("VERSION", "status.facts.version"), aged("READ", "status.observedAt").needed(1),
		field("MANAGED BY", "status.managedBy").wide(), field("ADDRESS", "spec.transports.config.address").wide(), field("PROFILE", "spec.transports.config.credentials").wide(), labelled,
		computed("MESSAGE", deviceTrouble).needed(4).least(24)},
	"tools": {field("NAME", "name").name(), computed("AT", toolAt).needed(3), computed("CAPACITY", toolTakes).number().needed(2), field("OWNER", "spec.owner").needed(1),
		field("ACCEPTS", "spec.accepts").wide(), labelled, field("DESCRIPTION", "spec.description")},
	"filters": {field("NAME", "name").name(), computed("RULES", ruleTexts).needed(2), labelled, field("DESCRIPTION", "spec.description")},
	"triggers": {field("NAME", "name").name(), field("FORMAT", "spec.format").needed(2), computed("STATE", triggerStateOf).needed(4), computed("ALIVE", triggerAlive).number().needed(3),
		field("STARTED", "status.started").number().needed(2), field("RENEWED", "status.renewed").number().needed(1), field("REFUSED", "status.refused").number().needed(2),
		field("LEASE", "spec.lease").needed(2), labelled, field("DESCRIPTION", "spec.description")},
	"webhooks": {field("NAME", "name").name(), computed("TO", webhookHost).needed(3), computed("STATE", webhookStateOf).needed(4), field("TAKEN", "status.delivered").number().needed(2),
		field("BEHIND", "status.behind").number().needed(2), field("DEAD", "status.deadLetters").number().needed(2), computed("EVENTS", eventFilterText).needed(1), labelled,
		field("ERROR", "status.error").needed(1).least(24)},
	"credentials": {field("NAME", "name").name(), field("FOR", "for").needed(1), computed("TROUBLE", profileTrouble).needed(2)},
	"interfaces": {field("NAME", "name").name(), field("UP", "up").needed(3), computed("SPEED", speed).number().needed(2), field("ACCESS", "accessVlan").number(), field("MTU", "mtu").number().wide(),
		field("MEMBERS", "members"), computed("IN USE", usesOf).needed(3), computed("CABLED TO", cabledTo).needed(1)},
	"observed-sessions": {field("DEVICE", "device").name(), field("ID", "id").name(), field("OWNER", "owner").needed(3), field("SESSIONS", "sessions").needed(2), computed("DESTINATIONS", observedEnds).needed(1),
		field("PROGRAMMED", "programmed").wide(), aged("SEEN", "firstSeen").wide(), field("WHY", "guess").least(24)},
	"operations": {field("ID", "id").name(), field("SESSION", "session").name(), field("DEVICE", "device").needed(2), field("GEN", "generation").number(), field("TYPE", "type").needed(3), field("STATE", "state").needed(4),
		field("ACTOR", "actor").needed(1), aged("AGE", "created").needed(1), moment("FINISHED", "finished").wide(), field("MESSAGE", "message").needed(2).least(24)},
	"plans": {field("ID", "id").name(), field("STATE", "state"), moment("CREATED", "created").wide(), moment("UNTIL", "expires").wide(), aged("AGE", "created").needed(2), left("LEFT", "expires").needed(2),
		computed("APPLIED", func(r resource) string { return brieflyIn(time.Since(r.when("applied")), r.when("applied")) }).number().needed(2), field("ACTOR", "actor").needed(1), field("DEVICES", "devices")},
	"controller": {field("MODE", "mode").name(), moment("SINCE", "hold.since"), field("INSTANCE", "instance").needed(1), field("MESSAGE", "message").needed(2).least(24)},
	"events":     {moment("AT", "at").needed(3), field("TYPE", "type").name(), field("ACTOR", "actor").needed(1), field("SESSION", "session").needed(2), field("DEVICE", "device").needed(2), field("MESSAGE", "message").needed(3).least(24)},
}

// deviceTrouble is why a device is not as it should be.
func deviceTrouble(r resource) string {
	if brake := r.at("status.brake.message"); brake != "" {
		return "BRAKE: " + brake
	}
	return r.at("status.reachable.message")
}

// nativeUsed is how many native sessions there are, and how many fit.
func nativeUsed(r resource) string {
	used := r.at("status.nativeUsed")
	if total := r.at("status.nativeTotal"); total != "" {
		return used + "/" + total
	}
	return used
}

func toolAt(r resource) string {
	if ip := r.at("spec.ip"); ip != "" {
		return ip
	}
	return strings.Trim(r.at("spec.device")+":"+r.at("spec.interface"), ":")
}

// toolTakes is the capacity of a tool and the share of it that may be used, as far as it
// says them: "500M x 0.5".
func toolTakes(r resource) string {
	takes := speed(resource{"speed": r.value("spec.capacity")})
	if share, ok := r.value("spec.maxUtilization").(float64); ok {
		takes = strings.TrimSpace(fmt.Sprintf("%s x %g", takes, share))
	}
	return takes
}

// speed is a rate as engineers write it: 1G, 2500M.
func speed(r resource) string {
	bits, ok := r["speed"].(float64)
	switch {
	case !ok:
		return ""
	case bits >= 1e9 && math.Mod(bits, 1e9) == 0:
		return fmt.Sprintf("%.0fG", bits/1e9)
	}
	return fmt.Sprintf("%.0fM", bits/1e6)
}

func profileTrouble(r resource) string {
	out := []string{}
	if p := r.at("problem"); p != "" {
		out = append(out, p)
	}
	pauses, _ := r["pauses"].([]any)
	for _, p := range pauses {
		if m, ok := p.(map[string]any); ok {
			out = append(out, fmt.Sprintf("paused: %v", m["message"]))
		}
	}
	return strings.Join(out, "; ")
}

func usesOf(r resource) string {
	var out []string
	uses, _ := r["uses"].([]any)
	for _, u := range uses {
		if m, ok := u.(map[string]any); ok {
			out = append(out, fmt.Sprint(m["kind"], ": ", m["detail"]))
		}
	}
	return strings.Join(out, "; ")
}

// observedEnds are where an observed session copies to: ports, or the collector of a
// tunnel.
func observedEnds(r resource) string {
	return cmp.Or(r.at("native.destinations"), r.at("native.collector"))
}

// ruleTexts are the rules of a filter in words.
func ruleTexts(r resource) string {
	rules, _ := r.value("spec.rules").([]any)
	var out []string
	for _, item := range rules {
		rule, _ := item.(map[string]any)
		out = append(out, ruleText(rule))
	}
	return strings.Join(out, "; ")
}

func ruleText(rule resource) string {
	end := func(address, port string) string {
		text := cmp.Or(rule.at(address), "any")
		if p := rule.at(port); p != "" {
			text += " port " + p
		}
		return text
	}
	words := fmt.Sprintf("%s %s from %s to %s", rule.at("action"), cmp.Or(rule.at("protocol"), "all"), end("source", "sourcePort"), end("destination", "destinationPort"))
	if vlan := rule.at("vlan"); vlan != "" {
		words += " in VLAN " + vlan
	}
	return words
}

// measuredLoad reads "83M of 1G", or "83M" where the capacity is not known; "" before anything
// was measured.
func measuredLoad(r resource) string {
	offered, ok := r.value("status.load.offered").(float64)
	if !ok {
		return ""
	}
	text := brief(offered)
	if capacity, ok := r.value("status.load.capacity").(float64); ok {
		text += " of " + brief(capacity)
	}
	return text
}

func sourcesOf(s client.Session) string {
	var out []string
	for _, x := range s.Spec.Sources {
		what := x.Interface
		if x.VLAN != nil {
			what = "vlan " + strconv.FormatInt(*x.VLAN, 10)
		}
		out = append(out, strings.TrimSpace(x.Device+":"+what+" "+x.Direction))
	}
	if len(out) > 3 {
		out = append(out[:3], fmt.Sprintf("and %d more", len(s.Spec.Sources)-3))
	}
	return strings.Join(out, ", ")
}

func destinationsOf(s client.Session) string {
	var out []string
	for _, d := range s.Spec.Destinations {
		switch {
		case d.Tool != "":
			out = append(out, d.Tool)
		case d.IP != "":
			out = append(out, d.IP)
		default:
			out = append(out, d.Device+":"+d.Interface)
		}
	}
	return strings.Join(out, ", ")
}
