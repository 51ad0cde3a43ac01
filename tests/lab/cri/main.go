// Command cri is a container runtime for the lab: it keeps what a kubelet asks of it as records, and runs nothing.
//
// It answers runtime.v1 and runtime.v1alpha2 on one unix socket. The two have the same messages as far as kubelets of v1alpha2 use them
// (same fields, same numbers), so one implementation is registered under both names. Images are always present, probes and hooks
// by exec succeed, and every port of --http answers 200, which serves probes and hooks by HTTP and TCP. A container whose command is
// `exit N` ends with code N one second after its start; all others run until they are stopped.
//
// Over --control, a line of JSON in gives a line of JSON out (see control.go): dumps shaped as crictl prints them, and accidents.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func main() {
	socket := flag.String("socket", "", "unix socket to serve CRI on")
	control := flag.String("control", "", "unix socket to take commands on")
	events := flag.String("events", "", "file to append events to, one JSON object per line")
	state := flag.String("state", "", "file to load records from, if it is there, and to save them to at the end")
	images := flag.String("images", "/", "mount point to name as the image filesystem")
	web := flag.String("http", "", "ports, by comma, that answer 200 to everything")
	healthy := flag.String("grpc", "", "ports, by comma, that answer gRPC health checks")
	flag.Parse()
	if err := serve(*socket, *control, *events, *state, *images, *web, *healthy); err != nil {
		log.Fatal(err)
	}
}

func serve(socket, control, events, state, images, web, healthy string) error {
	records, err := newRecords(events)
	if err != nil {
		return err
	}
	if _, err := os.Stat(state); state != "" && err == nil {
		if err := records.load(state); err != nil {
			return err
		}
	}
	if err := answerProbes(web, healthy); err != nil {
		return err
	}
	if err := takeCommands(control, records); err != nil {
		return err
	}
	listener, err := listen(socket)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	for _, version := range []string{"v1", "v1alpha2"} {
		runtime.RegisterRuntimeServiceServer(as{server, version}, &runtimeService{records: records})
		runtime.RegisterImageServiceServer(as{server, version}, &imageService{mountpoint: images})
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go func() { <-stop; server.Stop() }()
	if err := server.Serve(listener); err != nil {
		return err
	}
	if state != "" {
		return records.save(state)
	}
	return nil
}

// as registers services under another version of the API.
type as struct {
	server  *grpc.Server
	version string
}

func (a as) RegisterService(described *grpc.ServiceDesc, implementation any) {
	renamed := *described
	renamed.ServiceName = strings.Replace(described.ServiceName, "runtime.v1.", "runtime."+a.version+".", 1)
	a.server.RegisterService(&renamed, implementation)
}

func listen(path string) (net.Listener, error) {
	if err := os.RemoveAll(path); err != nil {
		return nil, err
	}
	return net.Listen("unix", path)
}

func answerProbes(web, healthy string) error {
	for _, port := range ports(web) {
		listener, err := net.Listen("tcp", ":"+port)
		if err != nil {
			return fmt.Errorf("port %s for HTTP: %w", port, err)
		}
		go func() { _ = http.Serve(listener, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})) }()
	}
	for _, port := range ports(healthy) {
		listener, err := net.Listen("tcp", ":"+port)
		if err != nil {
			return fmt.Errorf("port %s for gRPC: %w", port, err)
		}
		server := grpc.NewServer()
		healthpb.RegisterHealthServer(server, health.NewServer())
		go func() { _ = server.Serve(listener) }()
	}
	return nil
}

func ports(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}
