package models

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/transport/netconf"
)

// operations are those of an edit-config that Encode writes.
var operations = []string{string(data.Delete), string(data.Remove), string(data.Replace)}

// A piece is an element of the content of <config>.
type piece struct {
	name     xml.Name
	op       string
	attrs    []string // further ones, each as "name=value"
	text     string
	children []*piece
}

// pieces reads the content of <config>. mirror.ErrInvalid for what Encode never writes:
// other attributes than operation and those that are named, each as "name=value", other
// operations, text beside elements.
func pieces(text string, attributes []string) ([]*piece, error) {
	dec := xml.NewDecoder(strings.NewReader(text))
	bad := func(format string, args ...any) ([]*piece, error) {
		return nil, fmt.Errorf("content of config: %s: %w", fmt.Sprintf(format, args...), mirror.ErrInvalid)
	}
	root := &piece{}
	open := []*piece{root}
	for {
		tok, err := dec.Token()
		at := open[len(open)-1]
		switch {
		case errors.Is(err, io.EOF) && at == root:
			if strings.TrimSpace(root.text) != "" {
				return bad("text outside of elements")
			}
			return root.children, nil
		case err != nil:
			return bad("%v", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			p := &piece{name: tok.Name}
			for _, a := range tok.Attr {
				switch {
				case a.Name.Space == "xmlns", a.Name == xml.Name{Local: "xmlns"}:
				case a.Name == xml.Name{Space: netconf.BaseNamespace, Local: "operation"} && slices.Contains(operations, a.Value):
					p.op = a.Value
				case a.Name.Space == "" && slices.Contains(attributes, a.Name.Local+"="+a.Value):
					p.attrs = append(p.attrs, a.Name.Local+"="+a.Value)
				default:
					return bad("attribute %s=%q of <%s>", a.Name.Local, a.Value, p.name.Local)
				}
			}
			at.children = append(at.children, p)
			open = append(open, p)
		case xml.EndElement:
			if len(at.children) > 0 && strings.TrimSpace(at.text) != "" {
				return bad("text beside the elements of <%s>", at.name.Local)
			}
			open = open[:len(open)-1]
		case xml.CharData:
			at.text += string(tok)
		case xml.Comment:
		default:
			return bad("%T is no element", tok)
		}
	}
}

// keysOf are the keys of an entry of a list at a path of names, and what else is in it. A
// key "." is the value itself.
func (p *piece) keysOf(names []string) (keys []data.Key, rest []*piece) {
	if value := strings.TrimSpace(p.text); slices.Contains(names, ".") && len(p.children) == 0 && value != "" {
		return []data.Key{{Name: ".", Value: value}}, nil
	}
	for _, c := range p.children {
		if len(c.children) == 0 && slices.Contains(names, c.name.Local) {
			keys = append(keys, data.Key{Name: c.name.Local, Value: strings.TrimSpace(c.text)})
		} else {
			rest = append(rest, c)
		}
	}
	return keys, rest
}

// touched lists the paths of a text, in gNMI's form without prefixes.
func touched(text string, lists map[string][]string, attributes ...string) ([]string, error) {
	all, err := pieces(text, attributes)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range all {
		p.paths(nil, "", lists, &out)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("content of config: it holds nothing: %w", mirror.ErrInvalid)
	}
	return out, nil
}

func (p *piece) paths(above data.Path, names string, lists map[string][]string, out *[]string) {
	names += "/" + p.name.Local
	keys, rest := p.keysOf(lists[names])
	at := above.To(data.Step{Name: p.name.Local, Keys: keys})
	if p.op != "" || len(p.attrs) > 0 || len(rest) == 0 {
		*out = append(*out, at.String())
	}
	for _, c := range rest {
		c.paths(at, names, lists, out)
	}
}

// joined is one text of several, in which no node stands twice: where they share a
// container or an entry of a list, what is in it is put together. What the first says of
// a node stays where a later one says the same; what deletes or replaces is left whole.
func joined(texts []string, lists map[string][]string, attributes ...string) (string, error) {
	root := &piece{}
	for _, t := range texts {
		all, err := pieces(t, attributes)
		if err != nil {
			return "", err
		}
		root.join(all, "", lists)
	}
	var b strings.Builder
	for _, p := range root.children {
		p.write(&b, "")
	}
	return b.String(), nil
}

func (p *piece) join(more []*piece, names string, lists map[string][]string) {
	for _, m := range more {
		at := names + "/" + m.name.Local
		i := slices.IndexFunc(p.children, func(c *piece) bool { return c.same(m, lists[at]) })
		if i < 0 {
			p.children = append(p.children, m)
			continue
		}
		p.children[i].join(m.children, at, lists)
	}
}

// same reports whether two pieces are one node whose content can be put together.
func (p *piece) same(q *piece, keys []string) bool {
	if p.name != q.name || p.op != "" || q.op != "" || !slices.Equal(p.attrs, q.attrs) {
		return false
	}
	if len(p.children) == 0 || len(q.children) == 0 { // leaves, or nothing
		return len(p.children) == len(q.children) && p.text == q.text
	}
	a, _ := p.keysOf(keys)
	b, _ := q.keysOf(keys)
	return slices.Equal(a, b)
}

func (p *piece) write(b *strings.Builder, within string) {
	b.WriteString("<" + p.name.Local)
	if p.name.Space != within {
		b.WriteString(` xmlns="` + netconf.Escape(p.name.Space) + `"`)
	}
	if p.op != "" {
		fmt.Fprintf(b, ` xmlns:nc="%s" nc:operation="%s"`, netconf.BaseNamespace, p.op)
	}
	for _, a := range p.attrs {
		name, value, _ := strings.Cut(a, "=")
		b.WriteString(" " + name + `="` + netconf.Escape(value) + `"`)
	}
	b.WriteString(">")
	if len(p.children) == 0 {
		b.WriteString(netconf.Escape(strings.TrimSpace(p.text)))
	}
	for _, c := range p.children {
		c.write(b, p.name.Space)
	}
	b.WriteString("</" + p.name.Local + ">")
}
