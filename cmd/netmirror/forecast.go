package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A forecastView is what the API tells of the load of one end of the copies.
type forecastView struct {
	Tool      string `json:"tool"`
	Device    string `json:"device"`
	Interface string `json:"interface"`
	IP        string `json:"ip"`
	Link      bool   `json:"link"`
	Verdict   string `json:"verdict"`
	Admitted  string `json:"admitted"`
	Message   string `json:"message"`
	Terms     []struct {
		Session   string  `json:"session"`
		Device    string  `json:"device"`
		Source    string  `json:"source"`
		Direction string  `json:"direction"`
		Offered   float64 `json:"offered"`
		Bound     bool    `json:"upperBound"`
		Unknown   string  `json:"unknown"`
		How       string  `json:"how"`
	} `json:"terms"`
}

type forecasts []forecastView

// A proposalView is a change of a session that would be accepted.
type proposalView struct {
	Kind    string          `json:"kind"`
	Message string          `json:"message"`
	Patch   json.RawMessage `json:"patch"`
	Offered float64         `json:"offered"`
	Limit   float64         `json:"limit"`
}

func rate(bits float64) string { return capacity.Rate(mirror.BitsPerSecond(bits)) }

func (f forecastView) where() string {
	return plain(capacity.End{Tool: f.Tool, Device: f.Device, Port: mirror.PortName(f.Interface), IP: f.IP, Link: f.Link}.String())
}

// fitting are the ends that can take what is copied to them, each on a line of its own
// after what it is added to; of the others tell warnings.
func (list forecasts) fitting() string {
	var b strings.Builder
	for _, f := range list {
		if f.Admitted == "True" {
			fmt.Fprintf(&b, "\n  load: %s: %s", f.where(), plain(f.Message))
		}
	}
	return b.String()
}

// Bounds of what is told of a refusal; the document has all.
const (
	toldTerms = 12
	toldPatch = 400
)

// refused is the arithmetic of the ends that cannot take what is copied to them.
func (list forecasts) refused() string {
	var b strings.Builder
	for _, f := range list {
		if f.Verdict != "refuse" {
			continue
		}
		fmt.Fprintf(&b, "\n  load of %s:", f.where())
		for i, t := range f.Terms {
			if i == toldTerms {
				fmt.Fprintf(&b, "\n    and %d more", len(f.Terms)-i)
				break
			}
			what := rate(t.Offered)
			switch {
			case t.Unknown != "":
				what = "not known: " + t.Unknown
			case t.Bound:
				what = "at most " + what
			}
			if t.How != "" {
				what += " (" + t.How + ")"
			}
			whose := "session " + t.Session
			if t.Session == "" {
				whose = "beside the copies"
			}
			fmt.Fprintf(&b, "\n    %s %s %s, %s: %s", plain(t.Device), plain(t.Source), plain(t.Direction), plain(whose), plain(what))
		}
	}
	return b.String()
}

// proposed are the changes that would be accepted.
func proposed(list []proposalView) string {
	var b strings.Builder
	for _, p := range list {
		fmt.Fprintf(&b, "\n  would be accepted (%s): %s", plain(p.Kind), plain(p.Message))
		if text := plain(string(p.Patch)); len(text) <= toldPatch {
			fmt.Fprintf(&b, "\n    patch: %s", text)
		}
	}
	return b.String()
}

// loadOf writes below a session what admission said of each of its ends.
func loadOf(raw json.RawMessage, out io.Writer) error {
	var s sessionView
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	for _, f := range s.Status.Forecast {
		word := map[string]string{"True": "fits", "False": "does not fit"}[f.Admitted]
		if word == "" {
			word = "not known whether it fits"
		}
		fmt.Fprintf(out, "load: %s, %s: %s\n", f.where(), word, plain(f.Message))
	}
	return nil
}
