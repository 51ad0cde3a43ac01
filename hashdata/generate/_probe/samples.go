package main

import (
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// sample is one container made by reflection: it sets one path and nothing else, so that a new field is covered without a hand.
type sample struct {
	ID        string `json:"id"`
	Container string `json:"container"`
}

// maker walks a Container. Each struct type is gone through field by field where it is met first; where it is met again (the
// second probe, the second hook) one container that sets everything in it is enough.
type maker struct {
	seen map[reflect.Type]bool
	made []sample
}

// place is the JSON text around the value that is being varied.
type place struct{ path, before, after string }

func (p place) field(name string) place {
	path := p.path + "." + name
	if p.path == "" {
		path = name
	}
	return place{path, p.before + `{"` + name + `":`, "}" + p.after}
}

func (p place) item() place { return place{p.path + "[]", p.before + "[", "]" + p.after} }

func samples() []sample {
	m := &maker{seen: map[reflect.Type]bool{}}
	m.fields(reflect.TypeOf(corev1.Container{}), place{})
	return m.made
}

func (m *maker) put(p place, what, value string) {
	text := p.before + value + p.after
	if name := strings.SplitN(p.path, ".", 2)[0]; name != "name" && name != "image" {
		text = `{"name":"c","image":"i",` + text[1:]
	}
	m.made = append(m.made, sample{"field/" + p.path + "/" + what, text})
}

func (m *maker) fields(t reflect.Type, p place) {
	for i := 0; i < t.NumField(); i++ {
		info := field(t.Field(i))
		if info.Inline {
			m.fields(indirect(t.Field(i).Type), p)
		} else if info.JSON != nil {
			m.value(t.Field(i).Type, p.field(*info.JSON))
		}
	}
}

func (m *maker) value(t reflect.Type, p place) {
	if own(t) {
		m.put(p, "set", typical(t, p.path))
		m.put(p, "zero", zero(t))
		return
	}
	switch t.Kind() {
	case reflect.Ptr:
		m.value(t.Elem(), p)
	case reflect.Struct:
		m.put(p, "empty", "{}")
		m.structure(t, p)
	case reflect.Slice:
		m.list(t, p)
	case reflect.Map:
		m.put(p, "set", typical(t, p.path))
		m.put(p, "empty", "{}")
	default:
		m.put(p, "set", typical(t, p.path))
		m.put(p, "zero", zero(t))
	}
}

func (m *maker) list(t reflect.Type, p place) {
	m.put(p, "empty", "[]")
	if item := t.Elem(); item.Kind() == reflect.Struct && !own(item) {
		m.put(p.item(), "empty", "{}")
		m.structure(item, p.item())
		return
	}
	m.put(p, "set", typical(t, p.path))
}

func (m *maker) structure(t reflect.Type, p place) {
	if m.seen[t] {
		m.put(p, "full", typical(t, p.path))
		return
	}
	m.seen[t] = true
	m.fields(t, p)
	if t.NumField() > 1 {
		m.put(p, "full", typical(t, p.path))
	}
}

func own(t reflect.Type) bool { return t.Name() != "" && t.PkgPath() != "" && codecs[key(t)] != "" }

// typical gives a value that is not the zero one; a struct gets all its fields.
func typical(t reflect.Type, path string) string {
	if own(t) {
		return map[string]string{"quantity": `"1500m"`, "int-or-string": `"http"`}[codecs[key(t)]]
	}
	leaf := path[strings.LastIndex(path, ".")+1:]
	switch t.Kind() {
	case reflect.Ptr:
		return typical(t.Elem(), path)
	case reflect.Struct:
		return "{" + strings.Join(members(t, path), ",") + "}"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Struct && !own(t.Elem()) {
			return "[" + typical(t.Elem(), path) + "]"
		}
		first := typical(t.Elem(), path)
		return "[" + first + "," + strings.Replace(first, `"a `, `"another `, 1) + "]"
	case reflect.Map:
		return `{"cpu":` + typical(t.Elem(), path) + `,"memory":` + typical(t.Elem(), path) + "}"
	case reflect.Bool:
		return "true"
	case reflect.String:
		return `"a ` + strings.TrimSuffix(leaf, "[]") + `"`
	default:
		return "7"
	}
}

func members(t reflect.Type, path string) []string {
	var all []string
	for i := 0; i < t.NumField(); i++ {
		info := field(t.Field(i))
		if info.Inline {
			all = append(all, members(indirect(t.Field(i).Type), path)...)
		} else if info.JSON != nil {
			all = append(all, `"`+*info.JSON+`":`+typical(t.Field(i).Type, path+"."+*info.JSON))
		}
	}
	return all
}

func zero(t reflect.Type) string {
	switch {
	case own(t) && codecs[key(t)] == "quantity":
		return `"0"`
	case t.Kind() == reflect.Bool:
		return "false"
	case t.Kind() == reflect.String:
		return `""`
	}
	return "0"
}
