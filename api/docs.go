package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html.tmpl
var docsTemplate string

//go:embed docs.css
var docsStyle string

type rawOutput struct {
	ContentType           string `header:"Content-Type"`
	ContentSecurityPolicy string `header:"Content-Security-Policy"`
	Body                  []byte
}

// registerDocs serves the OpenAPI document and a page made from it. The page is
// one file without scripts: it must work where there is no internet. Both are made when
// they are first asked for, which most controllers never are.
func (s *server) registerDocs() {
	document := sync.OnceValues(func() ([]byte, error) { return json.Marshal(s.api.OpenAPI()) })
	page := sync.OnceValues(s.renderDocs)
	register(s, endpoint{id: "openapi", method: http.MethodGet, path: "/openapi.json", tag: "documentation",
		summary: "This document", doc: "OpenAPI 3.1.", answers: []answer{{status: http.StatusOK}}, rawAnswer: "application/openapi+json"},
		func(context.Context, *struct{}) (*rawOutput, error) {
			body, err := document()
			if err != nil {
				return nil, err
			}
			return &rawOutput{ContentType: "application/openapi+json", Body: body}, nil
		})
	style := sha256.Sum256([]byte(docsStyle))
	policy := "default-src 'none'; frame-ancestors 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(style[:]) + "'"
	register(s, endpoint{id: "docs", method: http.MethodGet, path: "/docs", tag: "documentation",
		summary: "This document for people", doc: "A page without scripts.", answers: []answer{{status: http.StatusOK}}, rawAnswer: "text/html"},
		func(context.Context, *struct{}) (*rawOutput, error) {
			body, err := page()
			if err != nil {
				return nil, err
			}
			return &rawOutput{ContentType: "text/html; charset=utf-8", ContentSecurityPolicy: policy, Body: body}, nil
		})
}

type (
	docsPage struct {
		Title, Version, Description string
		Style                       template.CSS
		Groups                      []docsGroup
		Schemas                     []docsSchema
	}
	docsGroup struct {
		Name       string
		Operations []docsOperation
	}
	docsOperation struct {
		*huma.Operation
		Body    *huma.Schema
		Bodies  []string
		Answers []docsAnswer
		// Examples are requests with their answers, as they were tried.
		Examples []docsExample
	}
	docsExample struct {
		Name, Request, Body, Status, Answer string
	}
	docsAnswer struct {
		Status, Text string
		Schemas      []*huma.Schema
	}
	docsSchema struct {
		Name   string
		Schema *huma.Schema
		Fields []docsField
	}
	docsField struct {
		Name, Doc string
		Required  bool
		Schema    *huma.Schema
	}
)

func (s *server) renderDocs() ([]byte, error) {
	doc := s.api.OpenAPI()
	page := docsPage{Title: doc.Info.Title, Version: doc.Info.Version, Description: doc.Info.Description,
		Style: template.CSS(docsStyle), Schemas: docsSchemas(s.registry)}
	for _, path := range sortedKeys(doc.Paths) {
		item := doc.Paths[path]
		for _, op := range operationsOf(item) {
			page.add(op)
		}
	}
	t, err := template.New("docs").Funcs(template.FuncMap{"type": typeText, "ref": refName, "required": func(p *huma.Param) bool { return p.Required }}).Parse(docsTemplate)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, page)
	return out.Bytes(), err
}

func (p *docsPage) add(op *huma.Operation) {
	d := docsOperation{Operation: op}
	if op.RequestBody != nil {
		d.Bodies = sortedKeys(op.RequestBody.Content)
		d.Body = op.RequestBody.Content[d.Bodies[0]].Schema
	}
	for _, status := range sortedKeys(op.Responses) {
		a := docsAnswer{Status: status, Text: op.Responses[status].Description}
		if m := op.Responses[status].Content[mediaJSON]; m != nil {
			a.Schemas = m.Schema.OneOf
			if a.Schemas == nil {
				a.Schemas = []*huma.Schema{m.Schema}
			}
		}
		d.Answers = append(d.Answers, a)
	}
	for _, x := range exchanges()[op.OperationID] {
		d.Examples = append(d.Examples, docsExample{x.Name, x.Request, indented(x.Body), strconv.Itoa(x.Status) + " " + http.StatusText(x.Status), indented(x.Answer)})
	}
	i := slices.IndexFunc(p.Groups, func(g docsGroup) bool { return g.Name == op.Tags[0] })
	if i < 0 {
		p.Groups, i = append(p.Groups, docsGroup{Name: op.Tags[0]}), len(p.Groups)
	}
	p.Groups[i].Operations = append(p.Groups[i].Operations, d)
}

// indented is JSON for people; a text as it is.
func indented(raw json.RawMessage) string {
	var text string
	if len(raw) == 0 || json.Unmarshal(raw, &text) == nil {
		return text
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return string(raw)
	}
	return out.String()
}

func docsSchemas(r huma.Registry) []docsSchema {
	var out []docsSchema
	for _, name := range sortedKeys(r.Map()) {
		s := docsSchema{Name: name, Schema: r.Map()[name]}
		for _, field := range sortedKeys(s.Schema.Properties) {
			f := s.Schema.Properties[field]
			s.Fields = append(s.Fields, docsField{Name: field, Doc: f.Description, Schema: f, Required: slices.Contains(s.Schema.Required, field)})
		}
		out = append(out, s)
	}
	return out
}

// refName is the schema that s refers to, itself or by its items, or "".
func refName(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	if values, ok := s.AdditionalProperties.(*huma.Schema); ok && s.Ref == "" {
		return refName(values)
	}
	if s.Items != nil {
		return refName(s.Items)
	}
	if len(s.AnyOf) > 0 {
		return refName(s.AnyOf[0])
	}
	return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
}

// typeText says in words what a schema holds.
func typeText(s *huma.Schema) string {
	if len(s.AnyOf) > 0 && s.AnyOf[len(s.AnyOf)-1].Type != "null" {
		return typeText(s.AnyOf[0]) + " or " + typeText(s.AnyOf[1])
	}
	text := s.Type
	if name := refName(s); name != "" {
		text = name
	}
	switch {
	case s.Items != nil:
		inner := s.Items.Type
		if name := refName(s.Items); name != "" {
			inner = name
		}
		text = "list of " + inner
	case s.Type == huma.TypeObject && s.Ref == "":
		if values, ok := s.AdditionalProperties.(*huma.Schema); ok {
			text = "map of " + typeText(values)
		}
	}
	if s.Format != "" && s.Format != "int64" && s.Format != "double" {
		text += " (" + s.Format + ")"
	}
	if s.Nullable || len(s.AnyOf) > 0 {
		text += " or null"
	}
	return text
}
