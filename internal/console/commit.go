package console

import (
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Commit is how a platform commits a candidate and takes it back by itself unless
// it is confirmed. Three shapes are known:
//
//	a candidate with a name          that whatever connection ends: commands in normal mode
//	one that is shared and locked    Inside, ConfirmsAny: it has no name; whatever connection
//	                                 confirms, and may confirm another's by accident
//	one of the connection alone      Inside, Bound: no other connection can end it
//
// Commands are typed in normal mode but for Leave, Difference, Check, Discard and Failed,
// and what Inside, ConfirmsAny and Bound say. The name is that of the candidate (see
// candidateName), which a platform uses as far as it has room for it.
type Commit struct {
	// Always: there is no other way to configure. Every push is a candidate, which takes
	// itself back unless the device's setting confirm says none; without a window it is
	// committed by Plain, and stands.
	Always bool
	// Copy: the candidate is a copy of the whole configuration, or is shared: its
	// difference may hold lines of others, and Lines and About tell whose. Without it the
	// difference is what was typed.
	Copy bool

	Enter func(name string) string // leads into the candidate, which it makes; typed in normal mode
	// Leave leads out of it: one that is named stays pending, any other is committed or
	// dropped before, and what Leave asks is answered by Answer.
	Leave string
	// Top leads from any mode of the candidate to its top, and is typed between two blocks.
	// "": each line finds its place.
	Top        string
	Difference string                                        // shows what it would change
	Empty      func(difference string) bool                  // nothing; nil = Lines finds none
	Lines      func(difference string) ([]Difference, error) // nil = Save.Unsaved
	About      func(Difference) About                        // of those lines; nil = Save.About
	// Check has the device try the candidate, typed in it before it is committed; "" =
	// committing does. Its answer is judged like that of a commit.
	Check string

	// Arm commits with a window, Plain without.
	Arm   func(f mirror.Facts, name string, within time.Duration) string
	Plain func(name string) string
	// Inside: Arm and Plain are typed in the candidate.
	Inside bool
	// Said judges the answer to a commit or to Check: taken, or refused with the device's
	// words, or neither or both, which is not known until it was asked what waits. Nil:
	// what Send.Refused does not find was taken. Words that Send.Later knows have it typed
	// again, once a second.
	Said func(answer string) (taken bool, refused string)
	// Failed is typed in the candidate behind a commit that was refused and shows why;
	// "" = the answer to the commit does. Reasons reads the device's words by the line that
	// they are about: that line or its beginning, in whole words and without indent, and
	// in front of it, as lines, those that it stands below; "" = nobody knows. May be nil.
	Failed  string
	Reasons func(reply string) map[string]string
	// Window is the least and the step of a window; 0 = any number of seconds.
	Window time.Duration

	// Discard drops a candidate that was not committed, typed in it, before Leave where it
	// does not lead out itself. "": Abort does, or Leave.
	Discard string
	// ConfirmsAny: a commit or a Check confirms what waits, whoever's it is. So what waits
	// is asked in the candidate first (Do before each of Ask), and nothing is tried or
	// committed while anything does. Confirm and Abort are typed in the candidate, which is
	// entered and left around them, when it was seen there that ours waits; that is asked
	// again before the last line of several, which alone puts in force what those before it
	// have fetched.
	ConfirmsAny bool
	// Bound: the connection that armed stays in the candidate (reads are asked from there,
	// Do before each) until Confirm or Abort, which are typed there; no
	// other connection can confirm. When it is lost the device takes back.
	Bound bool
	Do    string // what a command of normal mode begins with in the candidate, blank included
	// Confirm and Abort end what waits. Each is a sequence of lines; the answer to the last is
	// judged by Said, and nothing is typed behind one that is refused. Where they are typed in
	// the candidate, it is left behind them by Leave, unless they led out. A question is
	// answered by Answer.
	Confirm func(name string) []string
	Abort   func(name string) []string
	Answer  map[string]string // of a question: part of its text, and what is typed

	Ask []string // show what waits
	// Waits reads the replies to Ask. mirror.ErrParse when they are not understood.
	Waits func(f mirror.Facts, r Replies, now time.Time) ([]Wait, error)
	// Unlisted reports that these replies list no trial although one may wait. What the
	// connection that armed it is answered tells then. Nil: they all list them.
	Unlisted func(r Replies) bool
}

// A Wait is what waits on a device, with the name that commands call it by.
type Wait struct {
	mirror.Pending
	Name string
}

// lacks names what a Commit needs and has not.
func (k *Commit) lacks(save *Save) map[string]bool {
	if k == nil {
		return nil
	}
	return map[string]bool{
		"Commit.Enter": k.Enter != nil, "Commit.Leave": k.Leave != "", "Commit.Difference": k.Difference != "",
		"Commit.Arm": k.Arm != nil, "Commit.Plain": k.Plain != nil || !k.Always,
		"Commit.Confirm": k.Confirm != nil, "Commit.Abort": k.Abort != nil, "Commit.Ask": len(k.Ask) > 0, "Commit.Waits": k.Waits != nil,
		"Commit.Lines":  save != nil || k.Lines != nil || !k.Copy && k.Empty != nil,
		"Commit.About":  save != nil || k.About != nil || !k.Copy,
		"Commit.Inside": k.Inside || !k.ConfirmsAny && !k.Bound,
		"Commit.Do":     k.Do != "" || !k.ConfirmsAny && !k.Bound,
	}
}

// lines reads a difference.
func (d *Driver) lineDifferences(difference string) ([]Difference, error) {
	if k := d.p.Commit; k.Lines != nil {
		return k.Lines(difference)
	}
	return d.p.Save.Unsaved(difference)
}

// about tells what a line of a difference is about.
func (d *Driver) about(l Difference) About {
	if k := d.p.Commit; k != nil && k.About != nil {
		return k.About(l)
	}
	return d.p.Save.About(l)
}

// roundUp is the window that a platform has room for.
func (k *Commit) roundUp(window time.Duration) time.Duration {
	if k.Window <= 0 || window <= 0 {
		return window
	}
	return (window + k.Window - 1) / k.Window * k.Window
}

// judge reads the answer to a commit: taken, or refused with the device's words; else it
// does not tell.
func (d *Driver) judge(answer string) (taken bool, refused string) {
	if said := d.p.Commit.Said; said != nil {
		if taken, refused = said(answer); taken && refused != "" {
			return false, ""
		}
		return taken, refused
	}
	words, no := d.p.Send.Refused(answer)
	if !no {
		return true, ""
	}
	return false, words
}

// candidateName is the name of a transaction's candidate: "nm-" and the transaction.
// What was refused is left out of another candidate, whose name counts on behind an
// underscore.
func candidateName(tx string, attempt int) string {
	if attempt == 1 {
		return mirror.MarkPrefix + tx
	}
	return mirror.MarkPrefix + tx + "_" + strconv.Itoa(attempt)
}

// TxOf is the transaction of a candidate of netmirror's; false for another hand's.
func TxOf(name string) (tx string, ours bool) {
	tx, ours = strings.CutPrefix(name, mirror.MarkPrefix)
	tx, _, _ = strings.Cut(tx, "_")
	return tx, ours
}
