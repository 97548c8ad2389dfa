package drivertest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Parser is a driver's function that reads what a device prints.
type Parser struct {
	Name string
	// Parse reads any bytes. Its error has a kind of Kinds.
	Parse func(text []byte) error
	// Seeds is a pattern (path/filepath.Match) of recordings in the driver's
	// folder.
	Seeds string
	// Kinds that an error may have; nil = mirror.ErrParse alone.
	Kinds []error
}

// Fuzz is the body of a fuzz target of parsers, each of which gets every text:
//
//	func FuzzContract(f *testing.F) { drivertest.Fuzz(f, parsers...) }
//
// Seeds are the recordings and pieces of them, since small texts are tried
// faster.
func Fuzz(f *testing.F, parsers ...Parser) {
	f.Helper()
	for _, p := range parsers {
		seeds, err := p.seeds()
		if err != nil {
			f.Fatal(err)
		}
		for _, s := range seeds {
			f.Add(s)
			lines := splitLines(s)
			for i := 0; i < len(lines); i += piece {
				f.Add(slices.Concat(lines[i:min(i+piece, len(lines))]...))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, p := range parsers {
			p.check(t, text)
		}
	})
}

// piece is the lines of a small seed.
const piece = 5

func (p Parser) seeds() ([][]byte, error) {
	names, err := filepath.Glob(filepath.FromSlash(p.Seeds))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no recording fits %q", p.Seeds)
	}
	slices.Sort(names)
	var out [][]byte
	for _, n := range names {
		text, err := os.ReadFile(n)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

// check reads one text. A panic fails the test by itself.
func (p Parser) check(t *testing.T, text []byte) {
	t.Helper()
	err := p.Parse(text)
	if err == nil {
		return
	}
	kinds := p.Kinds
	if kinds == nil {
		kinds = []error{mirror.ErrParse}
	}
	if !slices.ContainsFunc(kinds, func(k error) bool { return errors.Is(err, k) }) {
		t.Errorf("%s: %v has no kind of %v; text:\n%q", p.Name, err, kinds, text)
	}
}

// parsers reads damaged recordings: cut after each line, with lines missing or
// doubled, and with bytes changed. The damage is the same in every run.
func (s Suite) parsers(t *testing.T) {
	if len(s.Parsers) == 0 {
		t.Fatal("Suite.Parsers is empty: whatever reads a device's output is a parser")
	}
	for _, p := range s.Parsers {
		t.Run(p.Name, func(t *testing.T) {
			seeds, err := p.seeds()
			if err != nil {
				t.Fatal(err)
			}
			dice := rand.New(rand.NewPCG(1, 2))
			good := 0
			for _, seed := range seeds {
				if p.Parse(seed) == nil {
					good++
				}
				for _, text := range damaged(seed, dice) {
					p.check(t, text)
				}
			}
			if good == 0 {
				t.Errorf("none of the recordings %s can be read", p.Seeds)
			}
		})
	}
}

// most damaged texts of one kind from one recording.
const most = 200

func damaged(seed []byte, dice *rand.Rand) [][]byte {
	out := [][]byte{nil, []byte("\n"), []byte("\xff\xfe\x00")}
	lines := splitLines(seed)
	step := len(lines)/most + 1
	for i := 0; i < len(lines); i += step {
		out = append(out,
			slices.Concat(lines[:i]...),                             // cut
			slices.Concat(slices.Concat(lines[:i], lines[i+1:])...), // lost
			slices.Concat(slices.Concat(lines[:i+1], lines[i:])...)) // doubled

	}
	for range most {
		text := slices.Clone(seed)
		for range 1 + dice.IntN(4) {
			if len(text) == 0 {
				break
			}
			at := dice.IntN(len(text))
			switch dice.IntN(4) {
			case 0:
				text[at] = byte(dice.IntN(256))
			case 1:
				text = slices.Delete(text, at, min(len(text), at+1+dice.IntN(20)))
			case 2:
				text = slices.Insert(text, at, text[dice.IntN(len(text)):]...)
				text = text[:min(len(text), 2*len(seed))]
			default:
				text = text[:at]
			}
		}
		out = append(out, text)
	}
	return out
}

func splitLines(text []byte) [][]byte {
	var out [][]byte
	for len(text) > 0 {
		n := slices.Index(text, '\n') + 1
		if n == 0 {
			n = len(text)
		}
		out = append(out, text[:n])
		text = text[n:]
	}
	return out
}
