package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// where is the end of the copies that a forecast is of.
func where(f client.Forecast) string {
	return plain(capacity.End{Tool: f.Tool, Device: f.Device, Port: mirror.PortName(f.Interface), IP: f.IP, Link: f.Link}.String())
}

// fittingEnds are the ends that can take what is copied to them, each on a line of its own
// after what it is added to; of the others tell warnings.
func fittingEnds(list []client.Forecast) string {
	var b strings.Builder
	for _, f := range list {
		if f.Admitted == "True" {
			fmt.Fprintf(&b, "\n  load: %s: %s", where(f), plain(f.Message))
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
func refused(list []client.Forecast) string {
	var b strings.Builder
	for _, f := range list {
		if f.Verdict != "refuse" {
			continue
		}
		fmt.Fprintf(&b, "\n  load of %s:", where(f))
		for i, t := range f.Terms {
			if i == toldTerms {
				fmt.Fprintf(&b, "\n    and %d more", len(f.Terms)-i)
				break
			}
			what := capacity.Rate(mirror.BitsPerSecond(t.Offered))
			switch {
			case t.Unknown != "":
				what = "not known: " + t.Unknown
			case t.UpperBound:
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
func proposed(list []client.Proposal) string {
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
	var s client.Session
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	for _, f := range s.Status.Forecast {
		word := map[string]string{"True": "fits", "False": "does not fit"}[f.Admitted]
		if word == "" {
			word = "not known whether it fits"
		}
		fmt.Fprintf(out, "load: %s, %s: %s\n", where(f), word, plain(f.Message))
	}
	return nil
}
