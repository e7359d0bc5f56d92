package cloud

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/contract"
)

// errMachineClock says why processes and a moved clock do not go together.
var errMachineClock = errors.New("functions that run as processes read the machine's clock, so the local cloud's clock must be the same")

// processes runs the functions as their compiled binaries, and serves them the cloud and the bank on loopback sockets.
type processes struct {
	directory   string
	environment []string
	functions   []*function.Processes
	sockets     []*http.Server
}

// newProcesses checks that a directory holds the binary of each function.
func newProcesses(directory string) (*processes, error) {
	absolute, err := filepath.Abs(directory)
	if err != nil {
		return nil, fmt.Errorf("find the functions' directory: %w", err)
	}
	var wrong []error
	for _, f := range contract.Functions() {
		info, err := os.Stat(filepath.Join(absolute, f.Name))
		switch {
		case err != nil:
			wrong = append(wrong, err)
		case info.IsDir() || info.Mode()&0o111 == 0:
			wrong = append(wrong, fmt.Errorf("%s is no program", filepath.Join(absolute, f.Name)))
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("the functions' binaries (go build -tags lambda.norpc -o DIR/ ./functions/...): %w", errors.Join(wrong...))
	}
	return &processes{directory: absolute}, nil
}

// open serves the cloud's services and the bank to the processes.
func (p *processes) open(c app.Config, services, bank http.Handler) error {
	endpoint, err := p.serve(services)
	if err != nil {
		return err
	}
	if c.SandboxURL, err = p.serve(bank); err != nil {
		return err
	}
	p.environment = environment(c, endpoint)
	return nil
}

func (p *processes) serve(handler http.Handler) (url string, err error) {
	server, address, err := wire.Listen(handler)
	if err != nil {
		return "", err
	}
	p.sockets = append(p.sockets, server)
	return "http://" + address, nil
}

// environment is what a deployed function finds in its surroundings, with this cloud's addresses.
func environment(c app.Config, endpoint string) []string {
	return []string{
		contract.EnvStage + "=" + c.Stage, contract.EnvPortalURL + "=" + c.PortalURL, contract.EnvMailFrom + "=" + c.MailFrom,
		contract.EnvCookieName + "=" + c.CookieName, contract.EnvCookieInsecure + "=" + strconv.FormatBool(c.CookieInsecure),
		contract.EnvSandboxURL + "=" + c.SandboxURL, contract.EnvAccount + "=" + c.Account,
		contract.EnvRegion + "=" + c.Region, "AWS_DEFAULT_REGION=" + c.Region, contract.EnvEndpoint + "=" + endpoint,
		"AWS_SECRET_ACCESS_KEY=local", "AWS_SESSION_TOKEN=local",
	}
}

// function gives the definition of a function that runs as its binary.
func (p *processes) function(f contract.Function, o Options) function.Definition {
	run := function.NewProcesses(function.Program{
		Name: physical(f.Name), Path: filepath.Join(p.directory, f.Name), MemoryMB: f.MemoryMB, Log: o.Log,
		Environment: append([]string{"AWS_ACCESS_KEY_ID=" + f.Name}, p.environment...),
	})
	p.functions = append(p.functions, run)
	return function.Definition{Name: physical(f.Name), Timeout: f.Timeout, Reserved: f.Reserved, Take: run.Take}
}

func (p *processes) close() {
	for _, f := range p.functions {
		f.Close()
	}
	for _, s := range p.sockets {
		_ = s.Close() // what it still answered was asked by a process that is no more
	}
}
