package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// What the kubelet's source says about hashing. Each fact is recognised by the shape of the code it stands in; a shape that was
// not met before stops the generator, since someone has to read it first.

const (
	helpersPath = "pkg/kubelet/container/helpers.go"
	hashPath    = "pkg/util/hash/hash.go"
	runtimePath = "pkg/kubelet/kuberuntime"
	decoderPath = "pkg/runtime/serializer/json/json.go"
	gatesPath   = "pkg/features"
)

// eras by the calls that HashContainer makes, in order; a star marks a hashed value that is the container itself.
var eras = map[string]string{
	"fnv.New32a hashutil.DeepHashObject(*) uint64 hash.Sum32":                            "typed",
	"fnv.New32a json.Marshal hashutil.DeepHashObject uint64 hash.Sum32":                  "json",
	"fnv.New32a json.Marshal pickFieldsToHash hashutil.DeepHashObject uint64 hash.Sum32": "image-name",
}

const withoutResourcesShape = "fnv.New32a container.DeepCopy json.Marshal hashutil.DeepHashObject uint64 hashWithoutResources.Sum32"

var deepHashShapes = map[string]bool{
	"hasher.Reset printer.Fprintf":          true, // spew, set up on the spot
	"hasher.Reset fmt.Fprintf dump.ForHash": true, // the same set-up, shared
}

// hashSource is the hash code of one release, ready to be compiled elsewhere.
type hashSource struct {
	era              string
	withoutResources bool
	functions        []string
	helpers          string // package main, the kubelet's functions
	deepHash         string // package hash, upstream's file as it is
}

func readHashSource(root string) (*hashSource, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, filepath.Join(root, helpersPath), nil, 0)
	if err != nil {
		return nil, err
	}
	functions := map[string]*ast.FuncDecl{}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
			functions[f.Name.Name] = f
		}
	}
	h := &hashSource{}
	if err := h.recognise(functions); err != nil {
		return nil, err
	}
	if h.helpers, err = lift(files, file, functions, h.functions); err != nil {
		return nil, err
	}
	return h, h.readDeepHash(root)
}

func (h *hashSource) recognise(functions map[string]*ast.FuncDecl) error {
	sum, ok := functions["HashContainer"]
	if !ok {
		return fmt.Errorf("%s: no HashContainer", helpersPath)
	}
	if h.era, ok = eras[shape(sum)]; !ok {
		return fmt.Errorf("%s: HashContainer has a body not met before: %s", helpersPath, shape(sum))
	}
	h.functions = []string{"HashContainer"}
	if h.era == "image-name" {
		pick := functions["pickFieldsToHash"]
		if keys := literalKeys(pick); shape(pick) != "" || keys != "image name" {
			return fmt.Errorf("%s: pickFieldsToHash picks %q, not image and name", helpersPath, keys)
		}
		h.functions = append(h.functions, "pickFieldsToHash")
	}
	without, ok := functions["HashContainerWithoutResources"]
	if !ok {
		return nil
	}
	if cleared := assignedFields(without); shape(without) != withoutResourcesShape || cleared != "Resources" {
		return fmt.Errorf("%s: HashContainerWithoutResources has a body not met before: %s, clears %q", helpersPath, shape(without), cleared)
	}
	h.withoutResources = true
	h.functions = append(h.functions, "HashContainerWithoutResources")
	return nil
}

func (h *hashSource) readDeepHash(root string) error {
	path := filepath.Join(root, hashPath)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, text, 0)
	if err != nil {
		return err
	}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "DeepHashObject" {
			if !deepHashShapes[shape(f)] {
				return fmt.Errorf("%s: DeepHashObject has a body not met before: %s", hashPath, shape(f))
			}
			h.deepHash = string(text)
			return nil
		}
	}
	return fmt.Errorf("%s: no DeepHashObject", hashPath)
}

// shape lists the calls of a function in order.
func shape(f *ast.FuncDecl) string {
	var calls []string
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			name := print(token.NewFileSet(), call.Fun)
			if len(call.Args) == 2 {
				if _, value := call.Args[1].(*ast.StarExpr); value {
					name += "(*)"
				}
			}
			calls = append(calls, name)
		}
		return true
	})
	return strings.Join(calls, " ")
}

func literalKeys(f *ast.FuncDecl) string {
	var keys []string
	if f == nil {
		return ""
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if pair, ok := n.(*ast.KeyValueExpr); ok {
			if text, ok := pair.Key.(*ast.BasicLit); ok {
				key, _ := strconv.Unquote(text.Value)
				keys = append(keys, key)
			}
		}
		return true
	})
	sort.Strings(keys)
	return strings.Join(keys, " ")
}

func assignedFields(f *ast.FuncDecl) string {
	var fields []string
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if assign, ok := n.(*ast.AssignStmt); ok {
			for _, left := range assign.Lhs {
				if field, ok := left.(*ast.SelectorExpr); ok {
					fields = append(fields, field.Sel.Name)
				}
			}
		}
		return true
	})
	return strings.Join(fields, " ")
}

// lift prints the named functions as a file of their own with the imports they use. Upstream's pkg/util/hash becomes our observed
// one, which hands on to the real one.
func lift(files *token.FileSet, file *ast.File, functions map[string]*ast.FuncDecl, names []string) (string, error) {
	var body bytes.Buffer
	used := map[string]bool{}
	for _, name := range names {
		ast.Inspect(functions[name], func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if id, ok := sel.X.(*ast.Ident); ok {
					used[id.Name] = true
				}
			}
			return true
		})
		fmt.Fprintf(&body, "%s\n\n", print(files, functions[name]))
	}
	var head bytes.Buffer
	head.WriteString("package main\n\nimport (\n")
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return "", err
		}
		name := path[strings.LastIndex(path, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if path == "k8s.io/kubernetes/pkg/util/hash" {
			path = "oracle.test/observed"
		}
		if used[name] {
			fmt.Fprintf(&head, "\t%s %q\n", name, path)
		}
	}
	return head.String() + ")\n\n" + body.String(), nil
}

func print(files *token.FileSet, node any) string {
	var text bytes.Buffer
	if err := printer.Fprint(&text, files, node); err != nil {
		panic(err)
	}
	return text.String()
}

// comparedKinds are the kinds of container whose hash the kubelet looks at while they run, by the places that call
// containerChanged: computePodActions for app containers, and from 1.32 computeInitContainerActions for sidecars.
func comparedKinds(root string) ([]string, []string, error) {
	known := map[string]string{
		"kuberuntime_manager.go computePodActions":             "app",
		"kuberuntime_container.go computeInitContainerActions": "sidecar",
	}
	paths, err := filepath.Glob(filepath.Join(root, runtimePath, "*.go"))
	if err != nil {
		return nil, nil, err
	}
	var kinds, places []string
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		callers, err := callersOf("containerChanged", path)
		if err != nil {
			return nil, nil, err
		}
		for _, caller := range callers {
			place := filepath.Base(path) + " " + caller
			kind, ok := known[place]
			if !ok {
				return nil, nil, fmt.Errorf("%s: containerChanged is called in a place not met before: %s", runtimePath, place)
			}
			kinds = append(kinds, kind)
			places = append(places, runtimePath+"/"+filepath.Base(path)+" "+caller)
		}
	}
	sort.Strings(kinds)
	sort.Strings(places)
	if len(kinds) == 0 || kinds[0] != "app" || len(kinds) > 2 {
		return nil, nil, fmt.Errorf("%s: containerChanged is called for %v", runtimePath, kinds)
	}
	return kinds, places, nil
}

func callersOf(name, path string) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return nil, err
	}
	var callers []string
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		ast.Inspect(f.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if id, ok := call.Fun.(*ast.Ident); ok && id.Name == name {
					callers = append(callers, f.Name.Name)
				}
			}
			return true
		})
	}
	return callers, nil
}

// decoderOf names the library that turns JSON into typed objects. Both read keys case-sensitively here; they differ on malformed
// text (see README.md).
func decoderOf(apimachinery string) (string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(apimachinery, decoderPath), nil, parser.ImportsOnly)
	if err != nil {
		return "", err
	}
	found := ""
	for _, spec := range file.Imports {
		name := map[string]string{`"github.com/json-iterator/go"`: "jsoniter", `"sigs.k8s.io/json"`: "kjson"}[spec.Path.Value]
		found += name
	}
	if found != "jsoniter" && found != "kjson" {
		return "", fmt.Errorf("%s: a decoder not met before: %q", decoderPath, found)
	}
	return found, nil
}
