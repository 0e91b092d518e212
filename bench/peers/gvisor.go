// gVisor's netstack under the workloads of `finwait bench`: two stacks in one process joined in memory, checksums computed
// and verified in software. netstack runs its own goroutines, so it uses more than one core where there are more.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o gvisor gvisor.go    (Debian: golang-go golang-gvisor-gvisor-dev)
//	./gvisor bulk SECONDS MTU | ./gvisor connections SECONDS | ./gvisor rr SECONDS | ./gvisor idle COUNT
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

const (
	queue   = 4096
	text    = 65536
	clients = 64 // addresses, because each has only so many ports
)

var server = tcpip.FullAddress{NIC: 1, Addr: address("10.0.2.1"), Port: 80}

func address(s string) tcpip.Address { return tcpip.Address(net.ParseIP(s).To4()) }

func client(i int) string { return fmt.Sprintf("10.0.1.%d", 1+i%clients) }

func check(what string, err interface{}) {
	if err != nil && fmt.Sprint(err) != "<nil>" {
		fmt.Fprintf(os.Stderr, "gvisor: %s: %v\n", what, err)
		os.Exit(1)
	}
}

func newStack(link stack.LinkEndpoint, addresses ...string) *stack.Stack {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
	})
	sack := tcpip.TCPSACKEnabled(true)
	s.SetTransportProtocolOption(tcp.ProtocolNumber, &sack)
	moderate := tcpip.TCPModerateReceiveBufferOption(true)
	s.SetTransportProtocolOption(tcp.ProtocolNumber, &moderate)
	if err := s.CreateNIC(1, link); err != nil {
		check("interface", err)
	}
	for _, a := range addresses {
		with := tcpip.ProtocolAddress{Protocol: ipv4.ProtocolNumber, AddressWithPrefix: tcpip.AddressWithPrefix{Address: address(a), PrefixLen: 8}}
		if err := s.AddProtocolAddress(1, with, stack.AddressProperties{}); err != nil {
			check("address", err)
		}
	}
	s.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: 1}})
	return s
}

// What one stack sends is given to the other; the payload is not copied on the way.
func pump(from, to *channel.Endpoint) {
	for {
		p := from.ReadContext(context.Background())
		if p.IsNil() {
			return
		}
		copied := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: p.ToBuffer()})
		protocol := p.NetworkProtocolNumber
		p.DecRef()
		to.InjectInbound(protocol, copied)
		copied.DecRef()
	}
}

func pair(mtu int) (*stack.Stack, *gonet.TCPListener) {
	x, y := channel.New(queue, uint32(mtu), ""), channel.New(queue, uint32(mtu), "")
	var all []string
	for i := 0; i < clients; i++ {
		all = append(all, client(i))
	}
	a, b := newStack(x, all...), newStack(y, "10.0.2.1")
	go pump(x, y)
	go pump(y, x)
	l, err := gonet.ListenTCP(b, server, ipv4.ProtocolNumber)
	check("listen", err)
	return a, l
}

func dial(s *stack.Stack, i int) *gonet.TCPConn {
	c, err := gonet.DialTCPWithBind(context.Background(), s, tcpip.FullAddress{NIC: 1, Addr: address(client(i))}, server, ipv4.ProtocolNumber)
	check("dial", err)
	return c
}

func processor() float64 {
	var r syscall.Rusage
	syscall.Getrusage(0, &r)
	return float64(r.Utime.Sec+r.Stime.Sec) + float64(r.Utime.Usec+r.Stime.Usec)/1e6
}

func bulk(seconds float64, mtu int) {
	s, l := pair(mtu)
	var got int64
	go func() {
		c, _ := l.Accept()
		p := make([]byte, text)
		for {
			k, err := c.Read(p)
			atomic.AddInt64(&got, int64(k))
			if err != nil {
				return
			}
		}
	}()
	c := dial(s, 0)
	go func() {
		p := make([]byte, text)
		for {
			if _, err := c.Write(p); err != nil {
				return
			}
		}
	}()
	time.Sleep(700 * time.Millisecond)
	before, began, cpu := atomic.LoadInt64(&got), time.Now(), processor()
	time.Sleep(time.Duration(seconds * float64(time.Second)))
	took := time.Since(began).Seconds()
	fmt.Printf("{\"workload\":\"bulk\",\"mtu\":%d,\"gbitPerSecond\":%f,\"seconds\":%f,\"processorSeconds\":%f}\n", mtu, float64(atomic.LoadInt64(&got)-before)*8/took/1e9, took, processor()-cpu)
}

func connections(seconds float64) {
	s, l := pair(1500)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { c.Read(make([]byte, 16)); c.Close() }()
		}
	}()
	began, cpu, count := time.Now(), processor(), 0
	for ; time.Since(began).Seconds() < seconds; count++ {
		dial(s, count/64).Close()
	}
	took := time.Since(began).Seconds()
	fmt.Printf("{\"workload\":\"connections\",\"connectionsPerSecond\":%f,\"seconds\":%f,\"processorSeconds\":%f}\n", float64(count)/took, took, processor()-cpu)
}

func roundTrips(seconds float64) {
	s, l := pair(1500)
	go func() {
		c, _ := l.Accept()
		p := make([]byte, 1)
		for {
			if _, err := io.ReadFull(c, p); err != nil {
				return
			}
			c.Write(p)
		}
	}()
	c, p, count := dial(s, 0), make([]byte, 1), 0
	began, cpu := time.Now(), processor()
	for ; time.Since(began).Seconds() < seconds; count++ {
		c.Write(p)
		_, err := io.ReadFull(c, p)
		check("read", err)
	}
	took := time.Since(began).Seconds()
	fmt.Printf("{\"workload\":\"rr\",\"idle\":0,\"roundTripsPerSecond\":%f,\"seconds\":%f,\"processorSeconds\":%f}\n", float64(count)/took, took, processor()-cpu)
}

func idle(count int) {
	s, l := pair(1500)
	keep := make([]net.Conn, 0, 2*count)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	for i := 0; i < count; i++ {
		c := dial(s, i/400)
		p, _ := l.Accept()
		keep = append(keep, c, p)
	}
	took := time.Since(began).Seconds()
	time.Sleep(time.Second)
	runtime.GC()
	runtime.ReadMemStats(&after)
	octets := float64(after.HeapInuse+after.StackInuse) - float64(before.HeapInuse+before.StackInuse)
	fmt.Printf("{\"workload\":\"idle\",\"idle\":%d,\"octetsPerEndpoint\":%f,\"connectionsPerSecond\":%f}\n", count, octets/float64(2*count), float64(count)/took)
	runtime.KeepAlive(keep)
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "gvisor: bulk SECONDS MTU | connections SECONDS | rr SECONDS | idle COUNT")
		os.Exit(2)
	}
	amount, err := strconv.ParseFloat(os.Args[2], 64)
	check("number", err)
	switch os.Args[1] {
	case "bulk":
		mtu := 1500
		if len(os.Args) > 3 {
			mtu, err = strconv.Atoi(os.Args[3])
			check("number", err)
		}
		bulk(amount, mtu)
	case "connections":
		connections(amount)
	case "rr":
		roundTrips(amount)
	case "idle":
		idle(int(amount))
	}
}
