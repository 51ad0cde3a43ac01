// The program that anybody would write first: the whole list into the real types, each container marshalled and dumped into FNV-1a as the
// kubelet's own DeepHashObject does it.
package main

import (
	"encoding/json"
	"hash/fnv"
	"os"
	"strconv"

	"github.com/davecgh/go-spew/spew"
	v1 "k8s.io/api/core/v1"

	"upgradecheck/tests/bench/rivals/hashes"
)

var dumper = spew.ConfigState{Indent: " ", SortKeys: true, DisableMethods: true, SpewKeys: true}

// picked is what a kubelet from 1.31 on looks at.
type picked struct {
	Image string `json:"image"`
	Name  string `json:"name"`
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		hashes.Fail(err)
	}
	var list v1.PodList
	if err := json.Unmarshal(text, &list); err != nil {
		hashes.Fail(err)
	}
	printer := hashes.NewPrinter()
	defer printer.Flush()
	for i := range list.Items {
		pod := &list.Items[i]
		for _, containers := range [][]v1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
			for j := range containers {
				one := &containers[j]
				printer.Print(hashes.Line{UID: string(pod.UID), Container: one.Name, Old: hashed(one), New: hashed(picked{one.Image, one.Name})})
			}
		}
	}
}

func hashed(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		hashes.Fail(err)
	}
	hasher := fnv.New32a()
	dumper.Fprintf(hasher, "%#v", text)
	return strconv.FormatUint(uint64(hasher.Sum32()), 16)
}
