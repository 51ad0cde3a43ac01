// The real computePodActions of one Kubernetes release, asked on stdin, a line of JSON for each pod.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"k8s.io/kubernetes/pkg/kubelet/kuberuntime"
)

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		answer, err := kuberuntime.Judge(line)
		if err != nil {
			panic(err)
		}
		if err := out.Encode(answer); err != nil {
			panic(err)
		}
	}
}
