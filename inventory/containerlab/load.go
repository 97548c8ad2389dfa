package containerlab

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// maxFile bounds one file, in octets; of a lab of 1,000 nodes topology-data.json has some 2 MB.
const maxFile = 64 << 20

// ErrNotYet is a lab that is not there, or not wholly: it is being deployed, or was
// destroyed.
var ErrNotYet = errors.New("there is no lab (yet); a deploy leaves a folder clab-LAB with its topology-data.json")

// Load reads a file of a lab, or the folder clab-LAB that a deploy leaves, or a folder
// that has one such folder. Of several files in a folder the one that tells most counts;
// where there is an output of inspect of the same lab beside it, the addresses are those
// that it tells, since a redeploy may change them. ErrNotYet: there is none.
func Load(path string) ([]Lab, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrNotYet)
	}
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		raw, err := readFile(path)
		if err != nil {
			return nil, err
		}
		labs, err := Read(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return labs, nil
	}
	labs, err := loadFolder(path)
	if !errors.Is(err, ErrNotYet) {
		return labs, err
	}
	below, globErr := filepath.Glob(filepath.Join(path, "clab-*"))
	if globErr != nil || len(below) == 0 {
		return nil, err
	}
	if len(below) > 1 {
		return nil, fmt.Errorf("%s has several labs: import %s: %w", path, strings.Join(below, ", or "), mirror.ErrInvalid)
	}
	return loadFolder(below[0])
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(raw) > maxFile {
		err = fmt.Errorf("%s has more than %d octets: %w", path, maxFile, mirror.ErrInvalid)
	}
	return raw, err
}

// loadFolder reads the files of one folder. A file of another purpose is passed over.
func loadFolder(dir string) ([]Lab, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	type file struct {
		form form
		path string
		labs []Lab
	}
	var files []file
	var faults []error
	for _, e := range entries {
		if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") || !slices.Contains([]string{".json", ".yml", ".yaml"}, filepath.Ext(e.Name())) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		raw, err := readFile(path)
		if err != nil {
			return nil, err
		}
		form, labs, err := read(raw)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", path, err))
			continue
		}
		files = append(files, file{form, path, labs})
	}
	if len(files) == 0 {
		return nil, errors.Join(append([]error{fmt.Errorf("%s: %w", dir, ErrNotYet)}, faults...)...)
	}
	slices.SortStableFunc(files, func(a, b file) int { return cmp.Compare(a.form, b.form) })
	best := files[0]
	if len(files) > 1 && files[1].form == best.form {
		return nil, fmt.Errorf("%s has %s and %s, both a %v: name one: %w", dir, best.path, files[1].path, best.form, mirror.ErrInvalid)
	}
	for _, other := range files[1:] {
		if other.form == inspect && best.form == topologyData {
			compare(best.labs, other.labs)
		}
	}
	return best.labs, nil
}

// compare takes over what inspect tells of the same labs: it is of now.
func compare(labs, now []Lab) {
	for i := range labs {
		for _, other := range now {
			if other.Name != labs[i].Name {
				continue
			}
			for _, n := range other.Nodes {
				mine := labs[i].node(n.Name)
				if mine == nil || mine.Long != "" && mine.Long != n.Long {
					continue
				}
				mine.State = n.State
				if n.Address != "" {
					mine.Address = n.Address
				}
			}
		}
	}
}
