package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/internal/credentials"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A File is the content of an inventory file. Names are fields of list items,
// never keys: no reader changes their case.
type File struct {
	Devices []mirror.Device `json:"devices"`
	Tools   []mirror.Tool   `json:"tools"`
	// Profiles are the credentials that the file holds itself, as references.
	// Nothing stores them; Devices names them.
	Profiles map[string]credentials.Profile `json:"-"`
}

// maxFile bounds an inventory file, in octets.
const maxFile = 64 << 20

// Load reads and validates an inventory file (YAML or JSON). Every fault of
// the file is in the one error, which is a mirror.Refusal where the file could
// be read as such.
func Load(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, fmt.Errorf("inventory: %w", err)
	}
	defer f.Close()
	file, err := Read(f)
	if err != nil {
		return File{}, fmt.Errorf("inventory: %s: %w", path, err)
	}
	info, err := f.Stat()
	if err != nil {
		return File{}, fmt.Errorf("inventory: %w", err)
	}
	// Who can write it could have any secret of the host sent to any address.
	if mode := info.Mode().Perm(); mode&0o022 != 0 && len(file.Profiles) > 0 {
		return File{}, fmt.Errorf("inventory: %s holds references to credentials, and other users may write it (mode %04o): chmod go-w: %w", path, mode, mirror.ErrInvalid)
	}
	return file, nil
}

// Read is Load from a reader.
func Read(r io.Reader) (File, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return File{}, err
	}
	if len(raw) > maxFile {
		return File{}, fmt.Errorf("more than %d octets: %w", maxFile, mirror.ErrInvalid)
	}
	tree, err := parse(raw)
	if err != nil {
		return File{}, err
	}
	held := lifter{profiles: map[string]credentials.Profile{}}
	held.lift(tree)
	file := File{Profiles: held.profiles}
	if err := decode(tree, &file); err != nil {
		return File{}, err
	}
	reasons := held.reasons
	seen := map[string]bool{}
	add := func(at, name string, faults []mirror.Reason) {
		if seen[at[:3]+name] {
			faults = append(faults, mirror.Reason{Pointer: "/name", Code: "duplicate", Message: fmt.Sprintf("%q is named twice", name)})
		}
		seen[at[:3]+name] = true
		for _, r := range faults {
			r.Pointer = at + r.Pointer
			reasons = append(reasons, r)
		}
	}
	for i := range file.Devices {
		d := &file.Devices[i]
		d.ManagedBy = mirror.ManagedByFile
		*d = d.WithDefaults()
		add(fmt.Sprintf("/devices/%d", i), d.Name, d.Validate())
	}
	for i, t := range file.Tools {
		add(fmt.Sprintf("/tools/%d", i), t.Name, t.Validate())
	}
	return file, mirror.Refuse(mirror.ErrInvalid, reasons)
}

// Decode reads one YAML (or JSON) document into v strictly, by v's JSON names:
// an unknown field is an error, and so is a number that is not plainly decimal.
func Decode(raw []byte, v any) error {
	tree, err := parse(raw)
	if err != nil {
		return err
	}
	return decode(tree, v)
}

// DecodeEach reads the YAML documents of a stream, each as Decode does, into what next
// gives for it. Empty documents are passed over.
func DecodeEach(raw []byte, next func() any) error {
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	for {
		tree, err := document(dec)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if tree == nil {
			continue
		}
		if err := decode(tree, next()); err != nil {
			return err
		}
	}
}

// parse reads one YAML document as it is.
func parse(raw []byte) (tree any, err error) {
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	if tree, err = document(dec); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("one YAML document is expected: %w", mirror.ErrInvalid)
	}
	return tree, nil
}

// document reads the next one; io.EOF: there is none.
func document(dec *yaml.Decoder) (tree any, err error) {
	var node yaml.Node
	if err := dec.Decode(&node); errors.Is(err, io.EOF) {
		return nil, err
	} else if err != nil {
		return nil, fmt.Errorf("%w: %w", err, mirror.ErrInvalid)
	}
	if err := CheckNumbers(&node); err != nil {
		return nil, err
	}
	if err := node.Decode(&tree); err != nil {
		return nil, fmt.Errorf("%w: %w", err, mirror.ErrInvalid)
	}
	return tree, nil
}

func decode(tree, v any) error {
	asJSON, err := json.Marshal(tree)
	if err != nil {
		return fmt.Errorf("%w: %w", err, mirror.ErrInvalid)
	}
	strict := json.NewDecoder(bytes.NewReader(asJSON))
	strict.DisallowUnknownFields()
	if err := strict.Decode(v); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", err, mirror.ErrInvalid)
	}
	return nil
}
