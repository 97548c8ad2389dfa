package mib

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// A Block is what the text of one change says, a line for each object:
//
//	check 1.3.6.1.2.1.31.1.1.1.1.47 s "gi1/0/47"          # ifName
//	check 1.3.6.1.2.1.16.22.1.3.1.1.5.1.47 none           # portCopyStatus
//
//	set 1.3.6.1.2.1.16.22.1.3.1.1.4.1.47 i 3              # portCopyDirection copyBoth
//	set 1.3.6.1.2.1.16.22.1.3.1.1.5.1.47 i 4              # portCopyStatus createAndGo
//	back 1.3.6.1.2.1.16.22.1.3.1.1.5.1.47 i 6             # portCopyStatus destroy
//
// Before anything is set, each check must hold. Each paragraph is then one message, all of
// its set lines together. Where the agent refuses a message, those that were taken are
// taken back by their back lines, the last first. Types are those of snmpset: i Integer,
// u Gauge32, x octets, s text. What is behind # is for people.
type Block struct {
	Checks   []Object
	Messages []Message
}

// A Message is what one PDU sets, and what takes it back.
type Message struct {
	Set, Back []Object
}

// An Object is an object with a value, or without one (Missing): it must not be there.
type Object struct {
	snmp.Variable
	Note string // for people
}

// Set and Check make objects.
func Set(name snmp.OID, v snmp.Value, note string) Object {
	return Object{snmp.Variable{Name: name, Value: v}, note}
}

// String is the text of a block.
func (b Block) String() string {
	var out strings.Builder
	line := func(verb string, o Object) {
		text := fmt.Sprintf("%s %s %s", verb, o.Name, valueText(o.Value))
		if o.Note != "" {
			text = fmt.Sprintf("%-58s # %s", text, strings.Join(strings.Fields(o.Note), " "))
		}
		out.WriteString(text + "\n")
	}
	for _, c := range b.Checks {
		line("check", c)
	}
	for _, m := range b.Messages {
		out.WriteString("\n")
		for _, o := range m.Set {
			line("set", o)
		}
		for _, o := range m.Back {
			line("back", o)
		}
	}
	return out.String()
}

func valueText(v snmp.Value) string {
	switch v.Kind {
	case snmp.Integer:
		return "i " + strconv.FormatUint(v.Number, 10)
	case snmp.Gauge32:
		return "u " + strconv.FormatUint(v.Number, 10)
	case snmp.Text:
		if strings.ContainsFunc(v.Text, func(r rune) bool { return r < ' ' || r > '~' }) || v.Text == "" {
			return fmt.Sprintf("x %x", v.Text)
		}
		return "s " + strconv.Quote(v.Text)
	}
	return "none"
}

// ParseBlock reads the text of a block; mirror.ErrInvalid where it is none.
func ParseBlock(text string) (Block, error) {
	var b Block
	fresh := true
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			fresh = true
			continue
		}
		verb, rest, _ := strings.Cut(line, " ")
		o, err := parseObject(rest)
		if err != nil {
			return Block{}, fmt.Errorf("line %q: %w", line, err)
		}
		if verb != "check" && fresh {
			b.Messages, fresh = append(b.Messages, Message{}), false
		}
		switch {
		case verb == "check" && len(b.Messages) == 0:
			b.Checks = append(b.Checks, o)
		case verb == "set" && o.Kind != snmp.Missing:
			last := &b.Messages[len(b.Messages)-1]
			last.Set = append(last.Set, o)
		case verb == "back" && o.Kind != snmp.Missing:
			last := &b.Messages[len(b.Messages)-1]
			last.Back = append(last.Back, o)
		default:
			return Block{}, fmt.Errorf("line %q is none of a block: %w", line, mirror.ErrInvalid)
		}
	}
	for _, m := range b.Messages {
		if len(m.Set) == 0 {
			return Block{}, fmt.Errorf("a message that sets nothing: %w", mirror.ErrInvalid)
		}
	}
	if len(b.Messages) == 0 {
		return Block{}, fmt.Errorf("the block sets nothing: %w", mirror.ErrInvalid)
	}
	return b, nil
}

// Unknown stands in an identifier for the index of what the observation that a block was
// rendered for does not hold. It is readable, and no agent is asked for it.
func Unknown(what string) snmp.OID { return snmp.OID("<" + strings.ReplaceAll(what, " ", "_") + ">") }

func parseObject(text string) (o Object, err error) {
	name, rest, _ := strings.Cut(text, " ")
	if strings.ContainsAny(name, "<>") {
		return o, fmt.Errorf("it names what was not on the device when this was rendered: %w", mirror.ErrNotFound)
	}
	o.Name = snmp.OID(name)
	if _, err := Numbers(o.Name); err != nil {
		return o, fmt.Errorf("%q is no object identifier: %w", name, mirror.ErrInvalid)
	}
	kind, rest, _ := strings.Cut(rest, " ")
	value := rest
	if kind == "s" {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return o, fmt.Errorf("%q is no quoted text: %w", rest, mirror.ErrInvalid)
		}
		value, rest = quoted, rest[len(quoted):]
	} else if before, after, commented := strings.Cut(" "+rest, " # "); commented {
		value, rest = strings.TrimSpace(before), " # "+after
	} else {
		value, rest = strings.TrimSpace(rest), ""
	}
	if note, commented := strings.CutPrefix(strings.TrimSpace(rest), "#"); commented {
		o.Note = strings.TrimSpace(note)
	} else if strings.TrimSpace(rest) != "" {
		return o, fmt.Errorf("%q behind the value: %w", rest, mirror.ErrInvalid)
	}
	o.Value, err = parseValue(kind, value)
	return o, err
}

func parseValue(kind, text string) (v snmp.Value, err error) {
	switch kind {
	case "i", "u":
		v.Kind = map[string]snmp.Kind{"i": snmp.Integer, "u": snmp.Gauge32}[kind]
		bits := map[string]int{"i": 31, "u": 32}[kind]
		v.Number, err = strconv.ParseUint(text, 10, bits)
	case "s":
		v.Kind = snmp.Text
		v.Text, err = strconv.Unquote(text)
	case "x":
		v.Kind = snmp.Text
		var octets []byte
		octets, err = hex.DecodeString(text)
		v.Text = string(octets)
	case "none":
		if text != "" {
			err = fmt.Errorf("a value")
		}
	default:
		err = fmt.Errorf("a type %q", kind)
	}
	if err != nil {
		return v, fmt.Errorf("%q %q is no value: %w", kind, text, mirror.ErrInvalid)
	}
	return v, nil
}
