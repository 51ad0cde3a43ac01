// What computePodActions of one Kubernetes release decides on a pod; this file is compiled into a copy of the release's own package.
//
// What the releases name and type differently is reached by reflection, so that this one file goes into any of them. What a manager holds
// beside its memory of probes differs too: each era has a file with its own furnish.
package kuberuntime

import (
	"context"
	"encoding/json"
	"reflect"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

type question struct {
	Pod    v1.Pod                  `json:"pod"`
	Status kubecontainer.PodStatus `json:"status"`
}

type verdict struct {
	KillPod       bool     `json:"kill_pod"`
	CreateSandbox bool     `json:"create_sandbox"`
	Kill          []string `json:"kill"`
	Start         []string `json:"start"`
}

// Judge answers one question. The kubelet that is asked has just been started: no probe has told it anything.
func Judge(line []byte) (interface{}, error) {
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return nil, err
	}
	m := &kubeGenericRuntimeManager{
		livenessManager:   proberesults.NewManager(),
		startupManager:    proberesults.NewManager(),
		internalLifecycle: cm.NewFakeInternalContainerLifecycle(),
	}
	furnish(m)
	recordGiven(m, &q.Pod)
	decide := reflect.ValueOf(m.computePodActions)
	given := map[reflect.Type]reflect.Value{
		reflect.TypeOf((*context.Context)(nil)).Elem(): reflect.ValueOf(context.Background()),
		reflect.TypeOf(&q.Pod):                         reflect.ValueOf(&q.Pod),
		reflect.TypeOf(&q.Status):                      reflect.ValueOf(&q.Status),
	}
	var arguments []reflect.Value
	for i := 0; i < decide.Type().NumIn(); i++ {
		argument, known := given[decide.Type().In(i)]
		if !known {
			argument = reflect.Zero(decide.Type().In(i))
		}
		arguments = append(arguments, argument)
	}
	return told(&q.Pod, decide.Call(arguments)[0].Interface().(podActions)), nil
}

// recordGiven does what the kubelet does with a pod that it takes up again, where it has such a step (1.37 on).
func recordGiven(m *kubeGenericRuntimeManager, pod *v1.Pod) {
	initialize := reflect.ValueOf(m).MethodByName("InitializeActuatedPod")
	if !initialize.IsValid() {
		return
	}
	var arguments []reflect.Value
	for i := 0; i < initialize.Type().NumIn(); i++ {
		argument := reflect.Zero(initialize.Type().In(i))
		if argument.Type() == reflect.TypeOf(pod) {
			argument = reflect.ValueOf(pod)
		}
		arguments = append(arguments, argument)
	}
	initialize.Call(arguments)
}

func told(pod *v1.Pod, changes podActions) verdict {
	found := verdict{KillPod: changes.KillPod, CreateSandbox: changes.CreateSandbox, Kill: []string{}, Start: []string{}}
	for id := range changes.ContainersToKill {
		found.Kill = append(found.Kill, id.ID)
	}
	for _, index := range changes.ContainersToStart {
		found.Start = append(found.Start, pod.Spec.Containers[index].Name)
	}
	for _, index := range changes.EphemeralContainersToStart {
		found.Start = append(found.Start, pod.Spec.EphemeralContainers[index].Name)
	}
	fields := reflect.ValueOf(changes)
	if next := fields.FieldByName("NextInitContainerToStart"); next.IsValid() && !next.IsNil() {
		found.Start = append(found.Start, next.Interface().(*v1.Container).Name)
	}
	if inits := fields.FieldByName("InitContainersToStart"); inits.IsValid() {
		for _, index := range inits.Interface().([]int) {
			found.Start = append(found.Start, pod.Spec.InitContainers[index].Name)
		}
	}
	return found
}
