package model

import (
	"encoding/json"
	"slices"
	"strings"
)

// head is a node without what stands below it: "interface ethernet-1/1".
func head(n *Node) string {
	out := n.Def.Name
	for i, key := range n.Def.Keys {
		if i > 0 {
			out += " " + key
		}
		out += " " + QuoteWord(n.Text(key))
	}
	return out
}

// isLeaf reports whether a node has a value.
func isLeaf(n *Node) bool {
	return n.Def.Kind == KindLeaf || n.Def.Kind == KindLeafList
}

// body are the nodes below an entry or container without its keys.
func body(n *Node) (out []*Node) {
	for _, k := range n.Kids {
		if !isLeaf(k) || !slices.Contains(n.Def.Keys, k.Def.Name) {
			out = append(out, k)
		}
	}
	return out
}

// valueOf is a leaf as it is written.
func valueOf(n *Node) string {
	return strings.TrimSpace(n.Def.Name + " " + QuoteWord(n.Value))
}

// Lines are the lines that make what stands below n, without "set /". What holds nothing
// stands for itself.
func (n *Node) Lines() (out []string) {
	for _, k := range body(n) {
		if isLeaf(k) {
			out = append(out, valueOf(k))
			continue
		}
		below := k.Lines()
		if len(below) == 0 {
			out = append(out, head(k))
		}
		for _, line := range below {
			out = append(out, head(k)+" "+line)
		}
	}
	return out
}

// WriteBlocks writes nodes as nested blocks, four blanks a level. Values of a list stand in
// brackets, one a line.
func WriteBlocks(b *strings.Builder, nodes []*Node, indent int) {
	pad := strings.Repeat(" ", indent)
	for i := 0; i < len(nodes); i++ {
		n := nodes[i]
		switch {
		case n.Def.Kind == KindLeafList:
			b.WriteString(pad + n.Def.Name + " [\n")
			for ; i < len(nodes) && nodes[i].Def == n.Def; i++ {
				b.WriteString(pad + "    " + QuoteWord(nodes[i].Value) + "\n")
			}
			i--
			b.WriteString(pad + "]\n")
		case isLeaf(n):
			b.WriteString(pad + valueOf(n) + "\n")
		default:
			b.WriteString(pad + head(n) + " {\n")
			WriteBlocks(b, body(n), indent+4)
			b.WriteString(pad + "}\n")
		}
	}
}

// WriteDifferences writes what makes b of a: a sign and what comes or goes, within the blocks
// around it.
func WriteDifferences(out *strings.Builder, a, b *Node, indent int) {
	pad := strings.Repeat(" ", indent-1)
	whole := func(sign string, n *Node) {
		var text strings.Builder
		WriteBlocks(&text, []*Node{n}, indent-1)
		for line := range strings.Lines(text.String()) {
			out.WriteString(sign + line)
		}
	}
	for _, n := range body(a) {
		if o := like(b, n); o == nil || isLeaf(n) && o.Value != n.Value {
			whole("-", n)
		}
	}
	for _, n := range body(b) {
		switch o := like(a, n); {
		case o == nil || isLeaf(n) && o.Value != n.Value:
			whole("+", n)
		case !isLeaf(n) && !o.Equal(n):
			out.WriteString(" " + pad + head(n) + " {\n")
			WriteDifferences(out, o, n, indent+4)
			out.WriteString(" " + pad + "}\n")
		}
	}
}

// like is what of a tree has the same place as n.
func like(in, n *Node) *Node {
	switch n.Def.Kind {
	case KindList:
		return in.Entry(n.Def.Name, n.KeyValues()...)
	case KindLeafList:
		for _, k := range in.All(n.Def.Name) {
			if k.Value == n.Value {
				return k
			}
		}
		return nil
	}
	return in.At(n.Def.Name)
}

// Plain is a tree as encoding/json writes it: names without modules.
func (n *Node) Plain() any {
	if isLeaf(n) {
		return n.Value
	}
	out := map[string]any{}
	for _, k := range n.Kids {
		switch k.Def.Kind {
		case KindList, KindLeafList:
			list, _ := out[k.Def.Name].([]any)
			out[k.Def.Name] = append(list, k.Plain())
		default:
			out[k.Def.Name] = k.Plain()
			if isLeaf(k) && k.Def.Type.Base == BaseInt && !k.Def.Type.Wide {
				out[k.Def.Name] = json.Number(k.Value)
			}
		}
	}
	return out
}
