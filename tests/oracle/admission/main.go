// The real admit handler of one Kubernetes release, asked on stdin, a line of JSON for each pod that comes to admission.
//
// What the releases name and type differently is reached by reflection, so that this one file is compiled against any of them.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"reflect"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/record"
	"k8s.io/kubernetes/pkg/apis/core/v1/helper/qos"
	"k8s.io/kubernetes/pkg/kubelet/lifecycle"
	"k8s.io/kubernetes/pkg/kubelet/preemption"
	"k8s.io/kubernetes/pkg/kubelet/types"
)

type question struct {
	Pod    v1.Pod   `json:"pod"`
	Others []v1.Pod `json:"others"`
	Node   v1.Node  `json:"node"`
}

type answer struct {
	Admit    bool   `json:"admit"`
	Reason   string `json:"reason"`
	QOS      string `json:"qos"`
	Critical bool   `json:"critical"`

	// Stopped are the UIDs of the pods that are stopped to make room.
	Stopped []string `json:"stopped"`
}

// preempting is NewCriticalPodAdmissionHandler's, which stops pods by noting them.
func preempting(pods []*v1.Pod, stopped *[]string) reflect.Value {
	create := reflect.ValueOf(preemption.NewCriticalPodAdmissionHandler)
	active := func(kind reflect.Type) reflect.Value {
		return reflect.MakeFunc(kind, func([]reflect.Value) []reflect.Value { return []reflect.Value{reflect.ValueOf(pods)} })
	}
	kill := func(kind reflect.Type) reflect.Value {
		return reflect.MakeFunc(kind, func(arguments []reflect.Value) []reflect.Value {
			for _, argument := range arguments {
				if pod, ok := argument.Interface().(*v1.Pod); ok {
					*stopped = append(*stopped, string(pod.UID))
				}
			}
			return []reflect.Value{reflect.Zero(kind.Out(0))}
		})
	}
	recorder := reflect.ValueOf(record.NewFakeRecorder(1000))
	return create.Call([]reflect.Value{active(create.Type().In(0)), kill(create.Type().In(1)), recorder})[0]
}

// handler is NewPredicateAdmitHandler's for a node, with no device plugins.
func handler(node *v1.Node, pods []*v1.Pod, stopped *[]string) reflect.Value {
	create := reflect.ValueOf(lifecycle.NewPredicateAdmitHandler)
	giveNode := func(kind reflect.Type) reflect.Value {
		return reflect.MakeFunc(kind, func([]reflect.Value) []reflect.Value {
			return []reflect.Value{reflect.ValueOf(node), reflect.Zero(kind.Out(1))}
		})
	}
	noPlugins := func(kind reflect.Type) reflect.Value {
		return reflect.MakeFunc(kind, func([]reflect.Value) []reflect.Value { return []reflect.Value{reflect.Zero(kind.Out(0))} })
	}
	recovery := preempting(pods, stopped)
	return create.Call([]reflect.Value{giveNode(create.Type().In(0)), recovery, noPlugins(create.Type().In(2))})[0]
}

func admit(q *question) answer {
	attributes := &lifecycle.PodAdmitAttributes{Pod: &q.Pod}
	for i := range q.Others {
		attributes.OtherPods = append(attributes.OtherPods, &q.Others[i])
	}
	var stopped []string
	method := handler(&q.Node, attributes.OtherPods, &stopped).MethodByName("Admit")
	arguments := []reflect.Value{reflect.ValueOf(attributes)}
	if method.Type().NumIn() == 2 {
		arguments = append([]reflect.Value{reflect.ValueOf(context.Background())}, arguments...)
	}
	result := method.Call(arguments)[0].Interface().(lifecycle.PodAdmitResult)
	return answer{result.Admit, result.Reason, string(qos.GetPodQOS(&q.Pod)), types.IsCriticalPod(&q.Pod), stopped}
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var q question
		if err := json.Unmarshal(line, &q); err != nil {
			panic(err)
		}
		if err := out.Encode(admit(&q)); err != nil {
			panic(err)
		}
	}
}
