package data_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/models/data"
)

// byTokens is FromJSON of valid text by the tokens of encoding/json.
func byTokens(t *rapid.T, dec *json.Decoder, module, name string) (out []*data.Node) {
	next := func() json.Token {
		tok, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	leaf := &data.Node{Module: module, Name: name, Kind: data.Leaf}
	switch tok := next().(type) {
	case json.Delim:
		if tok == '{' {
			leaf.Kind = data.Container
			for dec.More() {
				member := fmt.Sprint(next())
				inner, local, qualified := strings.Cut(member, ":")
				if !qualified {
					inner, local = "", member
				}
				leaf.Children = append(leaf.Children, byTokens(t, dec, inner, local)...)
			}
			next()
			return []*data.Node{leaf}
		}
		for dec.More() {
			for _, n := range byTokens(t, dec, module, name) {
				if n.Kind == data.Container {
					n.Kind = data.Entry
				} else if (n.Value != data.Empty{}) {
					n.Kind = data.LeafEntry
				}
				out = append(out, n)
			}
		}
		next()
		return out
	case nil:
		leaf.Value = data.Empty{}
	case string:
		leaf.Value = tok
	default:
		leaf.Value, leaf.Bare = fmt.Sprint(tok), true
	}
	return []*data.Node{leaf}
}

// anyJSON draws a value as text, with blanks where there may be some.
func anyJSON(t *rapid.T, deep int) string {
	blank := rapid.SampledFrom([]string{"", "", " ", "\n\t\r "})
	kinds := []string{"text", "word", "object", "array"}
	if deep == 0 {
		kinds = kinds[:2]
	}
	text := func() string {
		if rapid.Bool().Draw(t, "plain") {
			return rapid.SampledFrom([]string{`"a"`, `"m:b"`, `""`, `"a\\\"b"`, `"\u00e9\ud83d\ude00\ud800"`, "\"\xff\xc3\xa9\"", `"]},:"`}).Draw(t, "text")
		}
		quoted, _ := json.Marshal(rapid.String().Draw(t, "string"))
		return string(quoted)
	}
	var parts []string
	switch kind := rapid.SampledFrom(kinds).Draw(t, "kind"); kind {
	case "text":
		return text()
	case "word":
		return rapid.SampledFrom([]string{"0", "-1.5e+3", "18446744073709551615", "true", "false", "null"}).Draw(t, "word")
	default:
		for range rapid.IntRange(0, 3).Draw(t, "members") {
			part := blank.Draw(t, "") + anyJSON(t, deep-1) + blank.Draw(t, "")
			if kind == "object" {
				part = blank.Draw(t, "") + text() + blank.Draw(t, "") + ":" + part
			}
			parts = append(parts, part)
		}
		if kind == "object" {
			return "{" + blank.Draw(t, "") + strings.Join(parts, ",") + "}"
		}
		return "[" + blank.Draw(t, "") + strings.Join(parts, ",") + "]"
	}
}

// Valid text is read as by tokens, and what is none of it is refused: what is cut off, or
// has a character too much or another one.
func TestJSONIsReadAsByTokens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(anyJSON(t, 4))
		if at := rapid.IntRange(0, 3*len(text)).Draw(t, "at"); at < len(text) {
			text = append(text[:at:at], append(rapid.SampledFrom([][]byte{nil, []byte(","), []byte("}"), []byte(`"`), []byte(`\`), []byte("x")}).Draw(t, "for"), text[at+1:]...)...)
		}
		got, err := data.FromJSON("m:top", text)
		if valid := json.Valid(text); valid != (err == nil) {
			t.Fatalf("%q: valid %v, %v", text, valid, err)
		} else if !valid {
			return
		}
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		if want := byTokens(t, dec, "m", "top"); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q is read as %+v, by tokens as %+v", text, got, want)
		}
	})
}
