package api

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

const mediaText = "text/plain"

// acceptsMedia reports whether the client asks for a kind of text.
func acceptsMedia(headers []string, wanted string) bool {
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		media, _, _ := strings.Cut(part, ";")
		if media = strings.TrimSpace(media); strings.EqualFold(media, wanted) || strings.EqualFold(media, "text/*") {
			return true
		}
	}
	return false
}

// ticket is a plan as a text for a change ticket: who, when, what, in which order with the
// commands and their undo, the risk, and the load that is to be expected.
func ticket(p engine.PlanRecord) string {
	t := &ticketText{}
	t.line("Plan %s of port mirroring", p.ID)
	t.line("")
	t.line("Made by:    %s", p.Actor)
	t.line("Made at:    %s", stamp(p.Created))
	t.line("Valid until %s, as long as nothing that it rests on changes", stamp(p.Expires))
	t.line("Digest:     %s (netmirror %s)", p.Digest, p.Version)
	if a := p.Applied; a != nil {
		t.line("Applied:    %s by %s", stamp(a.At), a.Actor)
	} else {
		t.line("Applied:    not yet")
	}
	t.objects(p)
	t.risk(p)
	t.forecast(p)
	for i, s := range p.Steps {
		t.step(s)
		t.looks(p.Steps, i)
	}
	if len(p.Steps) == 0 {
		t.heading("Devices")
		t.line("No device is sent anything.")
	}
	return t.b.String()
}

type ticketText struct{ b strings.Builder }

func (t *ticketText) line(format string, args ...any) { fmt.Fprintf(&t.b, format+"\n", args...) }

func (t *ticketText) heading(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	t.line("\n%s\n%s", text, strings.Repeat("-", len(text)))
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 UTC") }

func (t *ticketText) objects(p engine.PlanRecord) {
	t.heading("What changes")
	for _, o := range p.Objects {
		text := fmt.Sprintf("%-9s %s %s", o.Action, o.Kind, o.Name)
		if len(o.Changed) > 0 {
			text += ": " + strings.Join(o.Changed, ", ")
		}
		if o.NotRead {
			text += " (not read)"
		}
		t.line("%s", text)
		for _, s := range p.Manifest.Sessions {
			if o.Kind == mirror.ObjectSession && s.Name == o.Name && s.Purpose != nil {
				t.line("          why: %s", strings.TrimSpace(clean(s.Purpose.Reason+" "+s.Purpose.Ticket)))
			}
		}
	}
}

func (t *ticketText) risk(p engine.PlanRecord) {
	t.heading("Risk")
	none := true
	say := func(format string, args ...any) { none = false; t.line("- "+format, args...) }
	for _, s := range p.Steps {
		if s.NotRead {
			say("%s is not read: what it is sent is decided when it is, and may be another text", s.Device)
		}
		for _, c := range s.Changes {
			if c.Interrupts != "no" {
				say("%s: %s. Interrupts copies: %s; %s", s.Device, clean(c.Summary), c.Interrupts, clean(c.Why))
			}
		}
	}
	warnings := slices.Clone(p.Warnings)
	for _, o := range p.Objects {
		for _, w := range o.Warnings {
			w.Message = o.Kind + " " + o.Name + ": " + w.Message
			warnings = append(warnings, w)
		}
		if o.Waiting != "" {
			say("session %s: %s", o.Name, clean(o.Waiting))
		}
	}
	for _, w := range warnings {
		say("%s", clean(w.Message))
	}
	if none {
		t.line("None that netmirror knows of.")
	}
}

func (t *ticketText) forecast(p engine.PlanRecord) {
	if len(p.Forecasts) == 0 {
		return
	}
	t.heading("Load that is to be expected")
	for _, f := range p.Forecasts {
		t.line("- %s: %s", f.End.String(), clean(f.Message))
	}
}

func (t *ticketText) step(s engine.PlanStep) {
	read := ""
	if s.NotRead {
		read = " (not read)"
	}
	t.heading("Stage %d: %s%s", s.Stage, s.Device, read)
	for _, c := range s.Changes {
		t.line("- %s (for %s)", clean(c.Summary), strings.Join(c.Sessions, ", "))
	}
	if s.Unsaid != "" {
		t.line("No text yet: %s", clean(s.Unsaid))
		return
	}
	t.line("\nCommands:")
	t.payload(s.Forward)
	t.line("\nUndo (as of now; the one that is executed is made from what is found then):")
	t.payload(s.Undo)
}

// looks are the commands by which a person sees on a device that the plan worked, behind the
// last step of the device: only then it has all that the plan gives it.
func (t *ticketText) looks(steps []engine.PlanStep, i int) {
	device := steps[i].Device
	if slices.ContainsFunc(steps[i+1:], func(s engine.PlanStep) bool { return s.Device == device }) {
		return
	}
	said := map[string]bool{}
	for _, s := range steps[:i+1] {
		if s.Device != device {
			continue
		}
		for _, h := range s.Hints {
			if len(h.Reasons) > 0 || said[h.Command] {
				continue
			}
			if len(said) == 0 {
				t.line("\nTo see that it worked, type on %s:", device)
			}
			said[h.Command] = true
			t.line("    %s\n        %s", clean(h.Command), clean(h.Shows))
		}
	}
}

func (t *ticketText) payload(p mirror.Payload) {
	for _, b := range p.Blocks {
		for line := range strings.SplitSeq(strings.TrimRight(b.Text, "\n"), "\n") {
			t.line("    %s", line)
		}
	}
}
