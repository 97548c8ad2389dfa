package clientgen

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

func writeCalls(calls []call) string {
	var b strings.Builder
	for _, c := range calls {
		c.writeOptions(&b)
		c.write(&b)
		if c.preview != "" {
			c.writePreview(&b)
		}
		if c.item != "" {
			c.writePages(&b)
		}
		if c.stream {
			c.writeStream(&b)
		}
	}
	return imports(b.String(), "context", "encoding/json", "io", "iter", "net/http", "time") + b.String()
}

var commentLine = regexp.MustCompile(`(?m)^\s*//.*$`)

// imports are those of the packages that text uses.
func imports(text string, packages ...string) string {
	var b strings.Builder
	text = commentLine.ReplaceAllString(text, "")
	b.WriteString("import (\n")
	for _, p := range packages {
		if strings.Contains(text, path.Base(p)+".") {
			fmt.Fprintf(&b, "%q\n", p)
		}
	}
	return b.String() + ")\n"
}

func (c call) writeOptions(b *strings.Builder) {
	if len(c.options) == 0 {
		return
	}
	fmt.Fprintf(b, "\n// %sOptions are the parameters of %s. Those that are zero are left out.\ntype %[1]sOptions struct {\n", c.name, c.name)
	for _, o := range c.options {
		b.WriteString(comment("\t", o.doc))
		fmt.Fprintf(b, "\t%s %s\n", o.field, o.typ)
	}
	fmt.Fprintf(b, "}\n\nfunc (o %sOptions) addTo(r *Request) {\n", c.name)
	for _, o := range c.options {
		switch {
		case o.field == "Wait" && o.in == "header":
			fmt.Fprintf(b, "\tr.Wait = o.Wait\n")
		case o.in == "header":
			fmt.Fprintf(b, "\tr.header(%q, o.%s)\n", o.name, o.field)
		default:
			fmt.Fprintf(b, "\tr.query(%q, o.%s)\n", o.name, o.field)
		}
	}
	b.WriteString("}\n")
}

// arguments are those of the method, after ctx.
func (c call) arguments(withOptions bool) string {
	var out strings.Builder
	for _, p := range c.path {
		out.WriteString(", " + p + " string")
	}
	switch {
	case c.body == "any":
		out.WriteString(", patch any")
	case c.body != "":
		out.WriteString(", body " + c.body)
	}
	if withOptions && len(c.options) > 0 {
		out.WriteString(", opts " + c.name + "Options")
	}
	return out.String()
}

func (c call) doc(name, first string) string {
	text := name + ": " + sentence(strings.ToLower(c.op.Summary[:1])+c.op.Summary[1:])
	if first != "" {
		text = name + " " + first
	}
	if d := sentence(strings.ReplaceAll(c.op.Description, "\n\n", " ")); d != "" {
		text += " " + d
	}
	switch c.body {
	case "any":
		text += "\n\npatch is a JSON merge patch of the resource's spec (RFC 7396): a map, json.RawMessage or whatever else marshals to one."
	default:
		if strings.HasPrefix(c.body, "*") {
			text += "\n\nbody may be nil."
		}
	}
	if c.op.Deprecated {
		text += "\n\nDeprecated: see the API's description."
	}
	return comment("", text)
}

func (c call) request(b *strings.Builder) {
	expr, rest := "", c.op.path
	for _, p := range c.path {
		before, after, _ := strings.Cut(rest, "{"+p+"}")
		expr += fmt.Sprintf("%q + segment(%s) + ", before, p)
		rest = after
	}
	if rest != "" || expr == "" {
		expr += fmt.Sprintf("%q", rest)
	}
	expr = strings.TrimSuffix(expr, " + ")
	fmt.Fprintf(b, "\tr := Request{Method: http.Method%s, Path: %s", strings.ToUpper(c.op.method[:1])+strings.ToLower(c.op.method[1:]), expr)
	switch {
	case c.body == "any":
		b.WriteString(", Body: patch, MergePatch: true")
	case strings.HasPrefix(c.body, "*"):
		b.WriteString(", Body: orNone(body)")
	case c.body != "":
		b.WriteString(", Body: body")
	}
	b.WriteString("}\n")
	if len(c.options) > 0 {
		b.WriteString("\topts.addTo(&r)\n")
	}
}

func (c call) write(b *strings.Builder) {
	value := c.answer
	if value == "" {
		value = "struct{}"
	}
	result, how := value, "value"
	switch {
	case c.raw == "stream":
		result, how = "io.ReadCloser", "stream"
	case c.raw == "bytes":
		result, how = "[]byte", "bytes"
	case c.meta:
		result, how = "Answer["+value+"]", "answer"
	case c.answer == "":
		how = "none"
	}
	fmt.Fprintf(b, "\n%s", c.doc(c.name, ""))
	if how == "none" {
		fmt.Fprintf(b, "func (c *Client) %s(ctx context.Context%s) error {\n", c.name, c.arguments(true))
		c.request(b)
		b.WriteString("\t_, err := call[struct{}](ctx, c, r)\n\treturn err\n}\n")
		return
	}
	fmt.Fprintf(b, "func (c *Client) %s(ctx context.Context%s) (%s, error) {\n", c.name, c.arguments(true), result)
	c.request(b)
	switch how {
	case "stream":
		b.WriteString("\treturn c.stream(ctx, r)\n}\n")
	case "bytes":
		b.WriteString("\ta, err := call[[]byte](ctx, c, r)\n\treturn a.Value, err\n}\n")
	case "answer":
		fmt.Fprintf(b, "\treturn call[%s](ctx, c, r)\n}\n", value)
	default:
		fmt.Fprintf(b, "\ta, err := call[%s](ctx, c, r)\n\treturn a.Value, err\n}\n", value)
	}
}

func (c call) writeStream(b *strings.Builder) {
	name := "Stream" + strings.TrimPrefix(c.name, "List")
	fmt.Fprintf(b, "\n%s", c.doc(name, "is "+c.name+" as a stream of events, which ReadStream reads, until ctx ends or it is closed."))
	fmt.Fprintf(b, "func (c *Client) %s(ctx context.Context%s) (io.ReadCloser, error) {\n", name, c.arguments(true))
	c.request(b)
	b.WriteString("\treturn c.stream(ctx, r)\n}\n")
}

func (c call) writePreview(b *strings.Builder) {
	name := "DryRun" + c.name
	fmt.Fprintf(b, "\n%s", c.doc(name, "asks what "+c.name+" would do; nothing is stored or sent."))
	fmt.Fprintf(b, "func (c *Client) %s(ctx context.Context%s) (%s, error) {\n", name, c.arguments(true), c.preview)
	c.request(b)
	fmt.Fprintf(b, "\tr.query(\"dryRun\", true)\n\ta, err := call[%s](ctx, c, r)\n\treturn a.Value, err\n}\n", c.preview)
}

func (c call) writePages(b *strings.Builder) {
	end := "It ends after the last page."
	more := "false"
	if c.endless {
		end, more = "It ends where nothing more has happened yet.", "p.More"
	}
	fmt.Fprintf(b, "\n%s", comment("", fmt.Sprintf("%s gives the entries of all pages of %s, from opts.Cursor on, and asks for a page when it is reached. An error ends it. %s", c.listName, c.name, end)))
	var args []string
	for _, p := range c.path {
		args = append(args, p)
	}
	args = append(args, "opts")
	fmt.Fprintf(b, "func (c *Client) %s(ctx context.Context%s) iter.Seq2[%s, error] {\n", c.listName, c.arguments(true), c.item)
	fmt.Fprintf(b, "\treturn pages(opts.Cursor, %v, func(cursor string) ([]%s, string, bool, error) {\n\t\topts := opts\n\t\topts.Cursor = cursor\n", c.endless, c.item)
	fmt.Fprintf(b, "\t\tp, err := c.%s(ctx, %s)\n\t\treturn p.Items, p.NextCursor, %s, err\n\t})\n}\n", c.name, strings.Join(args, ", "), more)
}
