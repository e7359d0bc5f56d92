package function

import (
	"context"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/regua/regua/infra/local/wire"
)

const (
	// maxProcesses bounds the processes of one function: a browser keeps at most six connections to an address, and a notice and a
	// schedule may come beside them. Whatever else starts functions does so one at a time.
	maxProcesses = 8
	// initLimit is how long Lambda lets a process prepare for its first invocation.
	initLimit = 10 * time.Second
	// drainLimit is how long the output of a process that has ended is waited for.
	drainLimit = time.Second
)

// Program is a function's compiled binary and what it runs with.
type Program struct {
	Name        string // the deployed name
	Path        string // of the binary
	MemoryMB    int    // only told to the process
	Environment []string
	Log         io.Writer // takes what the processes write; safe for concurrent use; nil drops it
}

// Processes runs one function as its compiled binary through the Lambda Runtime API. A process serves one invocation at a time, is used
// again as long as it lives, and sees nothing of this process's environment.
type Processes struct {
	program   Program
	initLimit time.Duration
	mu        sync.Mutex
	alive     map[*process]bool // whether it is free
	closed    bool
}

// NewProcesses gives the processes of a function, none of which runs yet.
func NewProcesses(p Program) *Processes {
	return &Processes{program: p, initLimit: initLimit, alive: map[*process]bool{}}
}

// process is one running binary. As a lambda.Handler it serves one invocation and is then free for another.
type process struct {
	of      *Processes
	command *exec.Cmd
	api     *runtimeAPI
	exited  chan struct{}
	exit    error // how it ended, once exited is closed
}

// Take gives a process that has asked for an invocation, started if none is free. The time that the start takes is not the invocation's.
func (p *Processes) Take(ctx context.Context) (lambda.Handler, *Error) {
	p.mu.Lock()
	for s, free := range p.alive {
		if free {
			p.alive[s] = false
			p.mu.Unlock()
			return s, nil
		}
	}
	id := ""
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		id = lc.AwsRequestID
	}
	started, failure := p.startLocked(id)
	p.mu.Unlock()
	if failure != nil {
		return nil, failure
	}
	if failure := started.ready(id, p.initLimit); failure != nil {
		started.end()
		return nil, failure
	}
	return started, nil
}

// Close ends all processes and waits for their end. No process is started afterwards.
func (p *Processes) Close() {
	p.mu.Lock()
	p.closed = true
	alive := maps.Clone(p.alive)
	p.mu.Unlock()
	for s := range alive {
		s.end()
	}
}

func (p *Processes) startLocked(id string) (*process, *Error) {
	if p.closed {
		return nil, failed("Runtime.ExitError", id, "the local cloud has ended")
	}
	if len(p.alive) >= maxProcesses {
		return nil, throttle()
	}
	s := &process{of: p, api: newRuntimeAPI(), exited: make(chan struct{})}
	server, address, err := wire.Listen(s.api.mux)
	if err != nil {
		return nil, &Error{Type: "Lambda.ServiceException", Message: "open a runtime API: " + err.Error()}
	}
	s.command = exec.Command(p.program.Path) // #nosec G204 -- the operator names the directory of the binaries
	s.command.Env = append(p.environment(), "AWS_LAMBDA_RUNTIME_API="+address)
	s.command.Dir = filepath.Dir(p.program.Path)
	s.command.Stdout, s.command.Stderr = p.program.Log, p.program.Log
	s.command.WaitDelay = drainLimit
	if err := s.command.Start(); err != nil {
		_ = server.Close() // nothing came in
		return nil, failed("Runtime.InvalidEntrypoint", id, err.Error())
	}
	p.alive[s] = false
	go func() {
		s.exit = s.command.Wait()
		_ = server.Close() // its one client is gone
		p.mu.Lock()
		delete(p.alive, s)
		p.mu.Unlock()
		close(s.exited)
	}()
	return s, nil
}

// environment is what Lambda sets for every function, and the function's own.
func (p *Processes) environment() []string {
	return append([]string{
		"AWS_LAMBDA_FUNCTION_NAME=" + p.program.Name, "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(p.program.MemoryMB), "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_EXECUTION_ENV=AWS_Lambda_provided.al2023", "_HANDLER=bootstrap", "LAMBDA_TASK_ROOT=" + filepath.Dir(p.program.Path),
		"PATH=/usr/local/bin:/usr/bin:/bin:/opt/bin", "LANG=en_US.UTF-8", "TZ=:UTC",
	}, p.program.Environment...)
}

// free offers a process for the next invocation, unless it ended in the meantime.
func (p *Processes) free(s *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, alive := p.alive[s]; alive {
		p.alive[s] = true
	}
}

// ready waits until the process asks for its first invocation.
func (s *process) ready(id string, limit time.Duration) *Error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-s.api.asked:
		return nil
	case out := <-s.api.reports:
		return out.err
	case <-s.exited:
		return s.last(id).err
	case <-timer.C:
		return timeout(id, limit)
	}
}

// Invoke serves one invocation, which ends when the process asks for the next one, as it does on AWS. At the end of ctx the process is
// killed. A failure is a messages.InvokeResponse_Error by value, with the name that the process gave it.
func (s *process) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	lc, _ := lambdacontext.FromContext(ctx) // the Host puts it there, and the deadline
	deadline, _ := ctx.Deadline()
	var out outcome
	s.api.work <- invocation{lc.AwsRequestID, lc.InvokedFunctionArn, deadline, payload} // the process has asked, and nobody else has it
	select {
	case out = <-s.api.reports:
	case <-s.exited:
		out = s.last(lc.AwsRequestID)
	case <-ctx.Done():
		s.end()
		return nil, ctx.Err()
	}
	select {
	case <-s.api.asked:
		s.of.free(s)
	case <-s.exited:
	case <-ctx.Done():
		s.end()
		return nil, ctx.Err()
	}
	if out.err != nil {
		return nil, messages.InvokeResponse_Error{Type: out.err.Type, Message: out.err.Message}
	}
	return out.answer, nil
}

// last is what a process that has ended reported, or that it ended without a word.
func (s *process) last(id string) outcome {
	select {
	case out := <-s.api.reports:
		return out
	default:
	}
	reason := "Runtime exited without providing a reason"
	if s.exit != nil {
		reason = "Runtime exited with error: " + s.exit.Error()
	}
	return outcome{err: failed("Runtime.ExitError", id, reason)}
}

// end kills the process and waits for its end.
func (s *process) end() {
	_ = s.command.Process.Kill() // fails only when it has ended already
	<-s.exited
}
