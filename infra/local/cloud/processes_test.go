package cloud

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/contract"
)

// A function reads from the environment that it is given exactly the configuration that the functions in process have.
func TestEnvironmentIsTheConfiguration(t *testing.T) {
	want := app.Config{
		Stage: Stage, Region: "us-east-1", Account: "000000000000", PortalURL: "http://127.0.0.1:8080", MailFrom: "a@regua.example",
		CookieName: "regua", CookieInsecure: true, SandboxURL: "http://127.0.0.1:8081",
	}
	values := map[string]string{}
	for _, v := range environment(want, "http://127.0.0.1:8082") {
		name, value, _ := strings.Cut(v, "=")
		values[name] = value
	}
	got, err := app.Load(func(name string) string { return values[name] })
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if values["AWS_ENDPOINT_URL"] != "http://127.0.0.1:8082" || values["AWS_SECRET_ACCESS_KEY"] == "" {
		t.Errorf("the clients do not find the local cloud: %v", values)
	}
}

func TestProcessesNeedEveryBinary(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/true\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range contract.Functions()[2:] {
		write(f.Name, 0o700)
	}
	write(contract.Functions()[1].Name, 0o600)
	_, err := newProcesses(dir)
	for _, f := range contract.Functions()[:2] {
		if err == nil || !strings.Contains(err.Error(), f.Name) {
			t.Errorf("the error does not name %s: %v", f.Name, err)
		}
	}
	for _, f := range contract.Functions()[:2] {
		if err := os.RemoveAll(filepath.Join(dir, f.Name)); err != nil {
			t.Fatal(err)
		}
		write(f.Name, 0o700)
	}
	if _, err := newProcesses(dir); err != nil {
		t.Error(err)
	}
	clk := clock.Real()
	t.Cleanup(clk.Close)
	kept, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kept.Close() })
	c, err := New(t.Context(), Options{Clock: clk, Store: kept, PortalURL: "http://127.0.0.1:8080", Functions: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Advance(t.Context(), clk.Now().Add(time.Hour)); !errors.Is(err, errMachineClock) {
		t.Errorf("the clock was moved: %v", err)
	}
	ahead := store.Op{Bucket: clockBucket, Key: "now", Value: clk.Now().Add(time.Hour)}
	if err := kept.Write(ahead); err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), Options{Clock: clk, Store: kept, Functions: dir}); !errors.Is(err, errMachineClock) {
		t.Errorf("data of a moved clock was taken: %v", err)
	}
}
