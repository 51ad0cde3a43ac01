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

// The fields of a KubeletConfiguration of version v1beta1, which is there from 1.10 on, and what a kubelet takes where one is not set. A
// field whose type is of another package has no fields here.

const firstWithConfiguration = minor(10)

// field is what one minor makes of a field. Default is the value as JSON where it can be read, else as Go; Gate is the gate without
// which there is no such default; Members says that it holds the fields below it and nothing else.
type field struct {
	Default any    `json:"default,omitempty"`
	Gate    string `json:"gate,omitempty"`
	Members bool   `json:"members,omitempty"`
}

type configuration struct {
	found   map[string]*field
	structs map[string][]member
	consts  map[string]string
}

type member struct{ goName, json, of string }

const configurationType = "KubeletConfiguration"

func readConfiguration(root string, p patch) (*configuration, []string, error) {
	c := &configuration{found: map[string]*field{}, structs: map[string][]member{}, consts: map[string]string{}}
	if p.minor < firstWithConfiguration {
		return c, nil, nil
	}
	types, typesPlace, err := configurationTypes(root, p)
	if err != nil {
		return nil, nil, err
	}
	for _, file := range types {
		c.addTypes(file)
	}
	c.addFields(configurationType, "")
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
		return c, append(append([]string{typesPlace, place + "/defaults.go"}, thresholds...), strict...), err
	}
	return c, []string{typesPlace}, nil
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

func (c *configuration) addTypes(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSpec:
			if what, ok := n.Type.(*ast.StructType); ok {
				c.structs[n.Name.Name] = members(what)
			}
		case *ast.ValueSpec:
			for i, value := range n.Values {
				if text, ok := value.(*ast.BasicLit); ok {
					c.consts[n.Names[i].Name] = text.Value
				}
			}
		}
		return true
	})
}

func members(what *ast.StructType) []member {
	var found []member
	for _, f := range what.Fields.List {
		if f.Tag == nil || len(f.Names) == 0 {
			continue
		}
		tag, _ := strconv.Unquote(f.Tag.Value)
		name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		of := f.Type
		if pointer, ok := of.(*ast.StarExpr); ok {
			of = pointer.X
		}
		found = append(found, member{f.Names[0].Name, name, print(token.NewFileSet(), of)})
	}
	return found
}

func (c *configuration) addFields(of, above string) {
	for _, m := range c.structs[of] {
		path := above + m.json
		_, opens := c.structs[m.of]
		c.found[path] = &field{Members: opens}
		if opens {
			c.addFields(m.of, path+".")
		}
	}
}

// addDefaults reads what is assigned to the fields of obj, and under which gate.
func (c *configuration) addDefaults(file *ast.File) {
	c.addTypes(file)
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
				return ""
			}
			e = on.Elts[0]
		case *ast.KeyValueExpr:
			e = on.Value
		case *ast.CallExpr:
			if len(on.Args) != 1 {
				return ""
			}
			e = on.Args[0]
		case *ast.SelectorExpr:
			names, e = append([]string{on.Sel.Name}, names...), on.X
		case *ast.Ident:
			if on.Name != "c" && on.Name != "obj" {
				return ""
			}
			return c.path(names)
		default:
			return ""
		}
	}
}

func (c *configuration) path(names []string) string {
	var path []string
	of := configurationType
	for _, name := range names {
		at := -1
		for i, m := range c.structs[of] {
			if m.goName == name {
				at = i
			}
		}
		if at < 0 { // within what another package has: the Duration of a Duration, a format of logs
			break
		}
		path, of = append(path, c.structs[of][at].json), c.structs[of][at].of
	}
	return strings.Join(path, ".")
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
