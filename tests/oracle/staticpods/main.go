// Answers, for static pod manifests, what the kubelet of one version makes of them: a line of JSON in, a line out.
//
// The file decoding.go beside it is made when this is built: that version's own pkg/kubelet/config/common.go, as package main.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	api "k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/capabilities"
	hashutil "k8s.io/kubernetes/pkg/util/hash"
)

type question struct {
	Manifest []byte `json:"manifest_base64"`
	Path     string `json:"path"`
	Node     string `json:"node"`
	URL      bool   `json:"url"`
	Text     bool   `json:"text"`
}

type container struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Hash string `json:"hash"`
}

// hashedPod is there as soon as the pod could be decoded, whatever validation then says of it: its UID, and the text that DeepHashObject
// feeds to the hasher (itself if asked for, else the start of its SHA-256).
type hashedPod struct {
	UID    string `json:"uid"`
	Digest string `json:"digest"`
	Text   []byte `json:"text_base64,omitempty"`
}

type answer struct {
	Error      string      `json:"error,omitempty"`
	Parsed     bool        `json:"parsed"`
	UID        string      `json:"uid,omitempty"`
	Containers []container `json:"containers,omitempty"`
	Pod        *v1.Pod     `json:"pod,omitempty"`
	Hashed     *hashedPod  `json:"hashed,omitempty"`
}

// recorder is a hasher that keeps what it is fed.
type recorder struct{ bytes.Buffer }

func (r *recorder) Sum(b []byte) []byte { return append(b, r.Bytes()...) }
func (r *recorder) Size() int           { return r.Len() }
func (r *recorder) BlockSize() int      { return 1 }

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
	var found *hashedPod
	defer func() {
		if problem := recover(); problem != nil {
			given = answer{Error: fmt.Sprint("panic: ", problem), Hashed: found}
		}
	}()
	parsed, pod, err := decoded(asked.Manifest, func(pod *api.Pod) error {
		found = printed(pod, asked.Text)
		err := defaulted(pod, asked.Path, !asked.URL, types.NodeName(asked.Node))
		found.UID = string(pod.UID)
		return err
	})
	if err != nil {
		return answer{Error: err.Error(), Parsed: parsed, Hashed: found}
	}
	return answer{Parsed: parsed, UID: string(pod.UID), Containers: hashes(pod), Pod: pod, Hashed: found}
}

func printed(pod *api.Pod, whole bool) *hashedPod {
	var fed recorder
	hashutil.DeepHashObject(&fed, pod)
	made := &hashedPod{Digest: fmt.Sprintf("%x", sha256.Sum256(fed.Bytes()))[:16]}
	if whole {
		made.Text = fed.Bytes()
	}
	return made
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
