package snmp

import (
	"strconv"
	"strings"

	"github.com/gosnmp/gosnmp"
)

// An OID is an object identifier in dotted decimals, "1.3.6.1.2.1.1.3.0".
type OID string

// Row is the instance of a column that has one number as index, such as an ifIndex.
func (o OID) Row(index uint32) OID { return o + "." + OID(strconv.FormatUint(uint64(index), 10)) }

// Below is what follows o in an identifier below it.
func (o OID) Below(name OID) (rest OID, below bool) {
	text, below := strings.CutPrefix(string(name), string(o)+".")
	return OID(text), below && text != ""
}

// Index is an identifier that is one number, such as an ifIndex; false where it is not.
func (o OID) Index() (uint32, bool) {
	n, err := strconv.ParseUint(string(o), 10, 32)
	return uint32(n), err == nil
}

// after reports whether o stands behind another identifier in the order of a walk.
func (o OID) after(p OID) bool {
	a, b := string(o), string(p)
	for {
		x, restA, moreA := strings.Cut(a, ".")
		y, restB, moreB := strings.Cut(b, ".")
		switch n, m := number(x), number(y); {
		case n != m:
			return n > m
		case !moreA:
			return false
		case !moreB:
			return true
		}
		a, b = restA, restB
	}
}

func number(s string) uint64 {
	n, _ := strconv.ParseUint(s, 10, 64)
	return n
}

// A Kind is the type of a value.
type Kind int

// The kinds. Missing is an object, or an instance of it, that the agent does not have
// or does not show to us.
const (
	Missing Kind = iota
	Integer
	Counter32
	Gauge32
	Ticks // hundredths of a second
	Counter64
	Text
	ObjectID  // Text has it in dotted decimals
	IPAddress // Text has it in dotted decimals
	Other
)

// A Value is what an agent has for an object: a number, or the octets of a text.
type Value struct {
	Kind   Kind
	Number uint64
	Text   string
	// NoObject says of a Missing value that the agent has no instance of the object at
	// all, or shows none; it may have others where it does not.
	NoObject bool
}

// Octets is a value that is a text.
func Octets(text string) Value { return Value{Kind: Text, Text: text} }

// Number is a value that is an Integer or a Gauge32.
func Number(kind Kind, n uint64) Value { return Value{Kind: kind, Number: n} }

// A Variable is an object with its value.
type Variable struct {
	Name OID
	Value
}

func variableOf(v gosnmp.SnmpPDU) Variable {
	out := Variable{Name: OID(strings.TrimPrefix(v.Name, ".")), Value: Value{Kind: Other}}
	switch n := v.Value.(type) {
	case int:
		out.Number = uint64(n)
	case uint:
		out.Number = uint64(n)
	case uint32:
		out.Number = uint64(n)
	case uint64:
		out.Number = n
	case []byte:
		out.Text = string(n)
	case string:
		out.Text = strings.TrimPrefix(n, ".")
	}
	switch v.Type {
	case gosnmp.NoSuchObject:
		out.Value = Value{NoObject: true}
	case gosnmp.NoSuchInstance, gosnmp.EndOfMibView, gosnmp.Null:
		out.Value = Value{}
	case gosnmp.ObjectIdentifier:
		out.Kind = ObjectID
	case gosnmp.IPAddress:
		out.Kind = IPAddress
	case gosnmp.Integer:
		out.Kind = Integer
	case gosnmp.Counter32:
		out.Kind = Counter32
	case gosnmp.Gauge32, gosnmp.Uinteger32:
		out.Kind = Gauge32
	case gosnmp.TimeTicks:
		out.Kind = Ticks
	case gosnmp.Counter64:
		out.Kind = Counter64
	case gosnmp.OctetString:
		out.Kind = Text
	}
	return out
}
