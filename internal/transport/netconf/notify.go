package netconf

// notesKept is how many notifications are kept while the callback is busy.
const notesKept = 64

// A Notification is what a device tells by itself (RFC 5277).
type Notification struct {
	EventTime string // RFC 3339, as the device wrote it
	Body      []byte // the elements beside it, as in Reply.Body
	Missed    int    // how many before this one found no room
}

// note keeps a notification for the callback, if there is room.
func (c *Conn) note(m message) {
	if c.opts.OnNotification == nil {
		return
	}
	select {
	case c.notes <- Notification{EventTime: m.eventTime, Body: m.reply.Body, Missed: c.missed}:
		c.missed = 0
	default:
		c.missed++
	}
}

// notify calls the callback until the connection ends.
func (c *Conn) notify() {
	for n := range c.notes {
		c.opts.OnNotification(n)
	}
}
