package srl

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
)

// Keys of Facts.Extra.
const (
	extraModel    = "mirroring"                // revision of srl_nokia-mirroring, or its namespace
	extraSchema   = "schema"                   // the release from which on mirroring is configured as here
	extraFeatures = "features"                 // those of /system/features that decide here, sorted
	extraSaves    = "commit-save"              // "true": the server saves with every commit
	extraTakeBack = "commit-confirmed-timeout" // seconds, where the server takes back every commit
)

// The releases at which the model of mirroring changed (sheet 1).
const (
	schema22 = "22.11"
	schema23 = "23.10"
	schema24 = "24.3"
	schema25 = "25.3"
)

const (
	mirroringModel = "srl_nokia-mirroring"
	// The namespaces before and from 24.3.
	oldSpace = "urn:srl_nokia/"
	newSpace = "urn:nokia.com:srlinux:"
)

// hello is what a connection reads once. Only the features are of the models at hand;
// where the rest stands is general knowledge, and what is not there is left out.
var hello = []models.Read{
	{Path: data.Names("system", "features"), State: true, Optional: true},
	{Path: data.Names("system", "information"), State: true, Optional: true},
	{Path: data.Names("system", "name", "host-name"), State: true, Optional: true},
	{Path: data.Names("platform", "chassis"), State: true, Optional: true},
	{Path: data.Names("system", "gnmi-server"), Optional: true},
	{Path: data.P(data.S("system"), data.S("grpc-server", "name", "*")), Optional: true},
}

// revision is the date of a model.
var revision = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// facts reads who the device is. mirror.ErrUnsupported for one without the model of
// mirroring.
func facts(s models.Server, a models.Answers) (mirror.Facts, error) {
	m, ok := s.Model(mirroringModel)
	if !ok {
		return mirror.Facts{}, fmt.Errorf("the device does not announce %s among %d models; SR Linux 22.11 or later is needed: %w", mirroringModel, len(s.Models), mirror.ErrUnsupported)
	}
	schema, err := schemaOf(m)
	if err != nil {
		return mirror.Facts{}, err
	}
	system, chassis := a.State.Child("system"), a.State.At("platform", "chassis")
	f := mirror.Facts{Hostname: system.Text("name", "host-name"), Model: chassis.Text("type"), Serial: chassis.Text("serial-number"),
		Version: strings.TrimPrefix(system.Text("information", "version"), "v"),
		Extra:   map[string]string{extraModel: m.Version, extraSchema: schema}}
	if f.Version == "" { // models are what is known of the software then
		f.Version = "models of " + m.Version
	}
	f.Uptime = uptime(system.Text("information", "last-booted"), system.Text("information", "current-datetime"))
	var features []string
	for _, n := range system.All("features") {
		if name := n.Text(); decides(name) {
			features = append(features, name)
		}
	}
	if slices.Sort(features); len(features) > 0 {
		f.Extra[extraFeatures] = strings.Join(slices.Compact(features), " ")
	}
	settings(f.Extra, a.Config.Child("system"))
	return f, nil
}

// schemaOf tells the names of the model from what is announced: its namespace says
// on which side of the renaming it is, its revision the rest.
func schemaOf(m models.Model) (string, error) {
	dated := revision.MatchString(m.Version)
	later := func(than string) bool { return dated && m.Version >= than }
	switch {
	case strings.HasPrefix(m.Namespace, newSpace), m.Namespace == "" && later("2024-03-31"):
		if later("2025-03-31") {
			return schema25, nil
		}
		return schema24, nil
	case strings.HasPrefix(m.Namespace, oldSpace), m.Namespace == "" && dated:
		if later("2023-03-31") {
			return schema23, nil
		}
		return schema22, nil
	}
	return "", fmt.Errorf("model %s has namespace %q and revision %q, which tell no release: %w", mirroringModel, m.Namespace, m.Version, mirror.ErrParse)
}

// decides: a feature on which capabilities depend (sheet 1; YANG 22.11 and 23.10).
func decides(feature string) bool {
	return strings.HasPrefix(feature, "mirror") || strings.HasPrefix(feature, "platform-7") ||
		slices.Contains([]string{"trident3", "trident4", "jericho2cp", "ixr-dnx", "fpcx"}, feature)
}

// uptime is how long the device runs, by its own clock; 0 where it does not tell.
func uptime(booted, now string) time.Duration {
	from, err1 := time.Parse(time.RFC3339, booted)
	to, err2 := time.Parse(time.RFC3339, now)
	if err1 != nil || err2 != nil || !to.After(from) {
		return 0
	}
	return to.Sub(from)
}

// settings reads what the gNMI servers do with every commit. Which of them we speak to is
// not told: a commit counts as saved where all save it, and as taken back where any takes
// it back.
func settings(extra map[string]string, system *data.Node) {
	servers := system.All("gnmi-server")
	for _, s := range system.All("grpc-server") {
		servers = append(servers, s.All("gnmi")...)
	}
	saves := len(servers) > 0
	for _, s := range servers {
		saves = saves && s.Text("commit-save") == "true"
		if n, err := strconv.Atoi(s.Text("commit-confirmed-timeout")); err == nil && n > 0 {
			extra[extraTakeBack] = strconv.Itoa(n)
		}
	}
	if saves {
		extra[extraSaves] = "true"
	}
}

// schema of a device; zero facts have that of 24.3.
func schema(f mirror.Facts) string {
	if s := f.Extra[extraSchema]; s != "" {
		return s
	}
	return schema24
}

// renamed: the names are those from 24.3.
func renamed(f mirror.Facts) bool { return schema(f) >= schema24 }

// feature reports whether the device lists a feature; known is false where it lists none
// of mirroring.
func feature(f mirror.Facts, name string) (has, known bool) {
	list := strings.Fields(f.Extra[extraFeatures])
	known = slices.ContainsFunc(list, func(s string) bool { return strings.HasPrefix(s, "mirror") })
	return slices.Contains(list, name), known
}

// family reports whether the device is one of a family: by its features, else by its
// model ("7220 IXR-D2L").
func family(f mirror.Facts, names ...string) bool {
	list := strings.Fields(f.Extra[extraFeatures])
	for _, name := range names {
		if slices.Contains(list, "platform-"+strings.ToLower(strings.ReplaceAll(name, " ", "-"))) || strings.HasPrefix(strings.ToUpper(f.Model), name) {
			return true
		}
	}
	return false
}
