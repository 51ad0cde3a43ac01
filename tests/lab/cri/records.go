package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strconv"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// sandbox and container are a status as CRI gives it, and what CRI does not tell of it.
type sandbox struct {
	*runtime.PodSandboxStatus
}

type container struct {
	*runtime.ContainerStatus
	sandbox string
	// ends is the code of a container whose command is `exit N`; nil for those that run until they are stopped.
	ends *int32
}

// records is all that was created and not removed. Everything below is guarded by its lock.
type records struct {
	sync.Mutex
	sandboxes  map[string]*sandbox
	containers map[string]*container
	addresses  int
	log        *os.File
	busy       time.Time // when something last happened that is not the coming and going of containers that end
}

func newRecords(events string) (*records, error) {
	r := &records{sandboxes: map[string]*sandbox{}, containers: map[string]*container{}, busy: time.Now()}
	if events == "" {
		return r, nil
	}
	var err error
	r.log, err = os.OpenFile(events, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	return r, err
}

func newID() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	return hex.EncodeToString(raw)
}

type event struct {
	Time      int64  `json:"time"` // nanoseconds since 1970
	Event     string `json:"event"`
	Sandbox   string `json:"sandbox"`
	Container string `json:"container,omitempty"`
	Name      string `json:"name,omitempty"`
	Pod       string `json:"pod"`
	Namespace string `json:"namespace"`
	UID       string `json:"uid"`
	Hash      string `json:"hash,omitempty"`
	Code      *int32 `json:"code,omitempty"`
}

func (r *records) sandboxEvent(what string, s *sandbox) {
	r.busy = time.Now()
	r.write(event{Event: what, Sandbox: s.Id, Pod: s.Metadata.Name, Namespace: s.Metadata.Namespace, UID: s.Metadata.Uid})
}

func (r *records) containerEvent(what string, c *container, code *int32) {
	if c.ends == nil && what != "remove" { // the garbage collector comes when it likes
		r.busy = time.Now()
	}
	r.write(event{
		Event: what, Sandbox: c.sandbox, Container: c.Id, Name: c.Metadata.Name,
		Pod: c.Labels["io.kubernetes.pod.name"], Namespace: c.Labels["io.kubernetes.pod.namespace"], UID: c.Labels["io.kubernetes.pod.uid"],
		Hash: c.Annotations["io.kubernetes.container.hash"], Code: code,
	})
}

func (r *records) write(e event) {
	if r.log == nil {
		return
	}
	e.Time = time.Now().UnixNano()
	line, _ := json.Marshal(e)
	_, _ = r.log.Write(append(line, '\n'))
}

// end marks a container as exited; ended already, nothing changes.
func (r *records) end(c *container, code int32) {
	if c.State == runtime.ContainerState_CONTAINER_EXITED {
		return
	}
	c.State, c.FinishedAt, c.ExitCode, c.Reason = runtime.ContainerState_CONTAINER_EXITED, time.Now().UnixNano(), code, "Completed"
	if code != 0 {
		c.Reason = "Error"
	}
	r.containerEvent("end", c, &code)
}

// endSoon lets a started container with `exit N` run for a second.
func (r *records) endSoon(c *container) {
	if c.ends == nil || c.State != runtime.ContainerState_CONTAINER_RUNNING {
		return
	}
	time.AfterFunc(time.Second, func() {
		r.Lock()
		defer r.Unlock()
		r.end(c, *c.ends)
	})
}

// endsWith reads `exit N` in a command.
func endsWith(command []string) *int32 {
	if len(command) != 2 || command[0] != "exit" {
		return nil
	}
	code, err := strconv.ParseInt(command[1], 10, 32)
	if err != nil {
		return nil
	}
	ends := int32(code)
	return &ends
}

// The list messages, newest first, as a runtime gives them.

func (r *records) listSandboxes(wanted func(*runtime.PodSandbox) bool) *runtime.ListPodSandboxResponse {
	found := &runtime.ListPodSandboxResponse{}
	for _, s := range r.sandboxes {
		one := &runtime.PodSandbox{
			Id: s.Id, Metadata: s.Metadata, State: s.State, CreatedAt: s.CreatedAt, Labels: s.Labels, Annotations: s.Annotations,
			RuntimeHandler: s.RuntimeHandler,
		}
		if wanted(one) {
			found.Items = append(found.Items, proto.Clone(one).(*runtime.PodSandbox))
		}
	}
	sort.Slice(found.Items, func(i, j int) bool { return found.Items[i].CreatedAt > found.Items[j].CreatedAt })
	return found
}

func (r *records) listContainers(wanted func(*runtime.Container) bool) *runtime.ListContainersResponse {
	found := &runtime.ListContainersResponse{}
	for _, c := range r.containers {
		one := &runtime.Container{
			Id: c.Id, PodSandboxId: c.sandbox, Metadata: c.Metadata, Image: c.Image, ImageRef: c.ImageRef, ImageId: c.ImageId, State: c.State,
			CreatedAt: c.CreatedAt, Labels: c.Labels, Annotations: c.Annotations,
		}
		if wanted(one) {
			found.Containers = append(found.Containers, proto.Clone(one).(*runtime.Container))
		}
	}
	sort.Slice(found.Containers, func(i, j int) bool { return found.Containers[i].CreatedAt > found.Containers[j].CreatedAt })
	return found
}

// What save writes and load reads.
type saved struct {
	Addresses  int               `json:"addresses"`
	Sandboxes  []json.RawMessage `json:"sandboxes"`
	Containers []savedContainer  `json:"containers"`
}

type savedContainer struct {
	Sandbox string          `json:"sandbox"`
	Ends    *int32          `json:"ends,omitempty"`
	Status  json.RawMessage `json:"status"`
}

func (r *records) save(path string) error {
	r.Lock()
	defer r.Unlock()
	all := saved{Addresses: r.addresses, Sandboxes: []json.RawMessage{}, Containers: []savedContainer{}}
	for _, s := range r.sandboxes {
		text, err := protojson.Marshal(s.PodSandboxStatus)
		if err != nil {
			return err
		}
		all.Sandboxes = append(all.Sandboxes, text)
	}
	for _, c := range r.containers {
		text, err := protojson.Marshal(c.ContainerStatus)
		if err != nil {
			return err
		}
		all.Containers = append(all.Containers, savedContainer{Sandbox: c.sandbox, Ends: c.ends, Status: text})
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}

func (r *records) load(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var all saved
	if err := json.Unmarshal(text, &all); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	r.Lock()
	defer r.Unlock()
	r.addresses, r.sandboxes, r.containers = all.Addresses, map[string]*sandbox{}, map[string]*container{}
	for _, one := range all.Sandboxes {
		s := &sandbox{&runtime.PodSandboxStatus{}}
		if err := protojson.Unmarshal(one, s.PodSandboxStatus); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		r.sandboxes[s.Id] = s
	}
	for _, one := range all.Containers {
		c := &container{ContainerStatus: &runtime.ContainerStatus{}, sandbox: one.Sandbox, ends: one.Ends}
		if err := protojson.Unmarshal(one.Status, c.ContainerStatus); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		r.containers[c.Id] = c
		r.endSoon(c)
	}
	return nil
}
