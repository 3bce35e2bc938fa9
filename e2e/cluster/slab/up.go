package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

var apiServerFlags = strings.Fields(`
	--bind-address=127.0.0.1 --advertise-address=127.0.0.1 --endpoint-reconciler-type=none
	--authorization-mode=Node,RBAC --allow-privileged=true
	--tls-cert-file=pki/apiserver.crt --tls-private-key-file=pki/apiserver.key
	--client-ca-file=pki/ca.crt --token-auth-file=tokens.csv
	--service-cluster-ip-range=10.96.0.0/16
	--service-account-issuer=https://kubernetes.default.svc
	--service-account-key-file=pki/sa.key --service-account-signing-key-file=pki/sa.key
	--kubelet-preferred-address-types=InternalIP
	--kubelet-client-certificate=pki/apiserver-kubelet.crt --kubelet-client-key=pki/apiserver-kubelet.key
	--requestheader-client-ca-file=pki/ca.crt --requestheader-allowed-names=front-proxy-client
	--requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group
	--requestheader-extra-headers-prefix=X-Remote-Extra-
	--proxy-client-cert-file=pki/front-proxy-client.crt --proxy-client-key-file=pki/front-proxy-client.key`)

var controllerFlags = strings.Fields(`
	--use-service-account-credentials=true --service-account-private-key-file=pki/sa.key --root-ca-file=pki/ca.crt
	--cluster-signing-cert-file=pki/ca.crt --cluster-signing-key-file=pki/ca.key`)

// up runs the control plane until SIGTERM; it prints the path of the admin's kubeconfig once the API server is ready.
func up(args []string) error {
	in, err := parseFlags(args)
	if err != nil {
		return err
	}
	if in.withParent {
		if err := dieWithParent(); err != nil {
			return err
		}
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
	if err := in.prepare(); err != nil {
		return err
	}
	kin := newFamily(in.dir)
	defer kin.stop()
	if err := in.start(kin, stop); err != nil {
		return err
	}
	fmt.Println(in.path("kubeconfig"))
	select {
	case <-stop:
		return nil
	case name := <-kin.gone:
		return fmt.Errorf("%s ended, see %s", name, in.path(name+".log"))
	}
}

func (in *instance) prepare() error {
	for _, step := range []func() error{in.open, in.writeCertificates, in.writeUsers, in.save} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (in *instance) start(kin *family, stop <-chan os.Signal) error {
	ports := in.state.Ports
	etcd := "http://" + address(ports.Etcd)
	if err := kin.start("etcd", in.path("etcd"), etcd, "http://"+address(ports.EtcdPeer)); err != nil {
		return err
	}
	api := append([]string{"--etcd-servers=" + etcd, "--secure-port=" + strconv.Itoa(ports.API)}, apiServerFlags...)
	if err := kin.start("kube-apiserver", api...); err != nil {
		return err
	}
	if err := in.waitReady(kin, stop); err != nil {
		return err
	}
	managers := append(clientFlags("controllers.kubeconfig", ports.Controllers), controllerFlags...)
	if err := kin.start("kube-controller-manager", managers...); err != nil {
		return err
	}
	return kin.start("kube-scheduler", clientFlags("scheduler.kubeconfig", ports.Scheduler)...)
}

// clientFlags are those that the controller manager and the scheduler share.
func clientFlags(kubeconfig string, port int) []string {
	return []string{
		"--kubeconfig=" + kubeconfig, "--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
		"--bind-address=" + loopback, "--secure-port=" + strconv.Itoa(port), "--leader-elect=false",
	}
}
