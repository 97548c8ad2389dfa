package clientgen

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A call is one method of the client.
type call struct {
	op       operation
	name     string
	path     []string // its parameters
	body     string   // type of the request's body, "" = none
	options  []option
	answer   string // type of the value, "" = none
	meta     bool   // an Answer that holds the value, with status and headers
	raw      string // "bytes" or "stream" where the answer is no JSON
	stream   bool   // it can be had as a stream, too
	preview  string // type of what a dry run answers, "" = there is no dry run
	item     string // type of a list's entries where it has pages, "" = no pages
	listName string
	endless  bool // there always is a next page
}

// An option is a query or header parameter.
type option struct {
	field, typ, doc string
	in, name        string
}

func (g *generator) call(op operation) (call, error) {
	c := call{op: op, name: goName(op.ID)}
	for _, p := range op.Parameters {
		switch {
		case p.In == "path":
			c.path = append(c.path, p.Name)
		case p.In == "query" && p.Name == "dryRun": // a call of its own
		default:
			o, err := optionOf(p)
			if err != nil {
				return c, err
			}
			c.options = append(c.options, o)
		}
	}
	if err := g.bodyOf(&c); err != nil {
		return c, err
	}
	return c, g.answerOf(&c)
}

func optionOf(p parameter) (option, error) {
	o := option{field: goName(p.Name), doc: p.Description, in: p.In, name: p.Name}
	if p.Required {
		o.doc = strings.TrimSuffix(cmp.Or(o.doc, "see the API"), ".") + "; required"
	}
	if p.Schema != nil && len(p.Schema.Enum) > 0 {
		o.doc += fmt.Sprintf(" (one of %v)", strings.Trim(fmt.Sprint(p.Schema.Enum), "[]"))
	}
	if p.In == "header" && p.Name == "Prefer" {
		o.field, o.typ = "Wait", "time.Duration"
		o.doc = "how long the controller itself is to wait for the rollout, in whole seconds; it cuts that to 60 s"
		return o, nil
	}
	typ, err := goType(p.Schema)
	if err != nil {
		return o, err
	}
	o.typ = typ
	if !slices.Contains([]string{"string", "int64", "float64", "bool", "time.Time", "Duration", "[]string"}, typ) || p.In != "query" && p.In != "header" || p.In == "header" && typ != "string" {
		return o, fmt.Errorf("parameter %s in %s of type %s", p.Name, p.In, typ)
	}
	return o, nil
}

func (g *generator) bodyOf(c *call) error {
	b := c.op.Body
	switch {
	case b == nil:
		return nil
	case b.Content[mediaMergePatch].Schema != nil:
		c.body = "any"
		return nil
	case b.Content[mediaJSON].Schema != nil && b.Content[mediaJSON].Schema.anything():
		c.body = "json.RawMessage"
		return nil
	case b.Content[mediaJSON].Schema == nil || b.Content[mediaJSON].Schema.name() == "":
		return fmt.Errorf("the body is no JSON of a named schema")
	}
	c.body = b.Content[mediaJSON].Schema.name()
	g.use(c.body, "taken by "+c.name)
	g.input[c.body] = true
	if !b.Required {
		c.body = "*" + c.body
	}
	return nil
}

// answerOf finds what the call gives: the value that most statuses of success
// answer with, and what a dry run answers instead.
func (g *generator) answerOf(c *call) error {
	statuses := c.op.success()
	if len(statuses) == 0 {
		return fmt.Errorf("no status of success")
	}
	var bodies, headers []string
	var done string // what is answered when it is done: the first of two, or that of the last status
	for _, status := range statuses {
		r := c.op.Responses[status]
		headers = append(headers, slices.Collect(maps.Keys(r.Headers))...)
		if len(r.Content) == 0 {
			continue
		}
		_, stream := r.Content[mediaStream]
		if m, ok := r.Content[mediaJSON]; ok {
			c.stream = c.stream || stream
			named := []*schema{m.Schema}
			if len(m.Schema.OneOf) > 0 {
				named = m.Schema.OneOf
			}
			done = named[0].name()
			for _, s := range named {
				if s.name() == "" {
					return fmt.Errorf("status %s answers JSON of no named schema", status)
				}
				bodies = append(bodies, s.name())
			}
			continue
		}
		c.raw = "bytes"
		if stream {
			c.raw = "stream"
		}
	}
	slices.Sort(bodies)
	names := slices.Compact(bodies)
	dry := c.op.parameter("query", "dryRun") != nil
	switch {
	case len(names) == 0 && dry || len(names) > 2 || len(names) == 2 && !dry:
		return fmt.Errorf("success answers with %v", names)
	case len(names) == 2:
		c.answer = done
		c.preview = names[0]
		if c.preview == c.answer {
			c.preview = names[1]
		}
	case dry && len(bodies) < len(statuses): // what is done answers with nothing
		c.preview = names[0]
	case len(names) == 1:
		c.answer = names[0]
		if dry {
			c.preview = names[0]
		}
	}
	if c.raw != "" && c.answer != "" {
		return fmt.Errorf("success answers with JSON and with %s", c.raw)
	}
	wanted := slices.ContainsFunc(headers, func(h string) bool { return h == "ETag" || h == "Location" })
	nothing := c.answer == "" && c.preview != "" && len(statuses) == 2 // beside the plan of a dry run
	c.meta = c.raw == "" && !nothing && (wanted || len(statuses) > 1)
	if c.answer != "" {
		g.use(c.answer, "answered by "+c.name)
	}
	if c.preview != "" {
		g.use(c.preview, "answered by DryRun"+c.name)
	}
	g.pagesOf(c)
	return nil
}

// pagesOf finds out whether the answer is a page of a list.
func (g *generator) pagesOf(c *call) {
	page := g.doc.Components.Schemas[c.answer]
	if page == nil || c.op.parameter("query", "cursor") == nil || page.Properties["items"] == nil || page.Properties["nextCursor"] == nil {
		return
	}
	c.item = page.Properties["items"].Items.name()
	c.endless = slices.Contains(page.Required, "nextCursor")
	c.listName = "All" + strings.TrimPrefix(c.name, "List")
}
