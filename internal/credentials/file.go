package credentials

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// maxSecret bounds a profile and a file with a secret, in octets.
const maxSecret = 64 << 10

// Modes of what Set makes.
const (
	dirMode  fs.FileMode = 0o700
	fileMode fs.FileMode = 0o600
)

// A problem is a reason without a value in it, such as that of a file's mode.
type problem string

func (p problem) Error() string { return string(p) }

// readPrivate reads a file that other users can neither write nor read; the
// group may read it, because secrets are mounted like that. Links are followed
// (Kubernetes mounts secrets as links); what is judged is the file that is read.
func readPrivate(path string) ([]byte, fs.FileInfo, error) {
	// Without O_NONBLOCK, opening a pipe would wait for its writer.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, problem(cause(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, problem(cause(err))
	}
	if why := judge(info, strings.HasPrefix(filepath.Clean(path), containerSecrets)); why != "" {
		return nil, nil, problem(why)
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return nil, nil, problem(cause(err))
	}
	if len(raw) > maxSecret {
		return nil, nil, problem(fmt.Sprintf("the file has more than %d octets", maxSecret))
	}
	return raw, info, nil
}

// cause is what the system says, without the path.
func cause(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return "the file cannot be read: " + at.Err.Error()
	}
	return "the file cannot be read: " + err.Error()
}

// containerSecrets is where container engines mount the secrets of one container, which
// has no other users: with mode 0444, or with that of the file on the host.
const containerSecrets = "/run/secrets/"

// judge says what is wrong with the mode of a file, "" when nothing is. Of one that is
// mounted for us alone it is no matter who may read it.
func judge(info fs.FileInfo, mounted bool) string {
	mode := info.Mode()
	switch {
	case !mode.IsRegular():
		return "it is no regular file"
	case mode.Perm()&0o022 != 0:
		return fmt.Sprintf("other users may write the file (mode %04o); nobody but its owner may: chmod go-w,o-rwx", mode.Perm())
	case mode.Perm()&0o007 != 0 && !mounted:
		return fmt.Sprintf("every user may read the file (mode %04o); at most its group may: chmod o-rwx", mode.Perm())
	}
	return ""
}

// judgeDir says what is wrong with the folder of the profiles. Where others may
// make files, as in a mounted secret of Kubernetes (mode 1777), a profile must be
// the superuser's or ours.
func judgeDir(info fs.FileInfo) (trusted bool, why string) {
	mode := info.Mode()
	switch {
	case !mode.IsDir():
		return false, "it is no folder"
	case mode.Perm()&0o022 == 0:
		return true, ""
	case mode&fs.ModeSticky != 0:
		return false, ""
	}
	return false, fmt.Sprintf("other users may write the folder (mode %04o): chmod go-w", mode.Perm())
}

// ours reports whether a file belongs to the superuser or to us.
func ours(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && (st.Uid == 0 || int(st.Uid) == os.Geteuid())
}

// state is what of a file changes when it is written or replaced.
func state(info fs.FileInfo) string {
	var inode uint64
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = st.Ino
	}
	return fmt.Sprintf("%d %d %s", inode, info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano))
}

// writePrivate puts a file in place at once: a reader sees the old one or the
// new one, also after a power cut. Written by the superuser it belongs to the
// owner of the folder, who is the controller's user.
func writePrivate(path string, content []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(content)
	if err == nil {
		err = giveTo(dir, f)
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func giveTo(dir string, f *os.File) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 || st.Uid == 0 {
		return nil
	}
	return f.Chown(int(st.Uid), int(st.Gid))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// makeDir makes the folder of the profiles where it is missing. Made by the
// superuser it belongs to the owner of the folder above it.
func makeDir(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(path, dirMode); err != nil {
		return err
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(giveTo(filepath.Dir(path), d), d.Close())
}
