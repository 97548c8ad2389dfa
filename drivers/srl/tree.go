package srl

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

// entries folds the entries of a list that are of one key: what several reads gave of
// one is several nodes. An entry without its key is mirror.ErrParse.
func entries(n *data.Node, list string, keys ...string) (map[string]*data.Node, error) {
	out := map[string]*data.Node{}
	for _, e := range n.All(list) {
		var parts []string
		for _, k := range keys {
			v := e.Text(k)
			if v == "" {
				return nil, fmt.Errorf("an entry of %s without %s: %w", list, k, mirror.ErrParse)
			}
			parts = append(parts, v)
		}
		key := strings.Join(parts, " ")
		if was := out[key]; was != nil {
			both := *was
			both.Children = slices.Concat(was.Children, e.Children)
			e = &both
		}
		out[key] = e
	}
	return out, nil
}

// byName sorts ports as people do: ethernet-1/2 before ethernet-1/10.
func byName(a, b mirror.PortName) int {
	x, y := numbers(string(a)), numbers(string(b))
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return cmp.Or(cmp.Compare(weight(x[i]), weight(y[i])), strings.Compare(x[i], y[i]))
		}
	}
	return cmp.Compare(len(x), len(y))
}

// numbers parts a name into numbers and what is between them.
func numbers(name string) (out []string) {
	for name != "" {
		digit := name[0] >= '0' && name[0] <= '9'
		end := strings.IndexFunc(name, func(r rune) bool { return (r >= '0' && r <= '9') != digit })
		if end < 0 {
			end = len(name)
		}
		out, name = append(out, name[:end]), name[end:]
	}
	return out
}

func weight(part string) int {
	n, err := strconv.Atoi(part)
	if err != nil {
		return -1
	}
	return n
}

// enum reads one of the words of a leaf, def where it is not there. mirror.ErrParse for
// any other word.
func enum[T any](n *data.Node, leaf string, def T, words map[string]T) (T, error) {
	t := n.Text(leaf)
	if t == "" {
		return def, nil
	}
	v, ok := words[t]
	if !ok {
		return def, fmt.Errorf("%s %q is none that is known: %w", leaf, t, mirror.ErrParse)
	}
	return v, nil
}
