package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

func instance(t testing.TB, s *Store) (id string) {
	t.Helper()
	view(t, s, func(tx mirror.Tx) error { var err error; id, err = tx.Instance(); return err })
	return id
}

func TestOpenMakesTheDatabase(t *testing.T) {
	// Names that mean something in a URI.
	path := filepath.Join(t.TempDir(), "new folder", "a b?c=d#e%41&mode=memory.db")
	s := openAt(t, path)
	id := instance(t, s)
	if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(id) {
		t.Errorf("instance %q", id)
	}
	update(t, s, func(tx mirror.Tx) error { return tx.PutSession(session("s")) })

	for name, want := range map[string]fs.FileMode{path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600, path + "-lock": 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Error(err)
		} else if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: mode %v, want %v", name, got, want)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 4 {
		t.Errorf("files %v, %v", entries, err)
	}
	if other := instance(t, openAt(t, dbPath(t))); other == id {
		t.Error("two databases of one instance")
	}
}

func TestReopenFindsEverything(t *testing.T) {
	path := dbPath(t)
	s := openAt(t, path)
	update(t, s, func(tx mirror.Tx) error {
		_, err := tx.PutDevice(mirror.Device{Name: "a", Labels: map[string]string{"x": "y"}})
		_, err2 := tx.Claim("a", "ann", at(1))
		return errors.Join(err, err2, tx.PutSession(session("a")), tx.PutPlacement(placement("a", "a", "local")),
			tx.PutNative(native("a", "nm-a", "66")), tx.PutOperation(operation("op-1", "a", mirror.OpRunning, at(1))),
			tx.AppendEvent(mirror.Event{Type: "X"}), tx.PutToken(mirror.Token{ID: "t", Hash: "h1"}))
	})
	before := snapshot(t, s)
	closeStore(t, s)
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the write-ahead log after Close: %v", err)
	}
	s = openAt(t, path)
	same(t, "contents", snapshot(t, s), before)
	update(t, s, func(tx mirror.Tx) error { return tx.AppendEvent(mirror.Event{Type: "Y"}) })
	view(t, s, func(tx mirror.Tx) error {
		events, err := tx.Events(1, 0)
		same(t, "events", events, []mirror.Event{{Seq: 2, Type: "Y"}})
		return errors.Join(err, tx.CheckClaim(mirror.Claim{Device: "a", Owner: "ann", Epoch: 1}))
	})
}

// Several that open a new file at once make one schema and one instance.
func TestConcurrentFirstOpens(t *testing.T) {
	path := dbPath(t)
	ids := make(chan string, 6)
	var wg sync.WaitGroup
	for range cap(ids) {
		wg.Go(func() {
			s, err := Open(t.Context(), path, nil)
			if err != nil {
				t.Error(err)
				return
			}
			ids <- instance(t, s)
			closeStore(t, s)
		})
	}
	wg.Wait()
	close(ids)
	first := <-ids
	for id := range ids {
		if id != first {
			t.Errorf("instances %s and %s", first, id)
		}
	}
}

// A POSIX lock is lost when any descriptor of its file is closed, so a second
// Open in one process that touched the file itself would take the first's lock
// away.
func TestSecondOpenKeepsTheLocksOfTheFirst(t *testing.T) {
	path := dbPath(t)
	openAt(t, path)
	locked := func() error { cmd, _ := child(t, "expect-locked", path); return cmd.Wait() }
	if err := locked(); err != nil {
		t.Fatalf("with one store: %v", err)
	}
	second := openAt(t, path)
	if err := locked(); err != nil {
		t.Errorf("with two stores: %v", err)
	}
	closeStore(t, second)
	if err := locked(); err != nil {
		t.Errorf("after one was closed: %v", err)
	}
}

// schema is the version that Open brings a database to.
const schema = 18

func TestMigrateFromEmptyFile(t *testing.T) {
	path := dbPath(t)
	if err := os.WriteFile(path, nil, 0o640); err != nil { // as after a crash between making and migrating
		t.Fatal(err)
	}
	var log bytes.Buffer
	s, err := Open(t.Context(), path, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	for _, want := range []string{"brought up to date", "from=0", fmt.Sprintf("to=%d", schema), "can be read by other users", "-rw-r-----"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log.String())
		}
	}
	var version int64
	if err := s.reads.QueryRowContext(t.Context(), `SELECT MAX(version_id) FROM goose_db_version WHERE is_applied = 1`).Scan(&version); err != nil || version != schema {
		t.Errorf("schema version %d, %v", version, err)
	}
	log.Reset()
	if again, err := Open(t.Context(), path, slog.New(slog.NewTextHandler(&log, nil))); err != nil || strings.Contains(log.String(), "up to date") {
		t.Errorf("second open: %v\n%s", err, log.String())
	} else {
		closeStore(t, again)
	}
}

// A crash between the migration and the instance id leaves a database that the
// next start completes.
func TestMissingInstanceIsMade(t *testing.T) {
	path := dbPath(t)
	s := openAt(t, path)
	if _, err := s.writes.ExecContext(t.Context(), `DELETE FROM meta`); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	if id := instance(t, openAt(t, path)); len(id) != 16 {
		t.Errorf("instance %q", id)
	}
}

// SQLite reads what stands in the log as if it stood in the database.
func TestALogThatOthersMayWriteIsRefused(t *testing.T) {
	path := dbPath(t)
	s := openAt(t, path)
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Chmod(path+suffix, 0o606); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), path, nil); !errors.Is(err, mirror.ErrAuth) || !strings.Contains(err.Error(), path+suffix) {
			t.Errorf("%s: %v", suffix, err)
		}
		if err := os.Chmod(path+suffix, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	closeStore(t, s)
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := dbPath(t)
	s := openAt(t, path)
	if _, err := s.writes.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (1000, 1)`); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), path, nil)
	if !errors.Is(err, mirror.ErrUnsupported) || !strings.Contains(err.Error(), fmt.Sprintf("schema version 1000 and this netmirror knows versions up to %d", schema)) {
		t.Errorf("error %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the refused file changed, %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, bytes.Repeat([]byte("not a database\n"), 500), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"a file of another kind": text, "a folder": dir, "a folder that is a file": filepath.Join(text, "x.db")} {
		if _, err := Open(t.Context(), path, nil); err == nil || !strings.HasPrefix(err.Error(), "store: open "+path+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, filepath.Join(dir, "x.db"), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
}

func TestOpenWaitsForAnotherOpen(t *testing.T) {
	path := dbPath(t)
	release, err := lockFile(t.Context(), path+"-lock")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { _, err := Open(ctx, path, nil); result <- err }()
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	go func() {
		s, err := Open(t.Context(), path, nil)
		if err == nil {
			err = s.Close()
		}
		result <- err
	}()
	release()
	if err := <-result; err != nil {
		t.Error(err)
	}
}

// sources gives the text of the files whose SQL has to be portable: all but
// those for what SQLite alone needs, and the one that reads everything once.
func sources(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	migrationNames, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(migrationNames) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	out := map[string]string{}
	for _, name := range append(names, migrationNames...) {
		if slices.Contains([]string{"open.go", "backup.go", "lock.go", "damage.go", "doc.go"}, name) || strings.HasPrefix(name, "former") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(text)
	}
	if len(out) < 7 {
		t.Fatalf("only %d files", len(out))
	}
	return out
}

// The schema and the queries are to work on PostgreSQL too.
func TestSQLIsPortable(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)autoincrement|rowid|insert or |replace into|pragma|datetime\(|strftime|json_|json\(|glob|\bblob\b|\binteger\b|\bboolean\b|current_timestamp|last_insert|\?\d|= \?|\(\?|limit -1`)
	for name, text := range sources(t) {
		for i, line := range strings.Split(text, "\n") {
			code, _, _ := strings.Cut(strings.TrimSpace(line), "--")
			if !strings.HasPrefix(code, "//") && forbidden.MatchString(code) {
				t.Errorf("%s:%d: %s", name, i+1, line)
			}
		}
	}
}

// Every query in the code walks an index in the order that it asks for.
func TestReadsAreIndexed(t *testing.T) {
	s := openAt(t, dbPath(t))
	literal := regexp.MustCompile("`(SELECT [^`]+)`")
	queries := 0
	for name, text := range sources(t) {
		for _, found := range literal.FindAllStringSubmatch(text, -1) {
			query := found[1]
			if !strings.Contains(query, "WHERE") && !strings.Contains(query, "ORDER BY") {
				query += ` WHERE name > $1 ORDER BY name LIMIT $2` // as func page does
			}
			queries++
			if strings.Contains(query, "IN ($1)") { // as func batch does
				query = strings.Replace(query, "($1)", batchList(128), 1)
			}
			args := make([]any, strings.Count(query, "$"))
			for _, step := range queryPlan(t, s, query, args) {
				if !strings.Contains(step, "INDEX") && !strings.Contains(step, "SCALAR SUBQUERY") {
					t.Errorf("%s: %s: %s", name, query, step)
				}
			}
		}
	}
	if queries < 20 {
		t.Errorf("only %d queries found", queries)
	}
}

func queryPlan(t *testing.T, s *Store, query string, args []any) (steps []string) {
	t.Helper()
	rows, err := s.reads.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil || len(steps) == 0 {
		t.Fatalf("%s: no plan: %v", query, err)
	}
	return steps
}

func TestBackupIsACompleteDatabase(t *testing.T) {
	s := openAt(t, dbPath(t))
	update(t, s, func(tx mirror.Tx) error {
		return errors.Join(tx.PutSession(session("a")), tx.AppendEvent(mirror.Event{}))
	})
	want := snapshot(t, s)
	dir := t.TempDir()
	path := filepath.Join(dir, "it's a backup?.db")
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx mirror.Tx) error { return tx.PutSession(session("later")) })
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("backup %v, %v", info, err)
	}
	if err := s.Backup(t.Context(), path); !errors.Is(err, mirror.ErrConflict) {
		t.Errorf("over a file that exists: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Backup(ctx, filepath.Join(dir, "never.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("files besides the backup: %v, %v", entries, err)
	}
	restored := openAt(t, path)
	same(t, "contents", snapshot(t, restored), want)
	update(t, restored, func(tx mirror.Tx) error { return tx.PutSession(session("b")) })
}
