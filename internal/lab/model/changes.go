package model

import "strings"

// A Difference is a node by which two trees differ: Op is OpCreate for one that is new, with
// all below it, OpDelete for one that went, OpReplace for a leaf of another value.
type Difference struct {
	Node *Node
	Op   Op
}

// Differences tell what makes one tree of another, in the order of the first one and then of
// the second.
func Differences(was, now *Node) (out []Difference) {
	if was == nil || now == nil {
		return nil
	}
	for _, k := range was.Kids {
		switch o := now.same(k); {
		case o == nil && k.Def.Kind == KindContainer: // it is there for what is in it
			out = append(out, Differences(k, &Node{Def: k.Def})...)
		case o == nil:
			out = append(out, Difference{k, OpDelete})
		case !k.Def.inner() && o.Value != k.Value:
			out = append(out, Difference{o, OpReplace})
		default:
			out = append(out, Differences(k, o)...)
		}
	}
	for _, k := range now.Kids {
		switch {
		case was.same(k) != nil:
		case k.Def.Kind == KindContainer:
			out = append(out, Differences(&Node{Def: k.Def}, k)...)
		default:
			out = append(out, Difference{k, OpCreate})
		}
	}
	return out
}

// same is the node below n that is in the place of another one, nil = there is none.
func (n *Node) same(as *Node) *Node {
	switch as.Def.Kind {
	case KindList:
		return n.find(as.Def, as.KeyValues())
	case KindLeafList:
		return n.find(as.Def, []string{as.Value})
	}
	return n.find(as.Def, nil)
}

// Instance is the instance-identifier of a node (RFC 7950, 9.13), with the names of modules
// as prefixes, and the namespaces of these.
func (n *Node) Instance() (path string, spaces map[string]string) {
	if n == nil || n.up == nil {
		return "", map[string]string{}
	}
	path, spaces = n.up.Instance()
	prefix := ""
	if m := n.Def.Module; m != nil {
		prefix, spaces[m.Name] = m.Name+":", m.Namespace
	}
	path += "/" + prefix + n.Def.Name
	for _, key := range n.Def.Keys {
		path += "[" + prefix + key + "=" + quoted(n.At(key).value()) + "]"
	}
	if n.Def.Kind == KindLeafList {
		path += "[.=" + quoted(n.Value) + "]"
	}
	return path, spaces
}

func quoted(text string) string {
	if strings.Contains(text, "'") {
		return `"` + text + `"`
	}
	return "'" + text + "'"
}
