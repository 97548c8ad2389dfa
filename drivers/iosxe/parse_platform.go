package iosxe

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A hardware is what the platform says of one session.
type hardware struct {
	programmed mirror.State
	reason     string // the device's words
}

var (
	fedHead  = regexp.MustCompile(`^\s*Session (\d+)\s*$`)
	spanHead = regexp.MustCompile(`^\s*Span Session (\d+) \(FED Session ([^)]*)\):?\s*$`)
)

// parseFED reads show platform software fed [switch] active monitor N: one
// session, under the hardware's own number. For an ERSPAN session the device
// says whether the hardware has it; for others it prints zeros there, so
// nothing is known from this view. A text without a session is mirror.ErrParse.
func parseFED(text string) (hardware, error) {
	fields, head := map[string]string{}, false
	for _, line := range textLines(text) {
		if fedHead.MatchString(line) {
			if head {
				return hardware{}, parseError("show platform software fed monitor: a second session", line)
			}
			head = true
			continue
		}
		if m := fieldLine.FindStringSubmatch(line); m != nil && head {
			fields[strings.ToLower(strings.Join(strings.Fields(m[1]), " "))] = strings.TrimSpace(m[2])
		}
	}
	typ := strings.ToLower(fields["session type"])
	if !head || typ == "" {
		return hardware{}, parseError("show platform software fed monitor", firstLine(text))
	}
	if !strings.HasPrefix(typ, "erspan") {
		return hardware{programmed: mirror.Unknown}, nil
	}
	done, told := fields["erspan hw programmed"]
	if !told {
		return hardware{}, fmt.Errorf("show platform software fed monitor: no ERSPAN Hw Programmed: %w", mirror.ErrParse)
	}
	h := hardware{programmed: mirror.False, reason: fmt.Sprintf("ERSPAN Enable : %s, ERSPAN Hw Programmed : %s, ERSPAN Mandatory Cfg : %s",
		fields["erspan enable"], done, fields["erspan mandatory cfg"])}
	if done == "1" {
		h.programmed = mirror.True
	}
	return h, nil
}

// notMapped is the hardware number of a session that the hardware does not have.
const notMapped = "NotMapped"

// parsePlatformSession reads show platform software monitor session N: whether
// the session has a number in the hardware, and of an ERSPAN source whether it
// is enabled. A text without a session is mirror.ErrParse.
func parsePlatformSession(text string) (id string, h hardware, err error) {
	state := ""
	for _, line := range textLines(text) {
		if m := spanHead.FindStringSubmatch(line); m != nil {
			if id != "" {
				return "", hardware{}, parseError("show platform software monitor session: a second session", line)
			}
			id = m[1]
			h = hardware{programmed: mirror.True, reason: "FED Session " + m[2]}
			if m[2] == notMapped {
				h.programmed = mirror.False
			}
			continue
		}
		if m := fieldLine.FindStringSubmatch(line); m != nil && strings.EqualFold(strings.TrimSpace(m[1]), "ERSPAN State") {
			state = strings.TrimSpace(m[2])
		}
	}
	if id == "" {
		return "", hardware{}, parseError("show platform software monitor session", firstLine(text))
	}
	if state != "" && !strings.EqualFold(state, "enabled") {
		h = hardware{programmed: mirror.False, reason: h.reason + ", ERSPAN State : " + state}
	}
	return id, h, nil
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
func parseCapability(text string) (capability, error) {
	var c capability
	found := false
	for _, line := range textLines(text) {
		i := strings.LastIndex(line, ":")
		if i < 0 {
			continue
		}
		name, value := strings.ToLower(strings.TrimSpace(line[:i])), strings.TrimSpace(line[i+1:])
		number, _ := decimal(value)
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
		return c, parseError("show capability feature monitor", firstLine(text))
	}
	return c, nil
}
