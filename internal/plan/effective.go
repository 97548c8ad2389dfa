package plan

import "github.com/netmirror/netmirror/internal/mirror"

// Effective is the session as it shall be on devices now, and whether it shall
// be there at all. It is the only place where anything but the user changes an
// intent on its way to the devices.
func Effective(s mirror.Session) (mirror.Session, bool) {
	return s, s.Enabled
}
