package provider

import (
	"errors"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/netmirror/netmirror/client"
)

// place is the attribute that a JSON pointer into the body of a request points to, as deep
// as the schema goes: /sources/0/interface is sources[0].interface.
func place(of map[string]attr.Type, pointer string) (path.Path, bool) {
	at, here := path.Empty(), attr.Type(types.ObjectType{AttrTypes: of})
	found := false
	for _, part := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		switch t := here.(type) {
		case types.ObjectType:
			name := attributeName(part)
			next, ok := t.AttrTypes[name]
			if !ok {
				return at, found
			}
			at, here = at.AtName(name), next
		case types.ListType:
			i, err := strconv.Atoi(part)
			if err != nil {
				return at, found
			}
			at, here = at.AtListIndex(i), t.ElemType
		case types.MapType:
			at, here = at.AtMapKey(part), t.ElemType
		default:
			return at, found
		}
		found = true
	}
	return at, found
}

// shallow is a place as deep as Terraform finds the line of it: an attribute and an item of its
// list. What is deeper it would show at the head of the resource, where nobody sees what is
// meant (Terraform 1.11, internal/tfdiags/contextual.go). all reports whether nothing was cut.
func shallow(at path.Path) (top path.Path, all bool) {
	steps := at.Steps()
	keep := min(len(steps), 1)
	if len(steps) > 1 {
		switch steps[1].(type) {
		case path.PathStepElementKeyInt, path.PathStepElementKeyString:
			keep = 2
		}
	}
	top = at
	for range len(steps) - keep {
		top = top.ParentPath()
	}
	return top, keep == len(steps)
}

// refuse tells a refusal: each reason at the attribute that it is about, and what else
// there is to say with the first of them.
func (s *shared) refuse(diags *diag.Diagnostics, of map[string]attr.Type, doing string, err error) {
	var p *client.Problem
	if !errors.As(err, &p) || len(p.Errors) == 0 {
		diags.AddError(doing, s.advised(err))
		return
	}
	more := proposed(p.Proposals)
	for _, r := range p.Errors {
		refuseOne(diags, of, doing, r, more)
		more = ""
	}
}

func refuseOne(diags *diag.Diagnostics, of map[string]attr.Type, doing string, r client.Reason, more string) {
	text := sentence(r) + more
	if at, ok := place(of, r.Pointer); ok {
		top, all := shallow(at)
		if !all {
			text = at.String() + ": " + text
		}
		diags.AddAttributeError(top, doing, text)
		return
	}
	if r.Pointer != "" {
		text += " (" + r.Pointer + ")"
	}
	if r.Parameter != "" {
		text += " (" + r.Parameter + ")"
	}
	diags.AddError(doing, text)
}

// sentence is a reason without its place.
func sentence(r client.Reason) string {
	r.Pointer = ""
	return r.String()
}

// proposed are the changes of a session that would be accepted.
func proposed(list []client.Proposal) string {
	var b strings.Builder
	for _, p := range list {
		b.WriteString("\nwould be accepted (" + p.Kind + "): " + p.Message)
	}
	return b.String()
}

// fault is the first error among diagnostics.
func fault(diags diag.Diagnostics) error {
	for _, d := range diags.Errors() {
		return errors.New(d.Summary() + ": " + d.Detail())
	}
	return nil
}
