package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// visibleWriter lets nothing through that a terminal acts upon: names and words
// of devices and users are text, not commands to the terminal. Lines and tabs
// are ours. What it writes instead is valid inside JSON and double-quoted YAML.
type visibleWriter struct{ w io.Writer }

// Write reports all of p as written, although more went out.
func (v visibleWriter) Write(p []byte) (int, error) {
	if s := string(p); strings.ContainsFunc(s, hidden) {
		if _, err := io.WriteString(v.w, escape(s, hidden)); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	return v.w.Write(p)
}

// plain is a text of somebody else for one line or one cell of a table.
func plain(s string) string {
	return escape(s, func(r rune) bool { return r == '\n' || r == '\t' || hidden(r) })
}

// hidden reports whether a rune moves the cursor, changes how other text looks
// or the order in which it stands, or is not seen at all: controls (C1 too),
// formats such as bidirectional overrides, separators of lines, private use, and
// octets that are no UTF-8.
func hidden(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r == utf8.RuneError:
		return true // maybe one; it is looked at again
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}

func escape(s string, which func(rune) bool) string {
	if !strings.ContainsFunc(s, which) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == utf8.RuneError || !which(r):
			b.WriteString(s[:n])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ':
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[n:]
	}
	return b.String()
}

// yamlOf is a JSON value as a YAML document: numbers as they are written, and
// texts that hold hidden characters in double quotes, in which the escapes of a
// visibleWriter mean what they stand for. YAML's own reader takes no JSON with
// such characters in it.
func yamlOf(raw []byte) (*yaml.Node, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return yamlNode(v)
}

func yamlNode(v any) (*yaml.Node, error) {
	var n yaml.Node
	switch v := v.(type) {
	case map[string]any:
		n.Kind = yaml.MappingNode
		for _, key := range slices.Sorted(maps.Keys(v)) {
			k, err := yamlNode(key)
			if err != nil {
				return nil, err
			}
			value, err := yamlNode(v[key])
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, k, value)
		}
	case []any:
		n.Kind = yaml.SequenceNode
		for _, item := range v {
			c, err := yamlNode(item)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, c)
		}
	case json.Number:
		n.Kind, n.Value = yaml.ScalarNode, v.String()
	default:
		if err := n.Encode(v); err != nil {
			return nil, err
		}
		if s, ok := v.(string); ok && strings.ContainsFunc(s, hidden) {
			n.Style = yaml.DoubleQuotedStyle
		}
	}
	return &n, nil
}
