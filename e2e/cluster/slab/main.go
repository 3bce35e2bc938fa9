// slab is a real Kubernetes control plane in one file: `slab up DIR` runs etcd, kube-apiserver,
// kube-controller-manager and kube-scheduler as child processes made from this same file.
//
// The parts are processes and not goroutines: the API server and the scheduler both claim the process-wide signal
// handler, and all parts share one registry of feature gates.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	_ "time/tzdata" // CronJobs may name a time zone on a machine that has no list of them

	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// parts maps the name of a part to what runs under it.
var parts = map[string]func() int{
	"up":                      func() int { return exitCode(up(os.Args[1:])) },
	"etcd":                    func() int { return exitCode(runEtcd(os.Args[1:])) },
	"kube-apiserver":          func() int { return cli.Run(apiserver.NewAPIServerCommand()) },
	"kube-controller-manager": func() int { return cli.Run(controllers.NewControllerManagerCommand()) },
	"kube-scheduler":          func() int { return cli.Run(scheduler.NewSchedulerCommand()) },
	"kubectl":                 runKubectl,
}

// A child's parent-death signal fires when the thread that forked it ends, so the main thread must stay the one.
func init() { runtime.LockOSThread() }

func main() {
	name := filepath.Base(os.Args[0]) // a link named kubectl behaves like kubectl
	if parts[name] == nil && len(os.Args) > 1 {
		name = os.Args[1]
		os.Args = append([]string{name}, os.Args[2:]...)
	}
	run := parts[name]
	if run == nil {
		fmt.Fprintln(os.Stderr, "usage: slab up [flags] DIR, or the name of a part and its flags")
		os.Exit(2)
	}
	os.Exit(run())
}

func runKubectl() int {
	kubectlutil.CheckErr(cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()))
	return 0
}

func exitCode(err error) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	fmt.Fprintln(os.Stderr, "slab:", err)
	return 1
}
