package main

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
)

const loopback = "127.0.0.1"

// Ports are taken below the range from which the kernel serves outgoing connections, so that none of those can take
// a port between the choice and the moment at which a part listens on it.
const lowestPort, highestPort = 20000, 32000

// ports of one instance; they stay the same over a restart while nobody else takes them. Each is claimed by a socket
// with an abstract name, which other clusters look at and the kernel removes together with this process.
type ports struct {
	API, Etcd, EtcdPeer, Controllers, Scheduler int
}

func (p *ports) claim() error {
	for _, port := range []*int{&p.API, &p.Etcd, &p.EtcdPeer, &p.Controllers, &p.Scheduler} {
		chosen, err := freePort(*port)
		if err != nil {
			return err
		}
		*port = chosen
	}
	return nil
}

func freePort(preferred int) (int, error) {
	for try := 0; try < 100; try++ {
		if preferred != 0 && isFree(preferred) && isClaimed(preferred) {
			return preferred, nil
		}
		preferred = lowestPort + rand.IntN(highestPort-lowestPort)
	}
	return 0, errors.New("no free port found between 20000 and 32000 on 127.0.0.1 after 100 tries")
}

func isFree(port int) bool {
	listener, err := net.Listen("tcp", address(port))
	if err != nil {
		return false
	}
	return listener.Close() == nil
}

// claims are held for the life of the process.
var claims []*net.UnixConn

func isClaimed(port int) bool {
	name := &net.UnixAddr{Net: "unixgram", Name: "@intelligence-rollout/port/" + strconv.Itoa(port)}
	claim, err := net.ListenUnixgram("unixgram", name)
	if err != nil {
		return false
	}
	claims = append(claims, claim)
	return true
}

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
