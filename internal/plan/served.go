package plan

import "github.com/netmirror/netmirror/internal/mirror"

// Unserved names every field of the intent that this version reads but cannot
// yet act on. They are refused, never dropped.
func Unserved(s mirror.Session) []mirror.Reason {
	var out []mirror.Reason
	no := func(set bool, pointer, what string) {
		if set {
			out = append(out, mirror.Reason{Pointer: pointer, Code: "not-served", Message: what + " is not served by this version of netmirror"})
		}
	}
	no(s.OnOverload != nil, "/onOverload", "relief on overload")
	return out
}
