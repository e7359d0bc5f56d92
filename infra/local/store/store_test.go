package store

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

// childVariable makes the test binary write to a store until it is killed.
const childVariable = "REGUA_STORE_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		writeUntilKilled(dir)
	}
	os.Exit(m.Run())
}

// writeUntilKilled prints the number of each write that has returned.
func writeUntilKilled(dir string) {
	s, err := Open(dir)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for i := 0; ; i++ {
		v := []byte(fmt.Sprint(i))
		if err := s.Write(Op{"a", fmt.Sprintf("%06d", i), v}, Op{"b", "last", v}); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(i)
	}
}

func contents(t *testing.T, s *Store, bucket string) string {
	t.Helper()
	var b strings.Builder
	if err := s.Each(bucket, func(key string, value []byte) error {
		fmt.Fprintf(&b, "%s=%s ", key, value)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

func mustOpen(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestWriteAndReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	s := mustOpen(t, dir)
	if err := s.Write(Op{"a", "2", []byte("two")}, Op{"a", "1", []byte("one")}, Op{"b", "x", []byte("other")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(Op{"a", "2", nil}, Op{"a", "3", []byte("three")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir)
	if got := contents(t, s, "a"); got != "1=one 3=three" {
		t.Errorf("bucket a holds %s", got)
	}
	if got := contents(t, s, "none"); got != "" {
		t.Errorf("a bucket that does not exist holds %s", got)
	}
	if !s.Durable() {
		t.Error("a store in a directory is durable")
	}
}

func TestFailedBatchWritesNothing(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	if err := s.Write(Op{"a", "1", []byte("one")}, Op{"a", "", []byte("no key")}); err == nil {
		t.Error("a write without a key was taken")
	}
	if got := contents(t, s, "a"); got != "" {
		t.Errorf("a failed batch left %s", got)
	}
}

func TestMemoryKeepsNothing(t *testing.T) {
	s := Memory()
	if err := s.Write(Op{"a", "1", []byte("one")}); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, s, "a"); got != "" || s.Durable() {
		t.Errorf("a memory store holds %q, durable %v", got, s.Durable())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestKilledProcessLosesNothing(t *testing.T) {
	dir := t.TempDir()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := -1
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if got, want := lines.Text(), fmt.Sprint(acknowledged+1); got != want {
			t.Fatalf("the child wrote %q, want %s", got, want)
		}
		if acknowledged++; acknowledged == 50 {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
	s := mustOpen(t, dir)
	keys := strings.Fields(contents(t, s, "a"))
	if len(keys) < acknowledged+1 {
		t.Fatalf("%d writes were acknowledged, %d are there", acknowledged+1, len(keys))
	}
	if got, want := contents(t, s, "b"), fmt.Sprintf("last=%d", len(keys)-1); got != want {
		t.Errorf("half a batch is there: %s, want %s", got, want)
	}
}

func TestSecondOpenerIsRefused(t *testing.T) {
	t.Parallel() // it waits for the lock
	dir := t.TempDir()
	mustOpen(t, dir)
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("second opener: %v", err)
	}
}

// TestForeignDirectoriesAreLeftUntouched also covers damaged files.
func TestForeignDirectoriesAreLeftUntouched(t *testing.T) {
	bolt := func(t *testing.T, path, bucket, format string) {
		db, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucket([]byte(bucket))
			if err != nil {
				return err
			}
			return b.Put([]byte("format"), []byte(format))
		}); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, fill := range map[string]func(t *testing.T, dir string){
		"other files": func(t *testing.T, dir string) { write(t, filepath.Join(dir, "letter.txt"), []byte("dear")) },
		"not a store": func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, fileName), bytes.Repeat([]byte("text "), 10_000))
		},
		"short file":    func(t *testing.T, dir string) { write(t, filepath.Join(dir, fileName), []byte("x")) },
		"other program": func(t *testing.T, dir string) { bolt(t, filepath.Join(dir, fileName), "theirs", "") },
		"other format":  func(t *testing.T, dir string) { bolt(t, filepath.Join(dir, fileName), metaBucket, "regua-local-0") },
		"cut short": func(t *testing.T, dir string) {
			s := mustOpen(t, dir)
			for i := range 20 {
				if err := s.Write(Op{"a", fmt.Sprint(i), bytes.Repeat([]byte("x"), 10_000)}); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(filepath.Join(dir, fileName), 16<<10); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, dir)
			before := snapshot(t, dir)
			s, err := Open(dir)
			if err == nil {
				t.Error("the directory was taken", s.Close())
			}
			if after := snapshot(t, dir); after != before {
				t.Error("the directory was changed")
			}
		})
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// snapshot is the names and contents of a directory's files.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s:%q\n", entry.Name(), content)
	}
	return b.String()
}

func TestEmptyFileIsANewStore(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, fileName), nil)
	if err := mustOpen(t, dir).Write(Op{"a", "1", []byte("one")}); err != nil {
		t.Fatal(err)
	}
}

func TestValuesAreKeptAsJSON(t *testing.T) {
	type point struct{ X, Y int }
	s := mustOpen(t, t.TempDir())
	defer s.Close()
	if err := s.Write(Op{"p", "a", point{1, 2}}, Op{"p", "b", &point{3, 4}}, Op{"raw", "c", []byte("{")}); err != nil {
		t.Fatal(err)
	}
	found := map[string]point{}
	err := Load(s, "p", func(key string, p point) error {
		found[key] = p
		return nil
	})
	if err != nil || len(found) != 2 || found["a"] != (point{1, 2}) || found["b"] != (point{3, 4}) {
		t.Errorf("read %v, %v", found, err)
	}
	if err := Load(s, "raw", func(string, point) error { return nil }); err == nil {
		t.Error("text that is no JSON was read")
	}
	if err := s.Write(Op{"p", "a", nil}, Op{"p", "b", func() {}}); err == nil || contents(t, s, "p") == "" {
		t.Errorf("a value that cannot be encoded was written in part: %v", err)
	}
}
