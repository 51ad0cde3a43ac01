package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// A command is one line of JSON; the answer is another, an object with "error" if it could not be done.
//
//	{"do":"ps"} {"do":"pods"}                       the lists, as `crictl ps -a -o json` and `crictl pods -o json` print them
//	{"do":"idle"}                                   {"milliseconds":N} since anything happened but to containers that end by themselves
//	{"do":"exit","id":CONTAINER,"code":N}           the container has exited
//	{"do":"annotate","id":CONTAINER,"key":K,"value":V}   an annotation of the container is another; without value it is gone
//	{"do":"not-ready","id":SANDBOX}                 the sandbox, and what runs in it, has died
//	{"do":"drop-ip","id":SANDBOX}                   the sandbox has lost its address
//	{"do":"forget","id":CONTAINER}                  the container's record was pruned
//	{"do":"save","path":P} {"do":"load","path":P}   all records, to and from a file
type command struct {
	Do    string  `json:"do"`
	ID    string  `json:"id"`
	Code  int32   `json:"code"`
	Key   string  `json:"key"`
	Value *string `json:"value"`
	Path  string  `json:"path"`
}

func takeCommands(path string, records *records) error {
	if path == "" {
		return nil
	}
	listener, err := listen(path)
	if err != nil {
		return err
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go converse(connection, records)
		}
	}()
	return nil
}

func converse(connection net.Conn, records *records) {
	defer connection.Close()
	lines := bufio.NewScanner(connection)
	for lines.Scan() {
		answer, err := obey(lines.Bytes(), records)
		if err != nil {
			answer, _ = json.Marshal(map[string]string{"error": err.Error()})
		}
		if _, err := connection.Write(append(answer, '\n')); err != nil {
			return
		}
	}
}

func obey(line []byte, r *records) ([]byte, error) {
	var c command
	if err := json.Unmarshal(line, &c); err != nil {
		return nil, err
	}
	switch c.Do {
	case "save":
		return done, r.save(c.Path)
	case "load":
		return done, r.load(c.Path)
	}
	r.Lock()
	defer r.Unlock()
	switch c.Do {
	case "ps":
		return printed(r.listContainers(func(*runtime.Container) bool { return true }))
	case "pods":
		return printed(r.listSandboxes(func(*runtime.PodSandbox) bool { return true }))
	case "idle":
		return json.Marshal(map[string]int64{"milliseconds": time.Since(r.busy).Milliseconds()})
	case "exit", "annotate", "forget":
		found, known := r.containers[c.ID]
		if !known {
			return nil, fmt.Errorf("no container %s", c.ID)
		}
		return done, r.toContainer(found, c)
	case "not-ready", "drop-ip":
		found, known := r.sandboxes[c.ID]
		if !known {
			return nil, fmt.Errorf("no sandbox %s", c.ID)
		}
		r.toSandbox(found, c)
		return done, nil
	}
	return nil, fmt.Errorf("do %q is not known", c.Do)
}

var done = []byte("{}")

func (r *records) toContainer(c *container, asked command) error {
	switch {
	case asked.Do == "exit":
		r.end(c, asked.Code)
	case asked.Do == "forget":
		delete(r.containers, c.Id)
	case asked.Value == nil:
		delete(c.Annotations, asked.Key)
	default:
		c.Annotations[asked.Key] = *asked.Value
	}
	r.containerEvent("accident:"+asked.Do, c, nil)
	return nil
}

func (r *records) toSandbox(s *sandbox, asked command) {
	r.sandboxEvent("accident:"+asked.Do, s)
	if asked.Do == "not-ready" {
		r.stop(s)
		return
	}
	s.Network = &runtime.PodSandboxNetworkStatus{}
}

func printed(message proto.Message) ([]byte, error) {
	return protojson.MarshalOptions{EmitUnpopulated: true}.Marshal(message)
}
