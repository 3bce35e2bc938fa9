package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// instance is one control plane in one directory.
type instance struct {
	dir        string
	users      string
	withParent bool
	lock       *os.File
	state      state
}

// state is what must survive a restart; it is kept in DIR/state.json.
type state struct {
	Ports  ports
	Tokens map[string]string // user name -> bearer token
}

func parseFlags(args []string) (*instance, error) {
	in := &instance{}
	flags := flag.NewFlagSet("up", flag.ContinueOnError)
	flags.StringVar(&in.users, "users", "", "extra users `name=group+group,...`; each gets DIR/NAME.kubeconfig")
	flags.BoolVar(&in.withParent, "die-with-parent", false, "end when the process that started this one ends, however it ends")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() != 1 {
		return nil, errors.New("usage: slab up [flags] DIR")
	}
	dir, err := filepath.Abs(flags.Arg(0))
	in.dir = dir
	return in, err
}

func (in *instance) path(name ...string) string {
	return filepath.Join(append([]string{in.dir}, name...)...)
}

func (in *instance) url() string { return "https://" + address(in.state.Ports.API) }

// open takes the directory for this process and reads what an earlier run left in it.
func (in *instance) open() error {
	if err := os.MkdirAll(in.path("pki"), 0o700); err != nil {
		return err
	}
	if err := in.claim(); err != nil {
		return err
	}
	in.state.Tokens = map[string]string{}
	content, err := os.ReadFile(in.path("state.json"))
	if errors.Is(err, os.ErrNotExist) {
		return in.state.Ports.claim()
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, &in.state); err != nil {
		return fmt.Errorf("%s: %w; remove the directory to start afresh", in.path("state.json"), err)
	}
	return in.state.Ports.claim()
}

// claim holds a lock on DIR/lock for as long as this process lives; the file says who holds it.
func (in *instance) claim() error {
	file, err := os.OpenFile(in.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		owner, _ := os.ReadFile(in.path("lock"))
		file.Close()
		return fmt.Errorf("%s is in use by process %s; stop it or choose another directory", in.dir, strings.TrimSpace(string(owner)))
	}
	in.lock = file
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, os.Getpid())
	return err
}

func (in *instance) save() error {
	content, err := json.MarshalIndent(in.state, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(in.path("state.json"), content, 0o600)
}
