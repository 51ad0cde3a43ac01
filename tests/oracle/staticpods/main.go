// Answers, for static pod manifests, what the kubelet of one version makes of them: a line of JSON in, a line out.
//
// The file decoding.go beside it is made when this is built: that version's own pkg/kubelet/config/common.go, as package main.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	api "k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/capabilities"
)

type question struct {
	Manifest []byte `json:"manifest_base64"`
	Path     string `json:"path"`
	Node     string `json:"node"`
	URL      bool   `json:"url"`
}

type container struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Hash string `json:"hash"`
}

type answer struct {
	Error      string      `json:"error,omitempty"`
	Parsed     bool        `json:"parsed"`
	UID        string      `json:"uid,omitempty"`
	Containers []container `json:"containers,omitempty"`
	Pod        *v1.Pod     `json:"pod,omitempty"`
}

func main() {
	capabilities.Initialize(capabilities.Capabilities{AllowPrivileged: true})
	if len(os.Args) > 1 && os.Args[1] != "" {
		if err := utilfeature.DefaultMutableFeatureGate.Set(os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked question
		if err := json.Unmarshal(line, &asked); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		written, err := json.Marshal(answered(asked))
		if err != nil {
			written, _ = json.Marshal(answer{Error: err.Error()})
		}
		fmt.Printf("%s\n", written)
	}
}

// As extractFromFile does, after reading.
func answered(asked question) (given answer) {
	defer func() {
		if problem := recover(); problem != nil {
			given = answer{Error: fmt.Sprint("panic: ", problem)}
		}
	}()
	parsed, pod, err := decoded(asked.Manifest, func(pod *api.Pod) error {
		return defaulted(pod, asked.Path, !asked.URL, types.NodeName(asked.Node))
	})
	if err != nil {
		return answer{Error: err.Error(), Parsed: parsed}
	}
	return answer{Parsed: parsed, UID: string(pod.UID), Containers: hashes(pod), Pod: pod}
}

func hashes(pod *v1.Pod) []container {
	found := []container{}
	for i := range pod.Spec.InitContainers {
		found = append(found, hashed("init", &pod.Spec.InitContainers[i]))
	}
	for i := range pod.Spec.Containers {
		found = append(found, hashed("app", &pod.Spec.Containers[i]))
	}
	return found
}

func hashed(kind string, one *v1.Container) container {
	return container{one.Name, kind, fmt.Sprintf("%x", HashContainer(one))}
}
