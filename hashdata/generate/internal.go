package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The UID of a static pod is a sum of the internal Pod as spew prints it. Its types are those of k8s.io/api in another package, but for a
// few structs whose fields stand in another order or come from elsewhere: only these are kept. They are read from the source; what converts
// a v1 Pod into one is recognised by what it assigns, and an assignment not met before stops the generator.

// internalPod is what the internal types have otherwise than the published ones.
type internalPod struct {
	Fields     map[string][]string `json:"fields"`     // the Go names in order, of each struct where they are others
	Types      map[string]string   `json:"types"`      // Struct.Field that has another type
	Conversion []string            `json:"conversion"` // what conversion does beside copying fields, or defaulting in its place
	Time       []string            `json:"time"`       // the fields of time.Time in the Go that this minor is built with
}

// corePaths are where the internal API stands: pkg/api up to 1.8.
var corePaths = []string{"pkg/apis/core", "pkg/api"}

const (
	dropsAnnotations = "drops-init-annotations"
	syncsPodIPs      = "syncs-pod-ips"
)

// converted is what hand-written conversions (and, from 1.37 on, a defaulter) of reached types assign, and the rule that says so here. An
// empty rule is one of defaulting, or follows from the lists of fields.
var converted = map[string]map[string]string{
	"Pod":            {"Annotations": dropsAnnotations, "Spec.TerminationGracePeriodSeconds": ""},
	"PodSpec":        {"ServiceAccountName": "", "SecurityContext": ""},
	"PodStatus":      {"PodIPs": syncsPodIPs},
	"ResourceList":   {},
	"PodStatusOf137": {"PodIPs": syncsPodIPs, "PodIP": syncsPodIPs},
}

func readInternalPod(root string, types map[string]json.RawMessage, built goVersion) (*internalPod, []string, error) {
	core, err := coreOf(root)
	if err != nil {
		return nil, nil, err
	}
	theirs, err := publishedStructs(types)
	if err != nil {
		return nil, nil, err
	}
	ours, err := internalStructs(filepath.Join(root, core, "types.go"))
	if err != nil {
		return nil, nil, err
	}
	found := &internalPod{Fields: map[string][]string{}, Types: map[string]string{}, Conversion: []string{}, Time: timeFields(built)}
	for _, name := range sortedKeys(theirs) {
		if err := found.compare(name, ours[name], theirs[name], theirs["PodSpec"]); err != nil {
			return nil, nil, err
		}
	}
	places, err := found.readConversion(root, core, theirs)
	return found, append([]string{core + "/types.go"}, places...), err
}

func coreOf(root string) (string, error) {
	for _, path := range corePaths {
		_, err := os.Stat(filepath.Join(root, path, "types.go"))
		if err == nil {
			return path, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("no internal types in %v", corePaths)
}

// timeFields are the private fields of time.Time: Go 1.9 made room for the monotonic clock.
func timeFields(built goVersion) []string {
	if built.line < 9 {
		return []string{"sec int64", "nsec int32", "loc *time.Location"}
	}
	return []string{"wall uint64", "ext int64", "loc *time.Location"}
}

// goField is a field of a struct: its Go name and its type, as hashdata writes it, without the package of the core types.
type goField struct{ name, kind string }

func publishedStructs(types map[string]json.RawMessage) (map[string][]goField, error) {
	found := map[string][]goField{}
	for key, text := range types {
		var t struct {
			Kind   string
			Fields []struct{ Go, Type string }
		}
		if err := json.Unmarshal(text, &t); err != nil {
			return nil, err
		}
		name, core := strings.CutPrefix(key, "core/v1.")
		if !core || t.Kind != "struct" {
			continue
		}
		for _, f := range t.Fields {
			found[name] = append(found[name], goField{f.Go, strings.ReplaceAll(f.Type, "core/v1.", "")})
		}
	}
	return found, nil
}

func internalStructs(path string) (map[string][]goField, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return nil, err
	}
	found := map[string][]goField{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if body, ok := spec.Type.(*ast.StructType); ok {
			found[spec.Name.Name] = fieldsOf(body)
		}
		return false
	})
	return found, nil
}

func fieldsOf(body *ast.StructType) []goField {
	var found []goField
	for _, f := range body.Fields.List {
		kind := expression(f.Type)
		if len(f.Names) == 0 {
			found = append(found, goField{kind[strings.LastIndex(kind, ".")+1:], kind})
		}
		for _, name := range f.Names {
			found = append(found, goField{name.Name, kind})
		}
	}
	return found
}

// imported are the packages that the internal types name, as hashdata writes them.
var imported = map[string]string{"metav1": "meta/v1", "resource": "resource", "intstr": "intstr", "types": "types"}

func expression(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return "*" + expression(e.X)
	case *ast.ArrayType:
		return "[]" + expression(e.Elt)
	case *ast.MapType:
		return "map[" + expression(e.Key) + "]" + expression(e.Value)
	case *ast.SelectorExpr:
		return imported[expression(e.X)] + "." + e.Sel.Name
	case *ast.Ident:
		return e.Name
	default:
		return fmt.Sprintf("a shape not met before: %T", e)
	}
}

// compare notes where our struct is not theirs. A field that only ours has is one of the spec: PodSecurityContext took some over.
func (p *internalPod) compare(name string, ours, theirs, spec []goField) error {
	if slices.Equal(ours, theirs) {
		return nil
	}
	known := map[string]string{}
	if name == "PodSecurityContext" {
		known = kindsOf(spec)
	}
	for field, kind := range kindsOf(theirs) {
		known[field] = kind
	}
	var names, before []string
	for _, f := range ours {
		kind, ok := known[f.name]
		if !ok {
			return fmt.Errorf("internal %s.%s comes from nowhere", name, f.name)
		}
		if kind != f.kind {
			p.Types[name+"."+f.name] = f.kind
		}
		names = append(names, f.name)
	}
	for _, f := range theirs {
		before = append(before, f.name)
	}
	if len(names) == 0 {
		return fmt.Errorf("internal %s is no struct, or is not there", name)
	}
	if !slices.Equal(names, before) {
		p.Fields[name] = names
	}
	return nil
}

func kindsOf(fields []goField) map[string]string {
	kinds := map[string]string{}
	for _, f := range fields {
		kinds[f.name] = f.kind
	}
	return kinds
}

// readConversion finds the rules, and where they stand.
func (p *internalPod) readConversion(root, core string, theirs map[string][]goField) ([]string, error) {
	conversion, defaulting := core+"/v1/conversion.go", core+"/v1/defaults.go"
	functions, err := functionsOf(filepath.Join(root, conversion))
	if err != nil {
		return nil, err
	}
	for _, name := range sortedKeys(functions) {
		subject, ok := convertedType(name)
		if _, reached := theirs[subject]; ok && reached {
			if err := p.recogniseConversion(subject, functions[name], theirs); err != nil {
				return nil, fmt.Errorf("%s: %s %w", conversion, name, err)
			}
		}
	}
	places := []string{conversion}
	if !slices.Contains(p.Conversion, syncsPodIPs) {
		if functions, err = functionsOf(filepath.Join(root, defaulting)); err != nil {
			return nil, err
		}
		if f, ok := functions["SetDefaults_PodStatus"]; ok {
			places = append(places, defaulting+" SetDefaults_PodStatus")
			if err := p.recogniseConversion("PodStatusOf137", f, theirs); err != nil {
				return nil, fmt.Errorf("%s: SetDefaults_PodStatus %w", defaulting, err)
			}
		}
	}
	slices.Sort(p.Conversion)
	return places, nil
}

func functionsOf(path string) (map[string]*ast.FuncDecl, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return nil, err
	}
	found := map[string]*ast.FuncDecl{}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			found[f.Name.Name] = f
		}
	}
	return found, nil
}

// convertedType is the type that a conversion from v1 is of, by the name of its function.
func convertedType(name string) (string, bool) {
	rest, ok := strings.CutPrefix(name, "Convert_v1_")
	subject, to, both := strings.Cut(rest, "_To_")
	return subject, ok && both && (to == "core_"+subject || to == "api_"+subject)
}

// recogniseConversion notes the rules that a function follows. One that spells out a whole struct must name each field that ours took from
// theirs, and nothing else.
func (p *internalPod) recogniseConversion(subject string, f *ast.FuncDecl, theirs map[string][]goField) error {
	assigned := assignedTo(f, "out", "obj")
	if subject == "PodSecurityContext" {
		return p.spellsOut(assigned, theirs[subject])
	}
	moved := map[string]string{}
	if subject == "PodSpec" {
		for _, field := range p.Fields["PodSecurityContext"] {
			moved["SecurityContext."+field] = ""
		}
		for _, f := range theirs["PodSecurityContext"] {
			delete(moved, "SecurityContext."+f.name)
		}
		if missing := missingOf(sortedKeys(moved), assigned); len(missing) > 0 {
			return fmt.Errorf("does not assign %v", missing)
		}
	}
	for _, field := range assigned {
		rule, ok := converted[subject][field]
		if _, host := moved[field]; !ok && !host {
			return fmt.Errorf("assigns %s, which was not met before", field)
		}
		if rule != "" && !slices.Contains(p.Conversion, rule) {
			p.Conversion = append(p.Conversion, rule)
		}
	}
	return nil
}

func (p *internalPod) spellsOut(assigned []string, theirs []goField) error {
	if missing := missingOf(sortedKeys(kindsOf(theirs)), assigned); len(missing) > 0 {
		return fmt.Errorf("does not assign %v", missing)
	}
	if other := missingOf(assigned, sortedKeys(kindsOf(theirs))); len(other) > 0 {
		return fmt.Errorf("assigns %v, which was not met before", other)
	}
	return nil
}

func missingOf(wanted, there []string) []string {
	return slices.DeleteFunc(slices.Clone(wanted), func(one string) bool { return slices.Contains(there, one) })
}

// assignedTo are the fields that a function sets on its result, by path, each once.
func assignedTo(f *ast.FuncDecl, results ...string) []string {
	var found []string
	ast.Inspect(f.Body, func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if !ok {
			return true
		}
		for _, left := range assign.Lhs {
			root, path, ok := strings.Cut(print(token.NewFileSet(), left), ".")
			if ok && slices.Contains(results, root) && !slices.Contains(found, path) {
				found = append(found, path)
			}
		}
		return true
	})
	return found
}

// refreshInternalPod reads the internal types and what is made of them again, from the patch whose feature gates are on file.
func refreshInternalPod(arg, dir string) error {
	r, err := readAgain(arg, dir)
	if err != nil {
		return err
	}
	d := r.document
	built, err := goOf(d.GoVersions, r.at)
	if err != nil {
		return err
	}
	found, places, err := readInternalPod(r.source.Dir, d.Types, built)
	if err != nil {
		return err
	}
	d.InternalPod, d.Provenance.InternalPod = found, internalPodRead(r.at.kubernetes(), places)
	if d.StaticPodUID, err = readStaticPodUID(r.source.Dir); err != nil {
		return err
	}
	d.Provenance.StaticPodUID = staticPodUIDRead(r.at.kubernetes())
	return d.write(r.path)
}

func internalPodRead(version string, places []string) *read {
	return &read{"k8s.io/kubernetes", version, places, "time: src/time/time.go of the Go that built it"}
}
