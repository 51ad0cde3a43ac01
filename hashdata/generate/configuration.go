package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

// The fields of a KubeletConfiguration of version v1beta1, which is there from 1.10 on, what each holds (kinds.go), and what a kubelet
// takes where one is not set. Those of the maps in a list are below the list's name and [].

const firstWithConfiguration = minor(10)

// field is what one minor makes of a field. Default is the value as JSON where it can be read, else as Go; Gate is the gate without
// which there is no such default; Members says that it holds the fields below it and nothing else; Kind is what can be written there.
type field struct {
	Kind    string `json:"kind,omitempty"`
	Default any    `json:"default,omitempty"`
	Gate    string `json:"gate,omitempty"`
	Members bool   `json:"members,omitempty"`
}

type configuration struct {
	found   map[string]*field
	structs map[string][]member
	consts  map[string]string
	named   map[string]string // what types are that are no structures
	at      patch
	loaded  []string // packages beside its own
}

type member struct {
	goName, json, of string
	pointer          bool
}

const configurationType = "KubeletConfiguration"

func readConfiguration(root string, p patch) (*configuration, []string, error) {
	c := &configuration{found: map[string]*field{}, structs: map[string][]member{}, consts: map[string]string{}, named: map[string]string{}, at: p}
	if p.minor < firstWithConfiguration {
		return c, nil, nil
	}
	types, typesPlace, err := configurationTypes(root, p)
	if err != nil {
		return nil, nil, err
	}
	for _, file := range types {
		c.addTypes(file, "")
	}
	if err := c.addFields(configurationType, ""); err != nil {
		return nil, nil, err
	}
	for _, place := range []string{"pkg/kubelet/apis/config/v1beta1", "pkg/kubelet/apis/kubeletconfig/v1beta1"} {
		path := filepath.Join(root, place, "defaults.go")
		if _, err := os.Stat(path); err != nil {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return nil, nil, err
		}
		c.addDefaults(file)
		thresholds, err := c.addThresholds(root, place, file)
		if err != nil {
			return nil, nil, err
		}
		strict, err := decodesTwice(root, p)
		places := append([]string{typesPlace, place + "/defaults.go"}, c.loaded...)
		return c, append(append(places, thresholds...), strict...), err
	}
	return c, append([]string{typesPlace}, c.loaded...), nil
}

func configurationTypes(root string, p patch) ([]*ast.File, string, error) {
	const path = "config/v1beta1"
	if p.minor >= 15 {
		library, err := fetchStaging("k8s.io/kubelet", p)
		if err != nil {
			return nil, "", err
		}
		files, err := packageFiles(filepath.Join(library.Dir, path))
		return files, "k8s.io/kubelet/" + path, err
	}
	for _, place := range []string{stagingPath + "kubelet/" + path, "pkg/kubelet/apis/kubeletconfig/v1beta1"} {
		if files, err := packageFiles(filepath.Join(root, place)); err != nil || len(files) > 0 {
			return files, place, err
		}
	}
	return nil, "", os.ErrNotExist
}

// addTypes reads a package's types; prefix is what its names have before them here.
func (c *configuration) addTypes(file *ast.File, prefix string) {
	names := namesIn{prefix, imports(file)}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSpec:
			if what, ok := n.Type.(*ast.StructType); ok {
				c.structs[prefix+n.Name.Name] = members(what, names)
			} else {
				c.named[prefix+n.Name.Name] = names.text(n.Type)
			}
		case *ast.ValueSpec:
			for i, value := range n.Values {
				if text, ok := value.(*ast.BasicLit); ok && prefix == "" {
					c.consts[n.Names[i].Name] = text.Value
				}
			}
		}
		return true
	})
}

func members(what *ast.StructType, names namesIn) []member {
	var found []member
	for _, f := range what.Fields.List {
		if f.Tag == nil {
			continue
		}
		tag, _ := strconv.Unquote(f.Tag.Value)
		name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		of, pointer := f.Type, false
		if to, ok := of.(*ast.StarExpr); ok {
			of, pointer = to.X, true
		}
		m := member{json: name, of: names.text(of), pointer: pointer}
		if len(f.Names) > 0 {
			m.goName = f.Names[0].Name
		}
		found = append(found, m)
	}
	return found
}

func (c *configuration) addFields(of, above string) error {
	for _, m := range c.structs[of] {
		if err := c.load(m.of); err != nil {
			return err
		}
		path, within := above+m.json, m.of
		if m.goName == "" { // of another structure, as if they were its own
			if err := c.addFields(m.of, above); err != nil {
				return err
			}
			continue
		}
		kind := c.kind(m)
		c.found[path] = &field{Kind: kind, Members: kind == "structure"}
		if kind == "records" {
			within, path = strings.TrimPrefix(c.plain(m.of), "[]"), path+"[]"
		}
		if kind == "structure" || kind == "records" {
			if err := c.addFields(within, path+"."); err != nil {
				return err
			}
		}
	}
	return nil
}

// addDefaults reads what is assigned to the fields of obj, and under which gate.
func (c *configuration) addDefaults(file *ast.File) {
	c.addTypes(file, "")
	for _, d := range file.Decls {
		if function, ok := d.(*ast.FuncDecl); ok && function.Body != nil {
			c.addAssigned(function.Body, "", map[string]ast.Expr{})
		}
	}
}

// decodesTwice is where a configuration that does not decode strictly is decoded again without strictness, from 1.17 on. A minor that no
// longer does so would end at a field that it does not have: that has to be read first.
func decodesTwice(root string, p patch) ([]string, error) {
	const path = "pkg/kubelet/kubeletconfig/util/codec/codec.go"
	text, err := os.ReadFile(filepath.Join(root, path))
	twice := err == nil && strings.Contains(strings.ToLower(string(text)), "lenient")
	switch {
	case twice:
		return []string{path}, nil
	case p.minor >= 17:
		return nil, fmt.Errorf("%s: a way to decode the configuration not met before", path)
	}
	return nil, nil
}

// addThresholds reads the hard eviction thresholds, which are a map: of a file for Linux from 1.12 on, from 1.26 on one of the package that
// evicts, which fills them in itself.
func (c *configuration) addThresholds(root, place string, defaults *ast.File) ([]string, error) {
	for _, path := range []string{"pkg/kubelet/eviction/defaults_linux.go", place + "/defaults_linux.go"} {
		if !isFile(filepath.Join(root, path)) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, 0)
		if err != nil {
			return nil, err
		}
		if c.addMap(file) {
			return []string{path}, nil
		}
	}
	c.addMap(defaults)
	return nil, nil
}

func (c *configuration) addMap(file *ast.File) bool {
	const field, one = "evictionHard", "memory.available"
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok || c.found[field] == nil {
			return true
		}
		var pairs []string
		for _, element := range literal.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				pairs = append(pairs, fmt.Sprintf("%v<%v", c.value(pair.Key, nil), c.value(pair.Value, nil)))
			}
		}
		sort.Strings(pairs)
		if text := strings.Join(pairs, ", "); strings.Contains(text, one) {
			c.found[field].Default, found = text, true
		}
		return true
	})
	return found
}

var enabled = regexp.MustCompile(`\.Enabled\(\w+\.(\w+)\)`)

func (c *configuration) addAssigned(block *ast.BlockStmt, gate string, local map[string]ast.Expr) {
	for _, s := range block.List {
		switch s := s.(type) {
		case *ast.IfStmt:
			under := gate
			if found := enabled.FindStringSubmatch(print(token.NewFileSet(), s.Cond)); found != nil {
				under = found[1]
			}
			c.addAssigned(s.Body, under, local)
		case *ast.AssignStmt:
			if len(s.Lhs) != 1 || len(s.Rhs) != 1 {
				continue
			}
			if name, ok := s.Lhs[0].(*ast.Ident); ok {
				local[name.Name] = s.Rhs[0]
				continue
			}
			path := c.fieldOf(s.Lhs[0])
			if f := c.found[path]; f != nil && f.Default == nil {
				f.Default, f.Gate = c.value(s.Rhs[0], local), gate
			}
		}
	}
}

// fieldOf is the path in JSON of the field that an expression is about, such as &c.Authentication.X509.ClientCAFile; empty if none is.
func (c *configuration) fieldOf(e ast.Expr) string {
	return strings.Join(c.path(configurationType, named(e)), ".")
}

// fieldWithin is that of a field's own members, where the expression is about these; empty if there is none.
func (c *configuration) fieldWithin(field string, e ast.Expr) string {
	for _, m := range c.structs[configurationType] {
		if m.json == field {
			if path := c.path(c.plain(m.of), named(e)); len(path) > 0 {
				return field + "." + strings.Join(path, ".")
			}
		}
	}
	return ""
}

// named are the names of the members of c or obj that an expression is about, from the outermost on.
func named(e ast.Expr) []string {
	var names []string
	for {
		switch on := e.(type) {
		case *ast.UnaryExpr:
			e = on.X
		case *ast.ParenExpr:
			e = on.X
		case *ast.StarExpr:
			e = on.X
		case *ast.CompositeLit:
			if len(on.Elts) != 1 {
				return nil
			}
			e = on.Elts[0]
		case *ast.KeyValueExpr:
			e = on.Value
		case *ast.CallExpr:
			if len(on.Args) != 1 {
				return nil
			}
			e = on.Args[0]
		case *ast.SelectorExpr:
			names, e = append([]string{on.Sel.Name}, names...), on.X
		case *ast.Ident:
			if on.Name != "c" && on.Name != "obj" {
				return nil
			}
			return names
		default:
			return nil
		}
	}
}

func (c *configuration) path(of string, names []string) []string {
	var path []string
	for _, name := range names {
		found, within := c.member(of, name)
		if found == nil { // within what another package has: the Duration of a Duration
			break
		}
		path, of = append(path, found.json), within
	}
	return path
}

// member is the one that Go calls so, perhaps of a structure whose members are as if they were its own, and what it holds.
func (c *configuration) member(of, name string) (*member, string) {
	for i, m := range c.structs[of] {
		if m.goName == name {
			return &c.structs[of][i], c.plain(m.of)
		}
		if m.goName == "" {
			if found, within := c.member(m.of, name); found != nil {
				return found, within
			}
		}
	}
	return nil, ""
}

// value is what Go gives a field, as JSON has it: a text, a number, true or false; what cannot be told is left as it is written.
func (c *configuration) value(e ast.Expr, local map[string]ast.Expr) any {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return c.value(e.X, local)
	case *ast.UnaryExpr:
		if e.Op == token.SUB {
			if n, ok := c.value(e.X, local).(int64); ok {
				return -n
			}
		}
		return c.value(e.X, local)
	case *ast.BasicLit:
		return literal(e)
	case *ast.Ident:
		switch {
		case e.Name == "true" || e.Name == "false":
			return e.Name == "true"
		case local[e.Name] != nil:
			return c.value(local[e.Name], nil)
		}
		return c.constant(e.Name, e)
	case *ast.SelectorExpr:
		return c.constant(e.Sel.Name, e)
	case *ast.CallExpr: // a pointer to it, or a conversion
		if len(e.Args) == 1 {
			return c.value(e.Args[0], local)
		}
	case *ast.CompositeLit:
		if len(e.Elts) == 1 {
			if pair, ok := e.Elts[0].(*ast.KeyValueExpr); ok && print(token.NewFileSet(), pair.Key) == "Duration" {
				if d, ok := duration(pair.Value); ok {
					return d.String()
				}
				return c.value(pair.Value, local)
			}
		}
	}
	return flat(e)
}

func (c *configuration) constant(name string, e ast.Expr) any {
	text, known := c.consts[name]
	if !known {
		return flat(e)
	}
	written, err := parser.ParseExpr(text)
	if err != nil {
		return flat(e)
	}
	return c.value(written, nil)
}

func literal(e *ast.BasicLit) any {
	if e.Kind == token.STRING {
		text, _ := strconv.Unquote(e.Value)
		return text
	}
	if n, err := strconv.ParseInt(e.Value, 0, 64); err == nil {
		return n
	}
	return e.Value
}

// duration is a product such as 5 * time.Minute.
func duration(e ast.Expr) (time.Duration, bool) {
	units := map[string]time.Duration{"Nanosecond": 1, "Millisecond": time.Millisecond, "Second": time.Second, "Minute": time.Minute, "Hour": time.Hour}
	switch e := e.(type) {
	case *ast.BasicLit:
		n, err := strconv.ParseInt(e.Value, 0, 64)
		return time.Duration(n), err == nil
	case *ast.SelectorExpr:
		unit, known := units[e.Sel.Name]
		return unit, known
	case *ast.BinaryExpr:
		left, ok := duration(e.X)
		right, ok2 := duration(e.Y)
		return left * right, ok && ok2 && e.Op == token.MUL
	}
	return 0, false
}

// flat is an expression on one line.
func flat(e ast.Expr) string { return strings.Join(strings.Fields(print(token.NewFileSet(), e)), " ") }
