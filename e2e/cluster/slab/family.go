package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const patience = 3 * time.Second

// family is the set of child processes; none outlives this process, however it ends.
type family struct {
	dir      string
	gone     chan string // names of children that ended
	children []child
}

type child struct {
	process *os.Process
	done    chan struct{}
}

func newFamily(dir string) *family { return &family{dir: dir, gone: make(chan string, 8)} }

// start runs a part of this same file; what it says goes to DIR/NAME.log.
func (f *family) start(name string, args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(f.dir, name+".log"))
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.Command(self, append([]string{name}, args...)...)
	command.Dir, command.Stdout, command.Stderr = f.dir, log, log
	// A group of its own: Ctrl-C in a terminal reaches only the parent, which then stops the parts in order.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := command.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	f.children = append(f.children, child{command.Process, done})
	go func() {
		command.Wait()
		close(done)
		f.gone <- name
	}()
	return nil
}

// stop ends the last part first and waits for each.
func (f *family) stop() {
	for i := len(f.children) - 1; i >= 0; i-- {
		f.children[i].stop()
	}
}

func (c child) stop() {
	c.process.Signal(syscall.SIGTERM)
	select {
	case <-c.done:
	case <-time.After(patience):
		c.process.Kill()
		<-c.done
	}
}

// dieWithParent asks the kernel for SIGTERM when the process that started this one ends.
func dieWithParent() error {
	_, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGTERM), 0)
	if errno != 0 {
		return fmt.Errorf("-die-with-parent: %w", errno)
	}
	return nil
}
