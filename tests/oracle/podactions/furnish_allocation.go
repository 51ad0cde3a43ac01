package kuberuntime

import (
	"reflect"

	"k8s.io/kubernetes/pkg/kubelet/allocation"
)

// furnish: 1.33 and 1.34 ask the allocation manager which resources were given; none is on record here.
func furnish(m *kubeGenericRuntimeManager) {
	create := reflect.ValueOf(allocation.NewInMemoryManager)
	var nothing []reflect.Value
	for i := 0; i < create.Type().NumIn(); i++ {
		nothing = append(nothing, reflect.Zero(create.Type().In(i)))
	}
	m.allocationManager = create.Call(nothing)[0].Interface().(allocation.Manager)
}
