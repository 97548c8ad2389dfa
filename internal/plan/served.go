package plan

import (
	"strconv"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Unserved names every field of the intent that this version reads but cannot
// yet act on. They are refused, never dropped.
func Unserved(s mirror.Session) []mirror.Reason {
	var out []mirror.Reason
	no := func(set bool, pointer, what string) {
		if set {
			out = append(out, mirror.Reason{Pointer: pointer, Code: "not-served", Message: what + " is not served by this version of netmirror"})
		}
	}
	no(s.Admission != nil, "/admission", "admission by predicted load")
	no(s.OnOverload != nil, "/onOverload", "relief on overload")
	no(s.Priority != mirror.DefaultPriority, "/priority", "a priority other than 50 (it orders relief on overload)")
	for i, src := range s.Sources {
		at := "/sources/" + strconv.Itoa(i)
		no(src.Priority != mirror.DefaultPriority, at+"/priority", "a priority other than 50 (it orders relief on overload)")
		no(src.Essential, at+"/essential", "essential (it limits relief on overload)")
	}
	if len(out) > 50 {
		out = append(out[:50:50], mirror.Reason{Code: "more", Message: "and " + strconv.Itoa(len(out)-50) + " more fields"})
	}
	return out
}
