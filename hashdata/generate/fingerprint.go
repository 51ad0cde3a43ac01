package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
)

// A fingerprint is a digest of what a function does as its syntax tree has it: without comments and layout, and without what only logs or
// hands a context on, which changes from release to release and decides nothing.

// sourceRoots are the folders of k8s.io/kubernetes in which a kubelet's functions are looked for; its API server's, too.
var sourceRoots = []string{
	"pkg/kubelet", "pkg/credentialprovider/plugin", "pkg/security", "pkg/apis/core", "pkg/api", "pkg/util", "pkg/registry/core/pod", "pkg/controller/nodelifecycle/config", "pkg/scheduler/framework", "pkg/volume/util", "pkg/volume/configmap", "cmd/kubelet/app",
	"plugin/pkg/admission/serviceaccount", "plugin/pkg/admission/priority", "plugin/pkg/admission/defaulttolerationseconds",
}

// functions are those of one release, by name and by file; lists are the variables and constants of its packages, which are mirrored by name only.
// Beside are those of a library that is published with the release.
type functions struct {
	byName map[string][]function
	byFile map[string][]function
	lists  map[string][]function
	beside *functions
}

// function is one, or a variable or constant that stands by itself in a package.
type function struct {
	file, name string
	node       ast.Node
}

func noFunctions() *functions {
	return &functions{byName: map[string][]function{}, byFile: map[string][]function{}, lists: map[string][]function{}}
}

// readFunctions reads those of a release, and of the helpers that are published with it; of a release without any helpers is "".
func readFunctions(root, helpers string) (*functions, error) {
	all := noFunctions()
	for _, folder := range sourceRoots {
		if err := all.addFolder(filepath.Join(root, folder), root, ""); err != nil {
			return nil, err
		}
	}
	if helpers == "" {
		return all, nil
	}
	all.beside = noFunctions()
	return all, all.beside.addFolder(helpers, helpers, helpersModule)
}

// addFolder takes all files below a folder, each by its way from the root, below a name.
func (all *functions) addFolder(folder, root, below string) error {
	return filepath.WalkDir(folder, func(at string, entry os.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || !strings.HasSuffix(at, ".go") || strings.HasSuffix(at, "_test.go") {
			return err
		}
		relative, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		return all.addFile(at, path.Join(below, filepath.ToSlash(relative)))
	})
}

// addFile takes what stands in the file at a path, under the name that it has in its release.
func (all *functions) addFile(at, file string) error {
	parsed, err := parser.ParseFile(token.NewFileSet(), at, nil, 0)
	if err != nil {
		return err
	}
	for _, d := range parsed.Decls {
		switch decl := d.(type) {
		case *ast.FuncDecl:
			if decl.Body != nil {
				all.addFunction(file, decl)
			}
		case *ast.GenDecl:
			all.addLists(file, decl)
		}
	}
	return nil
}

// addFunction: a type stands for its methods.
func (all *functions) addFunction(file string, decl *ast.FuncDecl) {
	name, of := decl.Name.Name, ""
	if decl.Recv != nil {
		of = print(newFiles(), decl.Recv.List[0].Type)
		name = of + "." + name
	}
	one := function{file, name, decl}
	all.byName[decl.Name.Name] = append(all.byName[decl.Name.Name], one)
	all.byFile[file] = append(all.byFile[file], one)
	if of != "" {
		of = strings.TrimPrefix(of, "*")
		all.byName[of] = append(all.byName[of], one)
	}
}

func (all *functions) addLists(file string, decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		if values, ok := spec.(*ast.ValueSpec); ok && len(values.Values) > 0 {
			for _, name := range values.Names {
				all.lists[name.Name] = append(all.lists[name.Name], function{file, name.Name, values})
			}
		}
	}
}

// of finds what a mirrored thing names: in the release itself, or else in the helpers beside it, to which functions move; the other way round
// where it is said to be in these.
func (all *functions) of(m mirrored) []function {
	first, second := all, all.beside
	if strings.HasPrefix(m.place, helpersModule) {
		first, second = second, first
	}
	for _, some := range []*functions{first, second} {
		if some == nil {
			continue
		}
		if found := some.named(m); len(found) > 0 {
			return found
		}
	}
	return nil
}

// named are all functions of a file, or those of a name, in the folder that is said where there are some. A list is one only in that folder,
// and where no function has its name.
func (all *functions) named(m mirrored) []function {
	if m.name == "" {
		return all.byFile[m.place]
	}
	if there := in(m.place, all.byName[m.name]); len(there) > 0 {
		return there
	}
	if anywhere := all.byName[m.name]; len(anywhere) > 0 {
		return anywhere
	}
	return in(m.place, all.lists[m.name])
}

// in are those that stand in a folder; in one of the helpers, also those below it.
func in(folder string, found []function) []function {
	var there []function
	for _, one := range found {
		own := path.Dir(one.file)
		if own == folder || (strings.HasPrefix(folder, helpersModule) && strings.HasPrefix(own, folder+"/")) {
			there = append(there, one)
		}
	}
	return there
}

// fingerprint is empty where the release has no such function. The same function in another file is the same.
func fingerprint(found []function) string {
	if len(found) == 0 {
		return ""
	}
	var texts []string
	for _, one := range found {
		texts = append(texts, normalised(one.node))
	}
	sort.Strings(texts)
	sum := sha256.Sum256([]byte(strings.Join(texts, "\n")))
	return hex.EncodeToString(sum[:6])
}

// normalised writes the tree of a function node by node.
func normalised(node ast.Node) string {
	var text strings.Builder
	ast.Inspect(node, func(n ast.Node) bool {
		if n == nil {
			text.WriteByte(')')
			return true
		}
		if onlyTells(n) {
			return false
		}
		fmt.Fprintf(&text, "(%s%s", strings.TrimPrefix(reflect.TypeOf(n).String(), "*ast."), told(n))
		return true
	})
	return text.String()
}

// told is what a node says beside its children.
func told(n ast.Node) string {
	switch n := n.(type) {
	case *ast.Ident:
		return " " + n.Name
	case *ast.BasicLit:
		return " " + n.Value
	case *ast.BinaryExpr:
		return " " + n.Op.String()
	case *ast.UnaryExpr:
		return " " + n.Op.String()
	case *ast.AssignStmt:
		return " " + n.Tok.String()
	case *ast.IncDecStmt:
		return " " + n.Tok.String()
	case *ast.BranchStmt:
		return " " + n.Tok.String()
	case *ast.RangeStmt:
		return " " + n.Tok.String()
	case *ast.GenDecl:
		return " " + n.Tok.String()
	case *ast.CallExpr:
		if n.Ellipsis.IsValid() {
			return " ..."
		}
	}
	return ""
}

// loggers are what kubelets log by and hand on for it.
var loggers = map[string]bool{"klog": true, "glog": true, "logger": true, "ctx": true}

// onlyTells finds what decides nothing: a call that logs, a logger or context that is made, taken or given.
func onlyTells(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CommentGroup:
		return true
	case *ast.ExprStmt:
		call, ok := n.X.(*ast.CallExpr)
		return ok && logs(call)
	case *ast.AssignStmt:
		name, ok := n.Lhs[0].(*ast.Ident)
		return ok && len(n.Lhs) == 1 && loggers[name.Name]
	case *ast.Field:
		kind := print(newFiles(), n.Type)
		return kind == "klog.Logger" || kind == "context.Context" || kind == "logr.Logger"
	case *ast.CallExpr:
		return startsWith(n.Fun, "klog") && strings.HasSuffix(print(newFiles(), n.Fun), "FromContext")
	case *ast.Ident:
		return n.Name == "logger" || n.Name == "ctx"
	}
	return false
}

func logs(call *ast.CallExpr) bool {
	for name := range loggers {
		if startsWith(call.Fun, name) {
			return true
		}
	}
	return false
}

// startsWith tells whether a chain of selectors and calls, such as klog.V(4).Info, begins with a name.
func startsWith(what ast.Expr, name string) bool {
	switch what := what.(type) {
	case *ast.Ident:
		return what.Name == name
	case *ast.SelectorExpr:
		return startsWith(what.X, name)
	case *ast.CallExpr:
		return startsWith(what.Fun, name)
	}
	return false
}

func newFiles() *token.FileSet { return token.NewFileSet() }
