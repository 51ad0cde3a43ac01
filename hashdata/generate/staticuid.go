package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// How the kubelet makes the UID of a static pod whose manifest has none, recognised by what applyDefaults writes into its hasher, in order.
// DeepHashObject resets the hasher (source.go holds it to that), so what is written before it does not count.

const defaultsPath = "pkg/kubelet/config/common.go"

// staticPodUID is what that UID is a sum of; object is the type that the text of the pod names.
type staticPodUID struct {
	Hasher string   `json:"hasher"`
	Input  []string `json:"input"`
	Object string   `json:"object"`
}

var uidHashers = map[string]string{"md5.New": "md5", "fnv.New128a": "fnv128a"}

// uidWrites are the steps met so far, and what they come to. From a URL only that is written, in place of node and path.
var uidWrites = map[string][]string{
	"host:%s(nodeName) file:%s(source) else url:%s(source) pod": {"pod"},
	"pod host:%s(nodeName) file:%s(source) else url:%s(source)": {"pod", "node", "source"},
}

func readStaticPodUID(root string) (staticPodUID, error) {
	functions, err := functionsOf(filepath.Join(root, defaultsPath))
	if err != nil {
		return staticPodUID{}, err
	}
	f, ok := functions["applyDefaults"]
	if !ok {
		return staticPodUID{}, fmt.Errorf("%s: no applyDefaults", defaultsPath)
	}
	made, writes := hashedInto(f)
	hasher, met := uidHashers[made]
	if !met {
		return staticPodUID{}, fmt.Errorf("%s: applyDefaults has a hasher not met before: %q", defaultsPath, made)
	}
	input, met := uidWrites[writes]
	if !met {
		return staticPodUID{}, fmt.Errorf("%s: applyDefaults hashes what was not met before: %s", defaultsPath, writes)
	}
	core, err := corePackage(root)
	return staticPodUID{hasher, slices.Clone(input), "*" + core + ".Pod"}, err
}

// hashedInto tells the call that makes a function's hasher, and what is written into it, in order; what else is called does not count.
func hashedInto(f *ast.FuncDecl) (string, string) {
	var made string
	var writes []string
	var visit func(n ast.Node) bool
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			ast.Inspect(n.Body, visit)
			if n.Else != nil {
				mark := len(writes)
				ast.Inspect(n.Else, visit)
				if len(writes) > mark {
					writes = slices.Insert(writes, mark, "else")
				}
			}
			return false
		case *ast.AssignStmt:
			if name, ok := n.Lhs[0].(*ast.Ident); ok && name.Name == "hasher" {
				made += calledIn(n.Rhs[0])
			}
		case *ast.CallExpr:
			if len(n.Args) > 0 && calledIn(n.Args[0]) == "hasher" {
				writes = append(writes, written(n))
				return false
			}
		}
		return true
	}
	ast.Inspect(f.Body, visit)
	return made, strings.Join(writes, " ")
}

// calledIn is the function of a call without arguments, or the text of what is none.
func calledIn(e ast.Expr) string {
	if call, ok := e.(*ast.CallExpr); ok && len(call.Args) == 0 {
		e = call.Fun
	}
	return print(token.NewFileSet(), e)
}

func written(call *ast.CallExpr) string {
	name := print(token.NewFileSet(), call.Fun)
	var arguments []string
	for _, a := range call.Args[1:] {
		arguments = append(arguments, print(token.NewFileSet(), a))
	}
	if name == "hash.DeepHashObject" && len(arguments) == 1 && arguments[0] == "pod" {
		return "pod"
	}
	if name == "fmt.Fprintf" && len(arguments) == 2 {
		if format, err := strconv.Unquote(arguments[0]); err == nil {
			return fmt.Sprintf("%s(%s)", format, arguments[1])
		}
	}
	return fmt.Sprintf("%s(%s)", name, strings.Join(arguments, ", "))
}

// corePackage is the name of the package that the internal types are in, which is what prints.
func corePackage(root string) (string, error) {
	core, err := coreOf(root)
	if err != nil {
		return "", err
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, core, "types.go"), nil, parser.PackageClauseOnly)
	if err != nil {
		return "", err
	}
	return file.Name.Name, nil
}

func staticPodUIDRead(version string) read {
	return read{"k8s.io/kubernetes", version, []string{defaultsPath, hashPath}, "applyDefaults, DeepHashObject"}
}
