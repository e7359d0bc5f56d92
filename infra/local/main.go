// Command local runs Regua on this machine: the whole product in one process, on the embedded local cloud, with a sample portfolio.
//
//	go run ./infra/local -web web/dist
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/fault"
	"github.com/regua/regua/infra/local/site"
	"github.com/regua/regua/infra/local/store"
)

const (
	// headerTimeout and idleTimeout are generous for a browser on the same machine.
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 5 * time.Second
)

type options struct {
	addr, aws, data, web, clock, log, functions string
	portfolios                                  []string
	seed                                        uint64
	debts                                       int
	faults                                      []fault.Rule
	faultSeed                                   uint64
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, err := parse(os.Args[1:], os.Stderr)
	if err == nil {
		err = run(ctx, o, os.Stdout)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "regua: "+err.Error())
		os.Exit(1)
	}
}

func parse(args []string, out io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8080", "loopback `address` of the portal, the API and /_local/")
	flags.StringVar(&o.aws, "aws", "", "also serve the AWS protocols on this loopback `address`")
	flags.StringVar(&o.data, "data", "", "`directory` that keeps everything across restarts; empty keeps it in memory")
	flags.StringVar(&o.web, "web", "", "`directory` of the built portal (web/dist)")
	flags.StringVar(&o.clock, "clock", "",
		"`time` (RFC 3339) at which a virtual clock starts and stands until moved; empty is the machine's time")
	flags.StringVar(&o.functions, "functions", "", "`directory` of the functions' compiled binaries (go build -tags lambda.norpc "+
		"-o DIR/ ./functions/...): each runs in processes of its own, as on Lambda, by the machine's clock, which cannot be moved; "+
		"empty runs them in this process")
	flags.StringVar(&o.log, "log", "", "`file` for the functions' JSON log lines; - is standard error, empty drops them")
	flags.Func("portfolio", "CSV `file` of debts, with its creditors' JSON files beside it; may be repeated; without it, a sample",
		func(file string) error {
			o.portfolios = append(o.portfolios, file)
			return nil
		})
	flags.Uint64Var(&o.seed, "seed", 1, "`number` that the sample portfolio is made from")
	flags.Func("faults", "break `calls` of cloud services that functions make, and print each fault: "+fault.Help+"; a crash ends this "+
		"process as kill -9 does, to be started again with the same -data", func(text string) (err error) {
		o.faultSeed, o.faults, err = fault.Parse(text)
		return err
	})
	flags.IntVar(&o.debts, "debts", 1000, "`number` of debts in the sample portfolio")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; see -help", flags.Arg(0))
	}
	if o.functions != "" && o.clock != "" {
		return o, errors.New("-functions and -clock exclude each other: functions that run as processes read the machine's clock")
	}
	for name, addr := range map[string]string{"-addr": o.addr, "-aws": o.aws} {
		if addr != "" && !isLoopback(addr) {
			return o, fmt.Errorf("%s %s: only loopback addresses are served, as 127.0.0.1:8080", name, addr)
		}
	}
	return o, nil
}

func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func run(ctx context.Context, o options, out io.Writer) (err error) {
	started := time.Now()
	log, closeLog, err := openLog(o.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return fmt.Errorf("listen on %s (choose another with -addr): %w", o.addr, err)
	}
	defer func() { _ = listener.Close() }() // closed before by a server that ended well
	state := store.Memory()
	if o.data != "" {
		if state, err = store.Open(o.data); err != nil {
			return err
		}
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	clk, err := newClock(o.clock)
	if err != nil {
		return err
	}
	defer clk.Close()
	portal := "http://" + listener.Addr().String()
	world, err := openWorld(o, portal, state, clk)
	if err != nil {
		return err
	}
	plan := fault.NewPlan(clk, o.faultSeed, o.faults, out, die)
	defer plan.Close()
	c, err := cloud.New(ctx, cloud.Options{
		Clock: clk, Store: state, PortalURL: portal, Creditors: world.creditors, Log: log, Functions: o.functions, Intercept: plan.Intercept,
	})
	if err != nil {
		return err
	}
	defer c.Close()
	if err := world.importInto(ctx, c, out); err != nil {
		return err
	}
	var web fs.FS
	if o.web != "" {
		web = os.DirFS(o.web)
	}
	welcome(out, portal, o, world.participants, c.Clock.Now(), time.Since(started))
	return serve(ctx, listener, site.New(c, web, world.participants), o.aws, site.ThisMachineOnly(c.Door()))
}

// die ends this process as kill -9 does.
func die() {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
}

func openLog(name string) (io.Writer, func() error, error) {
	nothing := func() error { return nil }
	switch name {
	case "":
		return nil, nothing, nil
	case "-":
		return os.Stderr, nothing, nil
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) // #nosec G304 -- the operator names the file
	if err != nil {
		return nil, nil, fmt.Errorf("open log: %w", err)
	}
	return file, file.Close, nil
}

func newClock(start string) (*clock.Clock, error) {
	if start == "" {
		return clock.Real(), nil
	}
	at, err := time.Parse(time.RFC3339, start)
	if err != nil {
		return nil, fmt.Errorf("-clock %q: want a time as 2026-11-23T12:00:00Z", start)
	}
	return clock.Virtual(at), nil
}

// serve answers until ctx ends, on the site's listener and, if asked to, on the AWS protocols' address.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, awsAddr string, services http.Handler) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	servers := []*http.Server{newServer(handler)}
	go func() { cancel(servers[0].Serve(listener)) }()
	if awsAddr != "" {
		awsListener, err := net.Listen("tcp", awsAddr)
		if err != nil {
			return fmt.Errorf("listen on %s (choose another with -aws): %w", awsAddr, err)
		}
		servers = append(servers, newServer(services))
		go func() { cancel(servers[1].Serve(awsListener)) }()
	}
	<-ctx.Done()
	stopping, done := context.WithTimeout(context.Background(), stopTimeout)
	defer done()
	for _, s := range servers {
		if err := s.Shutdown(stopping); err != nil {
			return fmt.Errorf("stop: %w", err)
		}
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", cause)
	}
	return nil
}

func newServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout}
}
