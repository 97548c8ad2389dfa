package iosxe

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A hardware is what the platform says of one session.
type hardware struct {
	programmed mirror.State
	reason     string // the device's words
}

var (
	fedHead  = regexp.MustCompile(`^\s*Session (\d+)\s*$`)
	fedField = regexp.MustCompile(`^\s*(\S[^:]*?)\s*:\s*(.*)$`)
	spanHead = regexp.MustCompile(`^\s*Span Session (\d+) \(FED Session ([^)]*)\):?\s*$`)
)

// parseFED reads show platform software fed [switch] active monitor: one
// session, with the hardware's own number of it. For an ERSPAN session the device
// says whether the hardware has it; for others it prints zeros there, so
// nothing is known from this view. A text without a session, or with a line that
// is no field, is mirror.ErrParse.
func parseFED(reply string) (number string, h hardware, err error) {
	const what = "show platform software fed monitor"
	fields := map[string]string{}
	for _, line := range noise.Lines(reply) {
		m := fedHead.FindStringSubmatch(line)
		f := fedField.FindStringSubmatch(line)
		switch {
		case m != nil && number != "":
			return "", h, text.ParseError(what+": a second session", line)
		case m != nil:
			number = m[1]
		case f != nil && number != "":
			fields[strings.ToLower(strings.Join(strings.Fields(f[1]), " "))] = strings.TrimSpace(f[2])
		case !dashes.MatchString(line) && !noise.Echoed(line):
			return "", h, text.ParseError(what, line)
		}
	}
	typ := strings.ToLower(fields["session type"])
	if number == "" || typ == "" {
		return "", h, text.ParseError(what, text.FirstLine(reply))
	}
	if !strings.HasPrefix(typ, "erspan") {
		return number, hardware{programmed: mirror.Unknown}, nil
	}
	done, told := fields["erspan hw programmed"]
	if !told {
		return "", h, fmt.Errorf("%s: no ERSPAN Hw Programmed: %w", what, mirror.ErrParse)
	}
	h = hardware{programmed: mirror.False, reason: fmt.Sprintf("ERSPAN Enable : %s, ERSPAN Hw Programmed : %s, ERSPAN Mandatory Cfg : %s",
		fields["erspan enable"], done, fields["erspan mandatory cfg"])}
	if done == "1" {
		h.programmed = mirror.True
	}
	return number, h, nil
}

// notMapped stands for the number of a session that the hardware does not have.
const notMapped = "NotMapped"

// parsePlatformSession reads show platform software monitor session N: the
// number of the session in the configuration and, where it has one, in the
// hardware, and of an ERSPAN source whether it is enabled. A text without a
// session is mirror.ErrParse.
func parsePlatformSession(reply string) (id, number string, h hardware, err error) {
	const what = "show platform software monitor session"
	state := ""
	for _, line := range noise.Lines(reply) {
		head, f := spanHead.FindStringSubmatch(line), fieldLine.FindStringSubmatch(line)
		switch {
		case head != nil && id != "":
			return "", "", hardware{}, text.ParseError(what+": a second session", line)
		case head != nil:
			id, number = head[1], head[2]
		case f != nil && strings.EqualFold(strings.TrimSpace(f[1]), "ERSPAN State"):
			state = strings.TrimSpace(f[2])
		case id == "" && !noise.Echoed(line), f == nil && line[0] != ' ' && !noise.Echoed(line): // all that tells more is indented
			return "", "", hardware{}, text.ParseError(what, line)
		}
	}
	if id == "" {
		return "", "", hardware{}, text.ParseError(what, text.FirstLine(reply))
	}
	h = hardware{programmed: mirror.True, reason: "FED Session " + number}
	if _, err := text.Decimal(number); err != nil {
		if h.programmed = mirror.False; !strings.EqualFold(number, notMapped) {
			return "", "", hardware{}, text.ParseError(what+": number in the hardware", number)
		}
	}
	if state != "" && !strings.EqualFold(state, "enabled") {
		h = hardware{programmed: mirror.False, reason: h.reason + ", ERSPAN State : " + state}
	}
	return id, number, h, nil
}

// A capability is what show capability feature monitor tells of ERSPAN.
type capability struct {
	supported bool
	rx, tx    int // source sessions
	sessions  int // destination sessions
	types     string
}

// fact is the capability as Facts.Extra holds it.
func (c capability) fact() string {
	if !c.supported {
		return erspanNo
	}
	return fmt.Sprintf("%d rx and %d tx source sessions, header type %s", c.rx, c.tx, c.types)
}

// parseCapability reads show capability feature monitor erspan-source or
// erspan-destination.
func parseCapability(reply string) (capability, error) {
	var c capability
	found := false
	for _, line := range noise.Lines(reply) {
		i := strings.LastIndex(line, ":")
		if i < 0 {
			continue
		}
		name, value := strings.ToLower(strings.TrimSpace(line[:i])), strings.TrimSpace(line[i+1:])
		number, _ := text.Decimal(value)
		switch {
		case strings.HasSuffix(name, "source session supported"), strings.HasSuffix(name, "destination session supported"):
			c.supported, found = strings.EqualFold(value, "true"), true
		case strings.HasPrefix(name, "no of rx"):
			c.rx = number
		case strings.HasPrefix(name, "no of tx"):
			c.tx = number
		case strings.HasPrefix(name, "maximum no of"):
			c.sessions = number
		case strings.HasPrefix(name, "erspan header type"):
			c.types = value
		}
	}
	if !found {
		return c, text.ParseError("show capability feature monitor", text.FirstLine(reply))
	}
	return c, nil
}
