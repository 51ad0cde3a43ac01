package kuberuntime

import (
	"reflect"

	"k8s.io/kubernetes/pkg/kubelet/allocation/state"
)

// furnish: from 1.35 on the record of resources that were given is the manager's own; it is empty here.
func furnish(m *kubeGenericRuntimeManager) {
	create := reflect.ValueOf(state.NewStateMemory)
	var nothing []reflect.Value
	for i := 0; i < create.Type().NumIn(); i++ {
		nothing = append(nothing, reflect.Zero(create.Type().In(i)))
	}
	m.actuatedState = create.Call(nothing)[0].Interface().(state.State)
}
