package notify

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/netmirror/netmirror/internal/mirror"
)

// SyslogID is the SD-ID of our structured data. 32473 is the enterprise number that is
// reserved for examples (RFC 5612): netmirror has none of its own.
const SyslogID = "netmirror@32473"

// cutMark ends a message that was too long.
const cutMark = " ... [cut]"

// A syslogFormat makes messages of RFC 5424 of events.
type syslogFormat struct {
	facility                int
	host, process, instance string
	limit                   int   // of octets of a message
	sequence                int32 // of the last message (RFC 5424, section 7.3.1)
}

// The severities of RFC 5424, section 6.2.1, that events have.
const (
	severityError   = 3
	severityWarning = 4
	severityNotice  = 5
	severityInfo    = 6
)

// severities of types of events that are not usual. The others are notices when somebody
// did something, and informational when the controller did.
var severities = map[string]int{
	"RolloutFailed": severityError, "ReliefExhausted": severityError, "Contended": severityError, "CredentialsPaused": severityError,
	"BrakeOn": severityError, "CopiesNotFlowing": severityError, "DestinationUnhealthy": severityError, "DeliveryFailed": severityError,
	TypeLost: severityError, "DeviceUnreachable": severityWarning, "DriftSeen": severityWarning, "DriftRepaired": severityWarning,
	"RolloutTurnedBack": severityWarning, "SessionRefused": severityWarning, "ReliefTaken": severityWarning, "DeviceWentBack": severityWarning,
	"NumberTaken": severityWarning, "ForeignChangesSaved": severityWarning, "UnknownPushWaits": severityWarning, "ReturnedByReload": severityWarning,
	"WebhookDisabled": severityWarning,
}

// phases are what a session may have got into that is not usual.
var phases = map[string]int{"Failed": severityError, "Degraded": severityWarning, "Unknown": severityWarning}

func severity(e mirror.Event) int {
	if s, there := severities[e.Type]; there {
		return s
	}
	// Its message says "Active to Degraded (why)".
	if words := strings.Fields(e.Message); e.Type == "PhaseChanged" && len(words) > 2 {
		if s, there := phases[words[2]]; there {
			return s
		}
	}
	if e.Actor != "" && e.Actor != mirror.ActorSystem {
		return severityNotice
	}
	return severityInfo
}

// message is an event as a syslog server is told it. Each call is another message, be it
// of the same event.
func (f *syslogFormat) message(e mirror.Event) []byte {
	if f.sequence++; f.sequence < 1 {
		f.sequence = 1
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<%d>1 %s %s netmirror %s %s", f.facility*8+severity(e), e.At.UTC().Format("2006-01-02T15:04:05.000000Z"),
		headerField(f.host, 255), headerField(f.process, 128), headerField(e.Type, 32))
	fmt.Fprintf(&b, ` [meta sequenceId="%d"][%s`, f.sequence, SyslogID)
	param := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, ` %s="%s"`, name, escapeParam(shorten(plainText(value), 96, "...")))
		}
	}
	about := e.About()
	param("id", eventID(e))
	param("instance", f.instance)
	if len(e.Type) > 32 {
		param("type", e.Type)
	}
	param("actor", e.Actor)
	param("kind", about.Kind)
	param("name", about.Name)
	param("session", e.Session)
	param("device", e.Device)
	// A message in UTF-8 begins with a byte order mark (RFC 5424, section 6.4).
	b.WriteString("] \xef\xbb\xbf")
	b.WriteString(shorten(plainText(e.Message), f.limit-b.Len(), cutMark))
	return []byte(b.String())
}

// headerField is a field of the header: printable US-ASCII without spaces, "-" for none.
func headerField(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < 33 || r > 126 {
			return -1
		}
		return r
	}, s)
	if s == "" {
		return "-"
	}
	return s[:min(len(s), most)]
}

// plainText has no control characters: receivers write a message as a line.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// shorten cuts a text to so many octets, between two characters, and marks that.
func shorten(s string, most int, mark string) string {
	if len(s) <= most {
		return s
	}
	end := max(0, most-len(mark))
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + mark
}

// escapeParam escapes the value of a parameter (RFC 5424, section 6.3.3).
func escapeParam(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`).Replace(s)
}
