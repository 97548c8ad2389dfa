package junos

import (
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/model/rpc"
)

// loadConfiguration changes the candidate by XML, by text in blocks, by commands, or makes
// it an old one. What of commands and blocks is refused is told, the rest holds.
func (s *session) loadConfiguration(op *model.Element) (string, error) {
	defer s.d.locked()()
	if err := s.edits(); err != nil {
		return "", err
	}
	next, told := s.Candidate().Clone(), rpc.Errors(nil)
	action := attr(op, "action", "merge")
	if action == "override" || action == "update" { // the whole configuration
		next = cmdline.NewStatement(s.d.model.form)
	}
	number, back := op.Attr("", "rollback")
	switch {
	case back:
		old, err := s.d.rollbackOf(number)
		if err != nil {
			return "", err
		}
		next = old
	case op.Kid("configuration-set") != nil:
		for line := range strings.Lines(op.Kid("configuration-set").Text) {
			if verb, rest, _ := strings.Cut(strings.TrimSpace(line), " "); verb != "" && !strings.HasPrefix(verb, "#") {
				told = append(told, loads(next, verb, cmdline.Quoted(rest))...)
			}
		}
	case op.Kid("configuration-text") != nil:
		told = blocks(next, op.Kid("configuration-text").Text)
	case op.Kid("configuration") != nil:
		x := op.Kid("configuration")
		if len(x.Kids) == 1 && x.Kids[0].Name == x.Name { // ncclient wraps what it is given
			x = x.Kids[0]
		}
		top := &model.Element{Kids: []*model.Element{x}}
		plain(top)
		told = absent(treeOf(s.d.Schema(), next), top, nil)
		var err error
		if next, err = s.d.edited(next, top, model.OpMerge); err != nil {
			return "", err
		}
	default:
		return "", refused("missing mandatory argument")
	}
	s.Replace(next)
	body := "<load-configuration-results>\n" + told.XML()
	if !told.Fails() {
		body += "<ok/>\n"
	}
	return body + "</load-configuration-results>", nil
}

// loads carries one command out.
func loads(c config, verb string, toks []cmdline.Token) rpc.Errors {
	words := make([]string, len(toks))
	for i, t := range toks {
		words[i] = cmdline.Quote(t.Text)
	}
	if !slices.Contains(cmdline.EditVerbs, verb) {
		return rpc.Errors{{Type: "protocol", Tag: model.TagFailed, Text: "syntax error", Info: [][2]string{{"bad-element", verb}}}}
	}
	answer, fault := change(c, nil, verb, toks)
	switch {
	case fault != nil:
		bad := ""
		for _, t := range toks {
			if t.Col <= fault.Col {
				bad = t.Text
			}
		}
		return rpc.Errors{{Type: "protocol", Tag: model.TagFailed, Text: strings.TrimSuffix(faultText(fault, toks), ".\n"), Info: [][2]string{{"bad-element", bad}}}}
	case answer != "":
		return rpc.Errors{notFound(words)}
	}
	return nil
}

// notFound warns of what is to go and is not there.
func notFound(words []string) *rpc.Error {
	last := max(0, len(words)-1)
	return &rpc.Error{Severity: "warning", Path: strings.TrimRight("[edit "+strings.Join(words[:last], " "), " ") + "]", Text: "statement not found: " + strings.Join(words[last:], " ")}
}

// absent looks for elements that delete what is not there: it warns of each and has it do
// nothing.
func absent(n *model.Node, x *model.Element, words []string) (out rpc.Errors) {
	for _, k := range x.Kids {
		at := n.At(k.Name)
		path := append(slices.Clip(words), k.Name)
		if name := k.Kid("name"); name != nil {
			text := strings.TrimSpace(name.Text)
			at, path = n.Entry(k.Name, text), append(path, cmdline.Quote(text))
		} else if text := strings.TrimSpace(k.Text); text != "" && len(n.All(k.Name)) > 1 {
			i := slices.IndexFunc(n.All(k.Name), func(v *model.Node) bool { return v.Value == text })
			if at = nil; i >= 0 {
				at = n.All(k.Name)[i]
			}
		}
		if k.Name == "configuration" {
			path = words
		}
		for i, a := range k.Attrs {
			if a.Name.Local == "operation" && a.Value == string(model.OpDelete) && at == nil {
				k.Attrs[i].Value = string(model.OpRemove)
				out = append(out, notFound(path))
			}
		}
		out = append(out, absent(at, k, path)...)
	}
	return out
}

// blocks reads text in nested blocks: "a b { c d; inactive: e; }". A block or statement
// behind "replace:" or "delete:" takes what is there away first.
func blocks(c config, text string) (told rpc.Errors) {
	var path [][]cmdline.Token // of the open blocks
	var off [][]cmdline.Token  // what is inactive, once it is there
	var words []cmdline.Token
	var tags []string
	full := func() (all []cmdline.Token) { return slices.Concat(append(slices.Clip(path), words)...) }
	begin := func() {
		for _, t := range tags {
			switch t {
			case "replace:", "delete:":
				_, _ = change(c, nil, "delete", full()) // what is wrong shows when it is set
			case "inactive:":
				off = append(off, full())
			}
		}
	}
	for _, t := range blockTokens(text) {
		switch t.Text {
		case "{":
			begin()
			path = append(path, words)
			words, tags = nil, nil
		case ";":
			if begin(); !slices.Contains(tags, "delete:") && len(words) > 0 {
				told = append(told, loads(c, "set", full())...)
			}
			words, tags = nil, nil
		case "}":
			if len(path) == 0 || len(words) > 0 {
				return append(told, &rpc.Error{Type: "protocol", Tag: model.TagFailed, Text: "syntax error", Info: [][2]string{{"bad-element", t.Text}}})
			}
			last := len(path) - 1
			if steps, fault := c.Form().Path(slices.Concat(path...), true); fault == nil && c.Find(steps) == nil { // an empty block
				told = append(told, loads(c, "set", slices.Concat(path...))...)
			}
			path = path[:last]
		case "replace:", "delete:", "inactive:", "active:", "protect:":
			tags = append(tags, t.Text)
		default:
			words = append(words, t)
		}
	}
	if len(path) > 0 || len(words) > 0 {
		told = append(told, &rpc.Error{Type: "protocol", Tag: model.TagFailed, Text: "syntax error" + notRecorded, Info: [][2]string{{"bad-element", "}"}}})
	}
	for _, toks := range off {
		told = append(told, loads(c, "deactivate", toks)...)
	}
	return told
}

// blockTokens splits text in words, braces, brackets and semicolons; remarks go.
func blockTokens(text string) (out []cmdline.Token) {
	for at := 0; at < len(text); {
		rest := text[at:]
		switch {
		case strings.HasPrefix(rest, "/*"):
			if end := strings.Index(rest, "*/"); end >= 0 {
				at += end + 2
			} else {
				at = len(text)
			}
		case rest[0] == '#':
			at += len(rest)
			if end := strings.IndexByte(rest, '\n'); end >= 0 {
				at += end - len(rest)
			}
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			at++
		case strings.IndexByte("{};[]", rest[0]) >= 0:
			out = append(out, cmdline.Token{Text: rest[:1], Col: at})
			at++
		case rest[0] == '"':
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				end = len(rest) - 1
			}
			out = append(out, cmdline.Token{Text: rest[1 : 1+end], Col: at})
			at += min(len(rest), end+2)
		default:
			end := strings.IndexAny(rest, " \t\r\n{};[]\"")
			if end < 0 {
				end = len(rest)
			}
			out = append(out, cmdline.Token{Text: rest[:end], Col: at})
			at += end
		}
	}
	return out
}
