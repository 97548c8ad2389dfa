package provider

import (
	"context"
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type attrType = attr.Type

// What the controller has a fixed default for has it here, too, so that a plan shows it and
// an attribute that is taken out of a file goes back to it. A test holds both together.

func nameAttribute(of string) schema.StringAttribute {
	return schema.StringAttribute{Required: true, MarkdownDescription: "Name of the " + of + ": small letters, digits and dashes. Another name is another " + of + ".",
		PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}, Validators: []validator.String{properName{}}}
}

// properName refuses what cannot be the name of an object: it becomes part of an address
// before the controller can judge it.
type properName struct{}

var namePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// Description is for Terraform.
func (properName) Description(context.Context) string {
	return "1 to 63 small letters, digits and dashes, a dash neither first nor last"
}

// MarkdownDescription is for Terraform.
func (n properName) MarkdownDescription(ctx context.Context) string { return n.Description(ctx) }

// ValidateString tells what is no name.
func (n properName) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if v := req.ConfigValue; !v.IsNull() && !v.IsUnknown() && !namePattern.MatchString(v.ValueString()) {
		resp.Diagnostics.AddAttributeError(req.Path, "this is no name", fmt.Sprintf("%q: a name is %s", v.ValueString(), n.Description(ctx)))
	}
}

func needed(doc string) schema.StringAttribute {
	return schema.StringAttribute{Required: true, MarkdownDescription: doc}
}

func text(doc string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: doc}
}

func usually(value, doc string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(value), MarkdownDescription: doc + " Default `" + value + "`."}
}

func number(doc string) schema.Int64Attribute {
	return schema.Int64Attribute{Optional: true, MarkdownDescription: doc}
}

func neededNumber(doc string) schema.Int64Attribute {
	return schema.Int64Attribute{Required: true, MarkdownDescription: doc}
}

func usualNumber(value int64, doc string) schema.Int64Attribute {
	return schema.Int64Attribute{Optional: true, Computed: true, Default: int64default.StaticInt64(value), MarkdownDescription: doc + " Default " + types.Int64Value(value).String() + "."}
}

func share(doc string) schema.Float64Attribute {
	return schema.Float64Attribute{Optional: true, MarkdownDescription: doc}
}

func flag(doc string) schema.BoolAttribute {
	return schema.BoolAttribute{Optional: true, MarkdownDescription: doc}
}

func usualFlag(value bool, doc string) schema.BoolAttribute {
	return schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(value), MarkdownDescription: doc + " Default `" + types.BoolValue(value).String() + "`."}
}

func texts(doc string, required bool) schema.ListAttribute {
	return schema.ListAttribute{Required: required, Optional: !required, ElementType: types.StringType, MarkdownDescription: doc}
}

func numbers(doc string) schema.ListAttribute {
	return schema.ListAttribute{Optional: true, ElementType: types.Int64Type, MarkdownDescription: doc}
}

func labels() schema.MapAttribute {
	return schema.MapAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "For selectors."}
}

func object(doc string, attributes map[string]schema.Attribute) schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{Optional: true, MarkdownDescription: doc, Attributes: attributes}
}

func objects(doc string, required bool, attributes map[string]schema.Attribute) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{Required: required, Optional: !required, MarkdownDescription: doc, NestedObject: schema.NestedAttributeObject{Attributes: attributes}}
}
