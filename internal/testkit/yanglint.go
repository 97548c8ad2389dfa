package testkit

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A YANG is a set of modules that payloads are validated against, by yanglint of libyang.
type YANG struct {
	Dir     string   // of the modules
	Modules []string // files in it; what they import is found
	Args    []string // before the modules, such as -t edit
	// Prefixes are the modules of nodes by their names, where they are not those of the
	// node above.
	Prefixes map[string]string
	// Numbers are keys whose values are numbers.
	Numbers []string
}

// A Datum is the value of a node at a path of gNMI; nil as a value is that of a node
// that is to be deleted, of which the path alone is looked at.
type Datum struct {
	Path  string
	Value json.RawMessage
}

// Validate says what is wrong with the first of the data that is not of the model; nil
// for nothing. All are validated in one run, each as a document of its own, since yanglint
// reads all modules in each. The test is skipped without it.
func (y YANG) Validate(t testing.TB, list ...Datum) error {
	t.Helper()
	var documents []string
	for _, d := range list {
		document, err := y.document(d.Path, d.Value)
		if err != nil {
			return err
		}
		documents = append(documents, string(document))
	}
	return y.run(t, list, written(t, ".json", documents)...)
}

// run validates documents; list is what those of JSON are of, to be told of.
func (y YANG) run(t testing.TB, list []Datum, documents ...string) error {
	t.Helper()
	Need(t, "yanglint")
	args := append(slices.Clone(y.Args), "-p", y.Dir)
	for _, m := range y.Modules {
		args = append(args, filepath.Join(y.Dir, m))
	}
	args = append(args, documents...)
	out, err := exec.CommandContext(t.Context(), "yanglint", args...).CombinedOutput()
	if err == nil {
		return nil
	}
	var words []string
	for line := range strings.Lines(string(out)) { // the rest is about the modules themselves
		switch {
		case strings.Contains(line, "err :"):
			words = append(words, strings.TrimSpace(line))
		case strings.Contains(line, "YANGLINT[E]"):
			for i, d := range list {
				if strings.Contains(line, strconv.Itoa(i)+".json") {
					words = append(words, fmt.Sprintf("at %s: %s", d.Path, d.Value))
				}
			}
		}
	}
	return fmt.Errorf("yanglint: %w: %s", err, strings.Join(words, "; "))
}

// document is a whole one with a value at a path.
func (y YANG) document(path string, value json.RawMessage) ([]byte, error) {
	var at any = map[string]any{}
	if len(value) > 0 {
		if err := json.Unmarshal(value, &at); err != nil {
			return nil, err
		}
	}
	steps := splitPath(path)
	for _, step := range slices.Backward(steps) {
		name, keys, isList := strings.Cut(step, "[")
		if isList {
			entry, ok := at.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("the value at %s is no entry of a list", path)
			}
			for key := range strings.SplitSeq(strings.TrimSuffix(keys, "]"), "][") {
				k, v, _ := strings.Cut(key, "=")
				if entry[k] = v; slices.Contains(y.Numbers, k) {
					entry[k] = json.Number(v)
				}
			}
			at = []any{entry}
		}
		if prefix := y.Prefixes[name]; prefix != "" {
			name = prefix + ":" + name
		}
		at = map[string]any{name: at}
	}
	return json.Marshal(at)
}

// splitPath parts a path at slashes outside of brackets.
func splitPath(path string) (out []string) {
	depth, from := 0, 0
	for i, c := range path {
		switch {
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == '/' && depth == 0:
			if i > from {
				out = append(out, path[from:i])
			}
			from = i + 1
		}
	}
	return append(out, path[from:])
}
