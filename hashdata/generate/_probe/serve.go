package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kubejson "k8s.io/apimachinery/pkg/runtime/serializer/json"
)

// request is one pod. Source "protobuf" sends the decoded pod once through its wire form, as every pod that a kubelet gets from an
// API server went: there empty lists become nil and quantities are parsed again from their canonical text.
type request struct {
	Pod       []byte `json:"pod_base64"`
	Source    string `json:"source"`
	ShowInput bool   `json:"show_input"`
}

type answer struct {
	Containers *[]hashed `json:"containers,omitempty"`
	Error      string    `json:"error,omitempty"`
}

type hashed struct {
	Name             string  `json:"name"`
	Kind             string  `json:"kind"`
	Hash             string  `json:"hash"`
	WithoutResources string  `json:"hash_without_resources,omitempty"`
	Input            *[]byte `json:"input_base64,omitempty"`
}

func serve(in io.Reader, out io.Writer) error {
	decoder, err := newDecoder()
	if err != nil {
		return err
	}
	lines, answers := bufio.NewReader(in), bufio.NewWriter(out)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			text, err := json.Marshal(reply(decoder, line))
			if err != nil {
				return err
			}
			answers.Write(append(text, '\n'))
			if err := answers.Flush(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// newDecoder is the serializer that the kubelet reads manifests with and clients read JSON answers with. Nothing is defaulted: a
// manifest's defaults are another fact of the minor than its hash.
func newDecoder() (runtime.Decoder, error) {
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	return kubejson.NewSerializer(kubejson.DefaultMetaFactory, scheme, scheme, false), nil
}

func reply(decoder runtime.Decoder, line []byte) answer {
	var req request
	if err := json.Unmarshal(line, &req); err != nil {
		return answer{Error: "request: " + err.Error()}
	}
	pod, err := decode(decoder, req)
	if err != nil {
		return answer{Error: err.Error()}
	}
	found := hashPod(pod, req.ShowInput)
	return answer{Containers: &found}
}

// decode turns a panic into an error too: some decoders of some minors do panic on hostile input.
func decode(decoder runtime.Decoder, req request) (pod *corev1.Pod, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	pod = &corev1.Pod{}
	if _, _, err := decoder.Decode(req.Pod, nil, pod); err != nil {
		return nil, err
	}
	switch req.Source {
	case "", "json":
		return pod, nil
	case "protobuf":
		wire, err := pod.Marshal()
		if err != nil {
			return nil, err
		}
		received := &corev1.Pod{}
		return received, received.Unmarshal(wire)
	default:
		return nil, fmt.Errorf("request: unknown source %q", req.Source)
	}
}

func hashPod(pod *corev1.Pod, show bool) []hashed {
	found := []hashed{}
	for i := range pod.Spec.InitContainers {
		found = append(found, hashOne("init", &pod.Spec.InitContainers[i], show))
	}
	for i := range pod.Spec.Containers {
		found = append(found, hashOne("app", &pod.Spec.Containers[i], show))
	}
	for _, c := range ephemeralContainers(pod) {
		found = append(found, hashOne("ephemeral", c, show))
	}
	return found
}

// ephemeralContainers views each ephemeral container as a Container, as the kubelet does by a cast; by reflection, since the
// minors up to 1.15 have none.
func ephemeralContainers(pod *corev1.Pod) []*corev1.Container {
	var found []*corev1.Container
	list := reflect.ValueOf(&pod.Spec).Elem().FieldByName("EphemeralContainers")
	if !list.IsValid() {
		return nil
	}
	for i := 0; i < list.Len(); i++ {
		common := list.Index(i).FieldByName("EphemeralContainerCommon").Addr()
		found = append(found, common.Convert(reflect.TypeOf((*corev1.Container)(nil))).Interface().(*corev1.Container))
	}
	return found
}

func hashOne(kind string, c *corev1.Container, show bool) hashed {
	h := hashed{Name: c.Name, Kind: kind}
	var input []byte
	observe(func(b []byte) { input = b })
	h.Hash = strconv.FormatUint(sum(c), 16)
	observe(nil)
	if show {
		h.Input = &input
	}
	if sumWithoutResources != nil {
		h.WithoutResources = strconv.FormatUint(sumWithoutResources(c), 16)
	}
	return h
}
