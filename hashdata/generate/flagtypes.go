package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// What the values of a flag are: the type of a registration with one (int32 of Int32Var), else the name of what takes them, as its own
// package calls it (MapStringBool, IPVar). That name tells which text is taken and which ends the kubelet; it changes where that does.

// valueTypes are the types of variables and of members of structs, by their names. Of a name with several there is none.
type valueTypes map[string]string

const ofTwo = "?"

// librariesTaken are those whose flags a kubelet takes over one by one.
var librariesTaken = []string{"github.com/google/cadvisor", cadvisorFlags, "github.com/golang/glog"}

func (t valueTypes) add(name, of string) {
	if known, ok := t[name]; ok && known != of {
		of = ofTwo
	}
	t[name] = of
}

func (t valueTypes) addMembers(files []*ast.File) {
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if what, ok := n.(*ast.StructType); ok {
				for _, member := range what.Fields.List {
					for _, name := range member.Names {
						t.add("."+name.Name, lastName(member.Type))
					}
				}
			}
			return true
		})
	}
}

// addMembersOfLogs reads those of the configuration of logs, which up to 1.23 is in a package of its own.
func (t valueTypes) addMembersOfLogs(p patch, logs []*ast.File) error {
	t.addMembers(logs)
	if p.minor < 15 {
		return nil
	}
	base, err := fetchStaging("k8s.io/component-base", p)
	if err != nil {
		return err
	}
	if types := filepath.Join(base.Dir, "config", "types.go"); isFile(types) {
		file, err := parser.ParseFile(token.NewFileSet(), types, nil, 0)
		if err != nil {
			return err
		}
		t.addMembers([]*ast.File{file})
	}
	return nil
}

// variants are types that have one name and take different texts: by the file that tells them apart, what is in there where they are the
// newer ones, and how the older ones are called here. Up to 1.14 a taint has a value, up to 1.23 each flag reserves memory of one node.
var variants = []struct{ name, file, holds, older string }{
	{"TaintsVar", "pkg/util/taints/taints.go", "len(partsKV)", "TaintsWithValueVar"},
	{"ReservedMemoryVar", "pkg/util/flag/flags.go", `strings.Split(s, ";")`, "ReservedMemoryOfOneVar"},
}

func (t valueTypes) addVariants(root string) error {
	for _, v := range variants {
		text, err := os.ReadFile(filepath.Join(root, v.file))
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		if err == nil && !strings.Contains(string(text), v.holds) {
			t["="+v.name] = v.older
		}
	}
	return nil
}

// addLocals reads what the variables of a function are made of.
func (t valueTypes) addLocals(function *ast.FuncDecl) {
	for name := range t {
		if !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "=") {
			delete(t, name)
		}
	}
	ast.Inspect(function, func(n ast.Node) bool {
		if made, ok := n.(*ast.AssignStmt); ok && len(made.Lhs) == 1 && len(made.Rhs) == 1 {
			if name, ok := made.Lhs[0].(*ast.Ident); ok {
				t.add(name.Name, t.value(made.Rhs[0]))
			}
		}
		return true
	})
}

// of is the type of the values of a flag that is registered by a function of this name with this as its first argument.
func (t valueTypes) of(registered string, first ast.Expr) string {
	kind, rest, _ := strings.Cut(registered, "Var")
	if kind == "" && strings.Trim(rest, "P") == "" {
		kind = t.value(first)
		if kind == ofTwo {
			return ""
		}
		return kind
	}
	return strings.ToLower(kind[:1]) + kind[1:]
}

func (t valueTypes) value(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.UnaryExpr:
		return t.value(e.X)
	case *ast.CallExpr:
		name, _ := callee(e)
		name = strings.TrimPrefix(name, "New")
		return t.variant(strings.ToUpper(name[:min(1, len(name))]) + name[min(1, len(name)):])
	case *ast.CompositeLit:
		return t.variant(lastName(e.Type))
	case *ast.SelectorExpr:
		return t["."+e.Sel.Name]
	case *ast.Ident:
		return t[e.Name]
	}
	return ""
}

func (t valueTypes) variant(name string) string {
	if older := t["="+name]; older != "" {
		return older
	}
	return name
}

// lastName is a type's name without its package.
func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return lastName(e.X)
	}
	return ""
}

// addTypesOfTaken reads what flags hold that were taken over from libraries by their names alone; of the tree, where no library has it.
func (r *flagReader) addTypesOfTaken(root string) ([]string, error) {
	wanted := map[string]*flag{}
	for name, f := range r.found {
		if f.Type == "" {
			wanted[strings.TrimPrefix(name, "--")] = f
		}
	}
	var places []string
	for _, path := range librariesTaken {
		m, err := libraryTaken(root, path)
		if err != nil {
			return nil, err
		}
		if m.Dir == "" {
			continue
		}
		found, err := r.addTypesIn(m.Dir, wanted)
		if err != nil {
			return nil, err
		}
		if found {
			places = append(places, path)
		}
	}
	if credentials := filepath.Join(root, "pkg/credentialprovider"); len(wanted) > 0 {
		found, err := r.addTypesIn(credentials, wanted)
		if err != nil {
			return nil, err
		}
		if found {
			places = append(places, "pkg/credentialprovider")
		}
	}
	return places, nil
}

// libraryTaken is a library as a release uses it; what one without modules uses is near to what the first one with them does.
func libraryTaken(root, path string) (module, error) {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		version, err := firstModVersion(path)
		if err != nil { // it came later
			return module{}, nil
		}
		return fetch(path, version)
	}
	version := chosen(string(mod), path)
	if version == "" {
		return module{}, nil
	}
	return fetch(path, version)
}

func (r *flagReader) addTypesIn(dir string, wanted map[string]*flag) (bool, error) {
	found := false
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return ignoreAbsent(err)
		}
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), "flag.") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, 0)
		if err != nil {
			return err
		}
		r.types.addMembers([]*ast.File{file})
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 3 {
				return true
			}
			name, on := callee(call)
			if (on != "flag" && on != "pflag") || !registers.MatchString(name) {
				return true
			}
			at := 0
			if strings.Contains(name, "Var") {
				at = 1
			}
			called := r.name(call.Args[at])
			if f := wanted[called]; f != nil {
				f.Type, found = r.types.of(name, call.Args[0]), true
				delete(wanted, called)
			}
			return true
		})
		return nil
	})
	return found, err
}

func ignoreAbsent(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}
