package main

import (
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// description is what hashdata says about the types of a minor, and the containers made from them.
type description struct {
	Roots     map[string]string    `json:"roots"`
	Kinds     []string             `json:"kinds"`
	Types     map[string]*typeInfo `json:"types"`
	Generated []sample             `json:"generated"`
}

type typeInfo struct {
	Go     string      `json:"go"`
	Kind   string      `json:"kind"`
	Codec  string      `json:"codec,omitempty"`
	Type   string      `json:"type,omitempty"`
	Fields []fieldInfo `json:"fields,omitempty"`
}

type fieldInfo struct {
	Go        string  `json:"go"`
	JSON      *string `json:"json"`
	OmitEmpty bool    `json:"omitempty,omitempty"`
	OmitZero  bool    `json:"omitzero,omitempty"`
	Inline    bool    `json:"inline,omitempty"`
	Embedded  bool    `json:"embedded,omitempty"`
	Exported  *bool   `json:"exported,omitempty"`
	Type      string  `json:"type"`
}

// codecs are the types with a JSON form of their own. One that is not listed here stops the generator: the Python side would
// have to learn it.
var codecs = map[string]string{
	"resource.Quantity":  "quantity",
	"intstr.IntOrString": "int-or-string",
	"meta/v1.Time":       "time",
	"meta/v1.MicroTime":  "micro-time",
	"meta/v1.FieldsV1":   "fields-v1",
	"meta/v1.Fields":     "field-tree", // what 1.14 and 1.15 had in its place
}

// opaque types are named but not opened: their insides belong to the Go library or are free JSON.
var opaque = map[string]bool{"time.Time": true, "meta/v1.FieldsV1": true, "meta/v1.Fields": true}

var packages = map[string]string{
	"k8s.io/api/core/v1":                   "core/v1",
	"k8s.io/apimachinery/pkg/apis/meta/v1": "meta/v1",
	"k8s.io/apimachinery/pkg/api/resource": "resource",
	"k8s.io/apimachinery/pkg/util/intstr":  "intstr",
	"k8s.io/apimachinery/pkg/types":        "types",
	"gopkg.in/inf.v0":                      "inf",
	"math/big":                             "big",
	"time":                                 "time",
}

func describe(out io.Writer) error {
	d := description{Roots: map[string]string{}, Kinds: kinds(), Types: map[string]*typeInfo{}}
	spec := reflect.TypeOf(corev1.PodSpec{})
	roots := []reflect.Type{reflect.TypeOf(corev1.Pod{}), spec, reflect.TypeOf(corev1.Container{})}
	if f, ok := spec.FieldByName("EphemeralContainers"); ok {
		roots = append(roots, f.Type.Elem())
	}
	for _, t := range roots {
		if err := d.add(t, true); err != nil {
			return err
		}
		d.Roots[t.Name()] = key(t)
	}
	d.Generated = samples()
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return e.Encode(d)
}

// kinds that a pod of this minor can hold. A sidecar is an init container with a restartPolicy of its own.
func kinds() []string {
	known := []string{"app", "init"}
	if _, ok := reflect.TypeOf(corev1.Container{}).FieldByName("RestartPolicy"); ok {
		known = append(known, "sidecar")
	}
	if _, ok := reflect.TypeOf(corev1.PodSpec{}).FieldByName("EphemeralContainers"); ok {
		known = append(known, "ephemeral")
	}
	return known
}

// key names a type by its package's usual short name.
func key(t reflect.Type) string {
	short, ok := packages[t.PkgPath()]
	if !ok {
		short = t.PkgPath()[strings.LastIndex(t.PkgPath(), "/")+1:]
	}
	return short + "." + t.Name()
}

// expression is a type in compact text: []core/v1.ContainerPort, map[core/v1.ResourceName]resource.Quantity.
func expression(t reflect.Type) string {
	if t.Name() != "" {
		if t.PkgPath() == "" {
			return t.Name()
		}
		return key(t)
	}
	return literal(t)
}

func literal(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Ptr:
		return "*" + expression(t.Elem())
	case reflect.Slice:
		return "[]" + expression(t.Elem())
	case reflect.Map:
		return "map[" + expression(t.Key()) + "]" + expression(t.Elem())
	default:
		return t.String()
	}
}

// add records a type and all it reaches. Beneath an unexported field (a quantity's numbers) JSON never looks, so json is false there
// and foreign codecs do not matter; the typed era prints those fields, so they are recorded all the same.
func (d *description) add(t reflect.Type, viaJSON bool) error {
	if t.PkgPath() == "" || t.Name() == "" {
		return d.addParts(t, viaJSON)
	}
	name := key(t)
	if known, ok := d.Types[name]; ok {
		if known.Go != t.String() {
			return fmt.Errorf("two types share the key %s: %s and %s", name, known.Go, t.String())
		}
		return nil
	}
	info := &typeInfo{Go: t.String(), Kind: t.Kind().String()}
	d.Types[name] = info
	if viaJSON {
		codec, err := codecOf(t, name)
		if err != nil {
			return err
		}
		info.Codec = codec
		viaJSON = codec == ""
	}
	if opaque[name] {
		return nil
	}
	if t.Kind() == reflect.Struct {
		return d.addFields(info, t, viaJSON)
	}
	if text := literal(t); t.Kind() == reflect.Slice || t.Kind() == reflect.Map || t.Kind() == reflect.Ptr {
		info.Type = text
	}
	return d.addParts(t, viaJSON)
}

func (d *description) addParts(t reflect.Type, viaJSON bool) error {
	switch t.Kind() {
	case reflect.Map:
		if err := d.add(t.Key(), viaJSON); err != nil {
			return err
		}
		return d.add(t.Elem(), viaJSON)
	case reflect.Ptr, reflect.Slice:
		return d.add(t.Elem(), viaJSON)
	case reflect.Array, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return fmt.Errorf("type %s is of a kind the hash has not met yet", t)
	}
	return nil
}

func codecOf(t reflect.Type, name string) (string, error) {
	found := false
	for _, method := range []reflect.Type{
		reflect.TypeOf((*json.Marshaler)(nil)).Elem(), reflect.TypeOf((*json.Unmarshaler)(nil)).Elem(),
		reflect.TypeOf((*encoding.TextMarshaler)(nil)).Elem(), reflect.TypeOf((*encoding.TextUnmarshaler)(nil)).Elem(),
	} {
		found = found || t.Implements(method) || reflect.PtrTo(t).Implements(method)
	}
	codec, known := codecs[name]
	if found && !known && !opaque[name] {
		return "", fmt.Errorf("type %s has JSON methods of its own and no codec here", t)
	}
	if !found && known {
		return "", fmt.Errorf("type %s lost its JSON methods", t)
	}
	return codec, nil
}

// addFields leaves the JSON names out where JSON goes through the type's own methods.
func (d *description) addFields(info *typeInfo, t reflect.Type, viaJSON bool) error {
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		described := field(f)
		if !viaJSON {
			described = fieldInfo{Go: f.Name, Embedded: f.Anonymous, Exported: described.Exported, Type: described.Type}
		}
		info.Fields = append(info.Fields, described)
		if err := d.add(f.Type, viaJSON && f.PkgPath == ""); err != nil {
			return err
		}
	}
	return nil
}

// field reads the tag as encoding/json does. There ",inline" means nothing: an embedded struct is inlined when its tag gives no
// name, and any other field without a name goes by its Go name.
func field(f reflect.StructField) fieldInfo {
	info := fieldInfo{Go: f.Name, Embedded: f.Anonymous, Type: expression(f.Type)}
	if f.PkgPath != "" {
		no := false
		info.Exported = &no
		return info
	}
	tag := strings.Split(f.Tag.Get("json"), ",")
	if f.Tag.Get("json") == "-" {
		return info
	}
	for _, option := range tag[1:] {
		info.OmitEmpty = info.OmitEmpty || option == "omitempty"
		info.OmitZero = info.OmitZero || option == "omitzero"
	}
	name := tag[0]
	if name == "" && f.Anonymous && indirect(f.Type).Kind() == reflect.Struct {
		info.Inline = true
		return info
	}
	if name == "" {
		name = f.Name
	}
	info.JSON = &name
	return info
}

func indirect(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Ptr {
		return t.Elem()
	}
	return t
}
