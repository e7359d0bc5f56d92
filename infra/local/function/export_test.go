package function

import "time"

// MaxProcesses is the cap on one function's processes.
const MaxProcesses = maxProcesses

// SetInitLimit shortens the time that a process may take to start.
func (p *Processes) SetInitLimit(d time.Duration) { p.initLimit = d }

// Counts returns how many processes live and how many of them are free.
func (p *Processes) Counts() (alive, idle int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, free := range p.alive {
		if free {
			idle++
		}
	}
	return len(p.alive), idle
}
