package ansible

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/api"
)

var update = flag.Bool("update", false, "write the options of the modules anew")

// TestTheOptionsAreOfThisDocument: whoever adds a field to the API has the options of the
// modules and their documentation made anew (go test ./integrations/ansible -run Options -update).
func TestTheOptionsAreOfThisDocument(t *testing.T) {
	for path, want := range optionFiles(t, openAPI(t)) {
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(got), want); diff != "" {
			t.Errorf("%s is not of the API's document (-it is, +it would be); go test ./integrations/ansible -run Options -update writes it:\n%s", path, diff)
		}
	}
}

// A schema is what of a schema of the document is read.
type schema struct {
	Ref         string             `json:"$ref"`
	Type        jsonType           `json:"type"`
	Description string             `json:"description"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	Items       *schema            `json:"items"`
	AnyOf       []*schema          `json:"anyOf"`
}

// A jsonType is a name, in the document also one of a list with null.
type jsonType string

func (t *jsonType) UnmarshalJSON(raw []byte) error {
	var several []string
	if json.Unmarshal(raw, &several) == nil {
		several = slices.DeleteFunc(several, func(s string) bool { return s == "null" })
		raw, _ = json.Marshal(strings.Join(several, " or "))
	}
	return json.Unmarshal(raw, (*string)(t))
}

type schemas map[string]*schema

func openAPI(t *testing.T) schemas {
	t.Helper()
	w := httptest.NewRecorder()
	api.New(api.Config{}).ServeHTTP(w, httptest.NewRequest("GET", "/openapi.json", nil))
	var doc struct {
		Components struct{ Schemas schemas } `json:"components"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Components.Schemas
}

// An option is a field of the API as Ansible's modules have it.
type option struct {
	name, kind, elements, words string
	required                    bool
	options                     []option
}

// unsaid is what options are for whose fields the document says nothing of.
var unsaid = map[string]string{
	"address": "an address", "admission": "how the predicted load is judged", "delete": "what is to go; sessions go first",
	"description": "free text for people", "device": "name of a device", "devices": "devices of the manifest", "dscp": "of the outer IP header",
	"erspan": "what the GRE tunnel of copies to a collector needs", "filters": "filters of the manifest", "from": "the first", "interface": "in the platform's words",
	"ip": "IP address of a collector", "lease": "how long the session lives; its intent stays when that is over", "mtu": "octets of the outer packet",
	"name": "its name", "on_overload": "what is done when the destination is oversubscribed", "purpose": "why the session is there", "reason": "in a few words",
	"rspan": "the remote VLAN that carries copies between switches", "sessions": "sessions of the manifest", "ticket": "number of a change ticket", "to": "the last",
	"tool": "name of a tool", "tools": "tools of the manifest", "transit": "devices on the path of the remote VLAN", "trunks": "interfaces that carry the remote VLAN",
	"ttl": "of the outer IP header", "until": "an end, RFC 3339", "vlan": "number of a VLAN", "vrf": "where the tunnel begins", "labels": "for selectors",
}

var word = regexp.MustCompile(`[A-Z]+`)

// optionName is a field's name in the words of Ansible: filter_vlans of filterVlans.
func optionName(t *testing.T, field string) string {
	name := word.ReplaceAllStringFunc(field, func(s string) string { return "_" + strings.ToLower(s) })
	parts := strings.Split(name, "_")
	for i, p := range parts[1:] {
		parts[i+1] = strings.ToUpper(p[:1]) + p[1:]
	}
	if back := strings.Join(parts, ""); back != field {
		t.Fatalf("the field %s becomes %s, and the modules would send %s", field, name, back)
	}
	return name
}

func (all schemas) resolve(t *testing.T, s *schema) *schema {
	if s.Ref == "" {
		return s
	}
	to := all[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	if to == nil {
		t.Fatalf("the document lacks %s", s.Ref)
	}
	return to
}

// options are the fields of an object, by name.
func (all schemas) options(t *testing.T, s *schema) (out []option) {
	for _, field := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[field]
		is := all.resolve(t, p)
		o := option{name: optionName(t, field), words: p.Description, required: slices.Contains(s.Required, field)}
		if o.words == "" {
			o.words = unsaid[o.name]
		}
		if o.words == "" {
			o.words = "the field " + field + " of the API"
		}
		o.kind, o.options = all.kind(t, field, is)
		if o.kind == "list" {
			o.elements, o.options = all.kind(t, field, all.resolve(t, is.Items))
		}
		out = append(out, o)
	}
	return out
}

// kind is Ansible's type of a value, and the options of a dict whose fields are known.
func (all schemas) kind(t *testing.T, field string, s *schema) (string, []option) {
	switch {
	case s.Type == "object" && len(s.Properties) > 0:
		return "dict", all.options(t, s)
	case len(s.AnyOf) > 0: // a text that may be written as a number
		return "str", nil
	}
	kind := map[jsonType]string{"string": "str", "integer": "int", "number": "float", "boolean": "bool", "object": "dict", "array": "list"}[s.Type]
	if kind == "" {
		t.Fatalf("the field %s is of type %q, for which Ansible's type is not told", field, s.Type)
	}
	return kind, nil
}

// notSecret are options whose names sound to Ansible as if their values were to be hidden.
var notSecret = regexp.MustCompile(`key|credential|token|pass|secret`)

// argumentSpec is the options in Python, as AnsibleModule takes them.
func argumentSpec(b *strings.Builder, options []option, indent string, topLevel bool) {
	for _, o := range options {
		fmt.Fprintf(b, "%s'%s': {'type': '%s'", indent, o.name, o.kind)
		if o.elements != "" {
			fmt.Fprintf(b, ", 'elements': '%s'", o.elements)
		}
		if o.required && !topLevel {
			b.WriteString(", 'required': True")
		}
		if notSecret.MatchString(o.name) {
			b.WriteString(", 'no_log': False")
		}
		if o.options != nil {
			b.WriteString(", 'options': {\n")
			argumentSpec(b, o.options, indent+"    ", false)
			b.WriteString(indent + "}")
		}
		b.WriteString("},\n")
	}
}

// documentation is the options in YAML, as ansible-doc reads them.
func documentation(b *strings.Builder, options []option, indent string, topLevel bool) {
	for _, o := range options {
		fmt.Fprintf(b, "%s%s:\n%s  description:\n%s    - %s\n%s  type: %s\n", indent, o.name, indent, indent, quoted(o.words, indent+"      "), indent, o.kind)
		if o.elements != "" {
			fmt.Fprintf(b, "%s  elements: %s\n", indent, o.elements)
		}
		if o.required && !topLevel {
			fmt.Fprintf(b, "%s  required: true\n", indent)
		}
		if o.options != nil {
			fmt.Fprintf(b, "%s  suboptions:\n", indent)
			documentation(b, o.options, indent+"    ", false)
		}
	}
}

// quoted is a text of YAML in lines of no great length.
func quoted(words, indent string) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text) // a text of JSON is one of YAML
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(words)
	line, out := 0, ""
	for i, w := range strings.Split(strings.TrimSpace(text.String()), " ") {
		switch {
		case i == 0:
		case line+len(w) > 90:
			out, line = out+"\n"+indent, 0
		default:
			out += " "
		}
		out, line = out+w, line+len(w)+1
	}
	return out
}

const pythonHead = `# Made of the API's OpenAPI document by: go test ./integrations/ansible -run Options -update
# SPDX-License-Identifier: Apache-2.0

from __future__ import absolute_import, division, print_function

__metaclass__ = type
`

// optionFiles are the files that hold options, by their paths.
func optionFiles(t *testing.T, all schemas) map[string]string {
	files := map[string]string{}
	var specs strings.Builder
	specs.WriteString(pythonHead)
	for _, kind := range []string{"session", "device", "tool", "filter", "manifest"} {
		name := strings.ToUpper(kind[:1]) + kind[1:]
		if kind != "manifest" {
			name += "Spec"
		}
		if all[name] == nil {
			t.Fatalf("the document lacks %s", name)
		}
		options := all.options(t, all[name])
		specs.WriteString("\n" + strings.ToUpper(kind) + " = {\n")
		argumentSpec(&specs, options, "    ", true)
		specs.WriteString("}\n")
		var doc strings.Builder
		doc.WriteString(pythonHead + "\n\nclass ModuleDocFragment(object):\n    DOCUMENTATION = r'''\noptions:\n")
		documentation(&doc, options, "  ", true)
		doc.WriteString("'''\n")
		files[filepath.Join("plugins", "doc_fragments", kind+"_fields.py")] = doc.String()
	}
	files[filepath.Join("plugins", "module_utils", "fields.py")] = specs.String()
	return files
}
