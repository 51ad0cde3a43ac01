package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// The flags that a kubelet takes: those that its options register, and what it takes over from libraries that log or look at containers.
// Releases up to 1.9 take every flag that any library registers; which these are is not read, so that their lists are not whole.

const (
	optionsPath      = "cmd/kubelet/app/options"
	runtimeFlagsPath = "pkg/kubelet/config/flags.go"
	firstWithList    = minor(10)
	cadvisorFlags    = "github.com/google/cadvisor/lib"
)

// flag is what one minor makes of a flag: whether it calls it deprecated or hides it, the flag that it names in its place, the field of
// KubeletConfiguration that it sets, and what its values are (flagtypes.go).
type flag struct {
	Type       string `json:"type,omitempty"`
	Deprecated bool   `json:"deprecated,omitempty"`
	Hidden     bool   `json:"hidden,omitempty"`
	Instead    string `json:"instead,omitempty"`
	Field      string `json:"field,omitempty"`
}

// always are the flags that every command line of the kind has.
var always = map[string]string{"--help": "bool", "--version": "version"}

var (
	registers   = regexp.MustCompile(`^(Var|VarP|(Bool|String|StringSlice|Int|Int32|Int64|Uint|Uint64|Float64|Duration)(Var|VarP)?)$`)
	takesOver   = regexp.MustCompile(`^(register|registerDeprecated|pflagRegister|pflagRegisterDeprecated)$`)
	namedInText = regexp.MustCompile(`(?i)(?:use|favor of|please use) +(--[a-z][a-z0-9-]+)`)
	// ofConfiguration registers what sets the configuration, ofLogging what a part of it does for logs.
	ofConfiguration = regexp.MustCompile(`^AddKubeletConfigFlags$`)
	ofLogging       = regexp.MustCompile(`^(BindLoggingFlags|[aA]ddFlags)$`)
	elsewhere       = regexp.MustCompile(`(_test|_windows|_others?|_providerless)\.go$`)
)

// flagReader gathers the flags of one release.
type flagReader struct {
	found  map[string]*flag
	fields *configuration
	consts map[string]string
	klog   bool
	inLogs bool
	inKlog bool
	logs   string          // the field that is given to what registers the flags of logging
	kept   map[string]bool // flags that stay in use, where those of the configuration are called deprecated; nil where these are not
	types  valueTypes
}

func readFlags(root string, p patch, fields *configuration) (map[string]*flag, []string, error) {
	r := &flagReader{found: map[string]*flag{}, fields: fields, consts: map[string]string{}, types: valueTypes{}}
	for name, kind := range always {
		r.found[name] = &flag{Type: kind}
	}
	places := []string{optionsPath}
	own, err := packageFiles(filepath.Join(root, optionsPath))
	if err != nil {
		return nil, nil, err
	}
	if runtime := filepath.Join(root, runtimeFlagsPath); isFile(runtime) {
		file, err := parser.ParseFile(token.NewFileSet(), runtime, nil, 0)
		if err != nil {
			return nil, nil, err
		}
		own, places = append(own, file), append(places, runtimeFlagsPath)
	}
	if err := r.addTakenConstants(root, own); err != nil {
		return nil, nil, err
	}
	r.types.addMembers(own)
	if err := r.types.addVariants(root); err != nil {
		return nil, nil, err
	}
	for _, file := range own {
		r.addFile(file)
	}
	if p.minor < firstWithList {
		return r.found, places, nil
	}
	logs, place, err := loggingFiles(root, p)
	if err != nil {
		return nil, nil, err
	}
	places = append(places, place...)
	if err := r.types.addMembersOfLogs(p, logs); err != nil {
		return nil, nil, err
	}
	for _, file := range logs {
		r.addConstants(file)
	}
	r.inLogs = true
	for _, file := range logs {
		r.addFile(file)
	}
	if r.klog {
		if err := r.addKlog(root, logs); err != nil {
			return nil, nil, err
		}
		places = append(places, "k8s.io/klog")
	}
	taken, err := r.addTypesOfTaken(root)
	return r.found, append(places, taken...), err
}

func isFile(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// packageFiles are a package's sources as they are built for Linux, with everything that is optional.
func packageFiles(dir string) ([]*ast.File, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, path := range paths {
		if elsewhere.MatchString(path) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// loggingFiles are the sources of what a kubelet logs with: a package of the API server's library up to 1.13, one of component-base after it.
func loggingFiles(root string, p patch) ([]*ast.File, []string, error) {
	dirs, places := []string{}, []string{}
	if p.minor < 15 {
		for _, place := range []string{"component-base/logs", "apiserver/pkg/util/logs"} {
			place = stagingPath + place
			if isFile(filepath.Join(root, place)) {
				dirs, places = append(dirs, filepath.Join(root, place)), append(places, place)
				break
			}
		}
	} else {
		base, err := fetchStaging("k8s.io/component-base", p)
		if err != nil {
			return nil, nil, err
		}
		for _, place := range []string{"logs", "logs/api/v1"} {
			if isFile(filepath.Join(base.Dir, place)) {
				dirs, places = append(dirs, filepath.Join(base.Dir, place)), append(places, "k8s.io/component-base/"+place)
			}
		}
	}
	var files []*ast.File
	for _, dir := range dirs {
		found, err := packageFiles(dir)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, found...)
	}
	return files, places, nil
}

func (r *flagReader) addConstants(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for i, value := range spec.Values {
				if text, ok := value.(*ast.BasicLit); ok && text.Kind == token.STRING {
					r.consts[spec.Names[i].Name], _ = strconv.Unquote(text.Value)
				}
			}
		}
		return true
	})
}

// addTakenConstants reads the names of cadvisor's flags where its own package gives them (1.37).
func (r *flagReader) addTakenConstants(root string, files []*ast.File) error {
	for _, file := range files {
		r.addConstants(file)
		for _, imported := range file.Imports {
			path, _ := strconv.Unquote(imported.Path.Value)
			if path != cadvisorFlags+"/cadvisorflags" {
				continue
			}
			mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
			if err != nil {
				return err
			}
			m, err := fetch(cadvisorFlags, chosen(string(mod), cadvisorFlags))
			if err != nil {
				return err
			}
			names, err := packageFiles(filepath.Join(m.Dir, "cadvisorflags"))
			if err != nil {
				return err
			}
			for _, one := range names {
				r.addConstants(one)
			}
		}
	}
	return nil
}

func (r *flagReader) addFile(file *ast.File) {
	for _, d := range file.Decls {
		function, ok := d.(*ast.FuncDecl)
		if !ok {
			r.addCalls(d, nil)
			continue
		}
		var registered []string
		r.types.addLocals(function)
		r.addCalls(function, &registered)
		r.markAll(function, registered)
		if r.inLogs && r.logs != "" && ofLogging.MatchString(function.Name.Name) {
			for _, name := range registered {
				f := r.found["--"+name]
				if f.Field == "" {
					f.Field = r.logs
				}
				f.Deprecated = f.Deprecated || (r.kept != nil && !r.kept[name])
			}
		}
	}
}

func (r *flagReader) addCalls(in ast.Node, registered *[]string) {
	ast.Inspect(in, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		name, on := callee(call)
		switch {
		case on == "klog" && name == "InitFlags":
			set, named := call.Args[0].(*ast.Ident)
			r.klog = r.klog || named && flagSet(set.Name)
		case (on == "logs" || on == "logsapi") && len(call.Args) > 0 && r.fields.fieldOf(call.Args[0]) != "":
			r.logs = r.fields.fieldOf(call.Args[0])
		case takesOver.MatchString(name) && len(call.Args) > 2:
			if flagName := r.name(call.Args[2]); flagName != "" {
				f := r.at(flagName)
				if len(call.Args) > 3 {
					f.Deprecated, f.Instead = true, instead(r.text(call.Args[3]))
				}
			}
		case name == "MarkDeprecated" && len(call.Args) == 2:
			if f := r.found["--"+r.name(call.Args[0])]; f != nil { // it marks nothing that is not registered yet
				f.Deprecated, f.Instead = true, instead(r.text(call.Args[1]))
				if f.Instead == "--"+r.name(call.Args[0]) {
					f.Instead = ""
				}
			}
		case name == "MarkHidden" && len(call.Args) == 1:
			if f := r.found["--"+r.name(call.Args[0])]; f != nil {
				f.Hidden = true
			}
		case registers.MatchString(name) && len(call.Args) >= 3:
			at := 1
			if !strings.Contains(name, "Var") {
				at = 0
			}
			if flagName := r.name(call.Args[at]); flagName != "" && flagSet(on) {
				f := r.at(flagName)
				if kind := r.types.of(name, call.Args[0]); kind != "" && !(r.inKlog && f.Type != "") { // what is registered before is not replaced
					f.Type = kind
				}
				if field := r.fieldOf(call.Args[0]); field != "" {
					f.Field = field
				}
				if registered != nil {
					*registered = append(*registered, flagName)
				}
			}
		}
		return true
	})
}

// fieldOf is the field that a flag sets; in what is given the field of logs as c, one of its members.
func (r *flagReader) fieldOf(first ast.Expr) string {
	if r.inLogs && r.logs != "" {
		return r.fields.fieldWithin(r.logs, first)
	}
	return r.fields.fieldOf(first)
}

// markAll marks what a function registers as deprecated where it does so with all of it, but for a list of exceptions.
func (r *flagReader) markAll(function *ast.FuncDecl, registered []string) {
	all, kept := false, map[string]bool{}
	ast.Inspect(function, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if target, ok := n.Lhs[0].(*ast.SelectorExpr); ok && target.Sel.Name == "Deprecated" {
				all = true
			}
		case *ast.KeyValueExpr:
			if name := r.name(n.Key); name != "" && print(token.NewFileSet(), n.Value) == "true" {
				kept[name] = true
			}
		}
		return true
	})
	if all && ofConfiguration.MatchString(function.Name.Name) {
		r.kept = kept
	}
	for _, name := range registered {
		if f := r.found["--"+name]; all && !kept[name] {
			f.Deprecated = true
		}
	}
}

// addKlog takes all of klog's flags; from 1.23 on component-base calls those deprecated that it has no case for.
func (r *flagReader) addKlog(root string, logs []*ast.File) error {
	klog, err := klogModule(root)
	if err != nil {
		return err
	}
	files, err := packageFiles(klog.Dir)
	if err != nil {
		return err
	}
	r.types.addMembers(files)
	r.inKlog = true
	cases := casesBeforeDeprecating(r, logs)
	before := map[string]bool{}
	for name := range r.found {
		before[name] = true
	}
	for _, file := range files {
		for _, d := range file.Decls {
			if function, ok := d.(*ast.FuncDecl); ok && function.Name.Name == "InitFlags" {
				r.addCalls(function, nil)
			}
		}
	}
	for name, f := range r.found {
		if !before[name] && cases != nil && !cases[strings.TrimPrefix(name, "--")] {
			f.Deprecated = true
		}
	}
	return nil
}

// klogModule is the klog that a release is built with, of whichever major.
func klogModule(root string) (module, error) {
	if mod, err := os.ReadFile(filepath.Join(root, "go.mod")); err == nil {
		for _, path := range []string{"k8s.io/klog/v2", "k8s.io/klog"} {
			if version := chosen(string(mod), path); version != "" {
				return fetch(path, version)
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(root, godepsPath))
	if err != nil {
		return module{}, err
	}
	found := regexp.MustCompile(`"ImportPath": "k8s.io/klog",(?:\s*"Comment": "[^"]*",)?\s*"Rev": "([0-9a-f]+)"`).FindSubmatch(text)
	if found == nil {
		return module{}, fmt.Errorf("%s names no klog", godepsPath)
	}
	return fetch("k8s.io/klog", string(found[1]))
}

// casesBeforeDeprecating are the flags of a switch whose default calls a flag deprecated; nil where there is none.
func casesBeforeDeprecating(r *flagReader, files []*ast.File) map[string]bool {
	var found map[string]bool
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			choice, ok := n.(*ast.SwitchStmt)
			if !ok {
				return true
			}
			cases, deprecates := map[string]bool{}, false
			for _, s := range choice.Body.List {
				clause := s.(*ast.CaseClause)
				for _, e := range clause.List {
					cases[r.name(e)] = true
				}
				for _, done := range clause.Body {
					if a, ok := done.(*ast.AssignStmt); ok && clause.List == nil {
						target, selects := a.Lhs[0].(*ast.SelectorExpr)
						deprecates = deprecates || selects && target.Sel.Name == "Deprecated"
					}
				}
			}
			if deprecates {
				found = cases
			}
			return true
		})
	}
	return found
}

func (r *flagReader) at(name string) *flag {
	name = "--" + name
	if r.found[name] == nil {
		r.found[name] = &flag{}
	}
	return r.found[name]
}

// name is a flag's name as it stands on a command line, or empty.
func (r *flagReader) name(value ast.Expr) string {
	return strings.ReplaceAll(r.text(value), "_", "-")
}

func (r *flagReader) text(value ast.Expr) string {
	switch value := value.(type) {
	case *ast.BasicLit:
		if value.Kind == token.STRING {
			text, _ := strconv.Unquote(value.Value)
			return text
		}
	case *ast.Ident:
		return r.consts[value.Name]
	case *ast.SelectorExpr:
		return r.consts[value.Sel.Name]
	}
	return ""
}

// instead is the flag that a note on deprecation tells to use.
func instead(text string) string {
	if found := namedInText.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

func callee(call *ast.CallExpr) (name, on string) {
	switch function := call.Fun.(type) {
	case *ast.Ident:
		return function.Name, ""
	case *ast.SelectorExpr:
		return function.Sel.Name, print(token.NewFileSet(), function.X)
	}
	return "", ""
}

// flagSet tells what flags are registered on by how it is called in these packages.
func flagSet(name string) bool {
	switch name {
	case "fs", "local", "mainfs", "pflag", "flag", "packageFlags", "flagset":
		return true
	}
	return false
}
