package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// gate is a feature gate's state in the newest patch of a minor, and the patch that brought it, 0 for the minor's first release; before is
// what it was up to patches that made it another, the last first.
type gate struct {
	Default    bool         `json:"default"`
	Stage      string       `json:"stage"`
	Locked     bool         `json:"locked"`
	SincePatch int          `json:"since_patch,omitempty"`
	Before     []gateBefore `json:"before,omitempty"`
}

// readGates reads the defaults of all of the kubelet's own gates: a map from gate to spec up to 1.31, and from gate to a list of specs by
// minor since. A gate that a minor does not have is left out of its file: naming it in a kubelet's configuration stops that kubelet.
func readGates(root string, m minor) (map[string]gate, error) {
	paths, err := filepath.Glob(filepath.Join(root, gatesPath, "*.go"))
	if err != nil {
		return nil, err
	}
	names, specs, switches := map[string]string{}, map[string]ast.Expr{}, map[string]bool{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return nil, err
		}
		collectGates(file, names, specs)
		addSwitches(file, switches)
	}
	writeOut(specs, switches)
	found := map[string]gate{}
	for name, constant := range names {
		spec, ok := specs[constant]
		if !ok {
			continue
		}
		g, known, err := gateAt(spec, m)
		if err != nil {
			return nil, fmt.Errorf("%s: gate %s: %w", gatesPath, name, err)
		}
		if known {
			found[name] = g
		}
	}
	return found, nil
}

// collectGates finds the constants that name gates (by the gate's text) and the entries of every map keyed by one.
func collectGates(file *ast.File, names map[string]string, specs map[string]ast.Expr) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for i, value := range n.Values {
				if gate := gateText(value); gate != "" {
					names[gate] = n.Names[i].Name
				}
			}
		case *ast.KeyValueExpr:
			key, ok := n.Key.(*ast.Ident)
			if value, composite := n.Value.(*ast.CompositeLit); ok && composite && isSpec(value) {
				specs[key.Name] = value
			}
		}
		return true
	})
}

// addSwitches finds the constants that are true or false, by which a default may be told (contextualLoggingDefault).
func addSwitches(file *ast.File, switches map[string]bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for i, value := range spec.Values {
				if is, named := value.(*ast.Ident); named && (is.Name == "true" || is.Name == "false") {
					switches[spec.Names[i].Name] = is.Name == "true"
				}
			}
		}
		return true
	})
}

// writeOut puts what such constants are in their place.
func writeOut(specs map[string]ast.Expr, switches map[string]bool) {
	for _, spec := range specs {
		ast.Inspect(spec, func(n ast.Node) bool {
			if pair, ok := n.(*ast.KeyValueExpr); ok {
				if named, ok := pair.Value.(*ast.Ident); ok {
					if on, known := switches[named.Name]; known {
						pair.Value = ast.NewIdent(strconv.FormatBool(on))
					}
				}
			}
			return true
		})
	}
}

// gateText is the text of a constant that may name a gate: written out, or converted on the spot.
func gateText(value ast.Expr) string {
	if call, ok := value.(*ast.CallExpr); ok && len(call.Args) == 1 && isFeature(call.Fun) {
		value = call.Args[0]
	}
	text, ok := value.(*ast.BasicLit)
	if !ok || text.Kind != token.STRING {
		return ""
	}
	gate, _ := strconv.Unquote(text.Value)
	return gate
}

// isFeature tells the type of gates' names, by whatever package it is had.
func isFeature(what ast.Expr) bool {
	switch what := what.(type) {
	case *ast.Ident:
		return what.Name == "Feature"
	case *ast.SelectorExpr:
		return what.Sel.Name == "Feature"
	}
	return false
}

// libraries whose gates a kubelet takes beside its own, since one process has one set of gates; the last came with 1.30.
var gateLibraries = []struct {
	path  string
	since minor
}{
	{"k8s.io/apiserver", 15},
	{"k8s.io/apiextensions-apiserver", 15},
	{"k8s.io/component-base", 15},
	{"k8s.io/client-go", 30},
}

// readOtherGates reads the gates that a kubelet of a release takes beside those of its own list: the two that switch all alpha and all
// beta gates, those that its list has from other packages, and what the libraries give defaults, some of which it may not take. Nil stands
// for a gate whose defaults are not read.
func readOtherGates(root string, p patch, own map[string]gate) (map[string]*gate, error) {
	found := map[string]*gate{"AllAlpha": nil, "AllBeta": nil}
	for _, library := range gateLibraries {
		if p.minor < library.since {
			continue
		}
		m, err := fetchStaging(library.path, p)
		if err != nil {
			return nil, err
		}
		var sources []string
		err = filepath.WalkDir(m.Dir, func(path string, entry os.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".go") && strings.Contains(filepath.Base(path), "features") {
				sources = append(sources, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		names, specs, switches := map[string]string{}, map[string]ast.Expr{}, map[string]bool{}
		err = eachFile(sources, func(file *ast.File) {
			addDeclared(file, names)
			collectGates(file, map[string]string{}, specs)
			addSwitches(file, switches)
		})
		if err != nil {
			return nil, err
		}
		writeOut(specs, switches)
		for name, constant := range names {
			if spec, listed := specs[constant]; listed { // a name alone (LoggingStableOptions) is no gate
				found[name] = specified(spec, p.minor)
			}
		}
	}
	paths, err := filepath.Glob(filepath.Join(root, gatesPath, "*.go"))
	if err != nil {
		return nil, err
	}
	if err := eachFile(paths, func(file *ast.File) { addTakenOver(file, p.minor, found) }); err != nil {
		return nil, err
	}
	for name := range own {
		delete(found, name)
	}
	return found, nil
}

// specified are the defaults that a library gives a gate; nil where they are written in a way that is not read here.
func specified(spec ast.Expr, m minor) *gate {
	if spec == nil {
		return nil
	}
	literal, ok := spec.(*ast.CompositeLit)
	if !ok || len(literal.Elts) == 0 {
		return nil
	}
	g, known, err := gateAt(spec, m)
	if err != nil || !known {
		return nil
	}
	return &g
}

func eachFile(paths []string, look func(*ast.File)) error {
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		look(file)
	}
	return nil
}

// addTakenOver finds entries of a map of gates whose keys are constants of another package; these are called as their gates are.
func addTakenOver(file *ast.File, m minor, found map[string]*gate) {
	ast.Inspect(file, func(n ast.Node) bool {
		if pair, ok := n.(*ast.KeyValueExpr); ok {
			key, selected := pair.Key.(*ast.SelectorExpr)
			if value, composite := pair.Value.(*ast.CompositeLit); selected && composite && isSpec(value) {
				if g := specified(value, m); g != nil || found[key.Sel.Name] == nil {
					found[key.Sel.Name] = g
				}
			}
		}
		return true
	})
}

// addDeclared finds the constants of the type of gates' names.
func addDeclared(file *ast.File, names map[string]string) {
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, value := range spec.Values {
			call, converted := value.(*ast.CallExpr)
			if gate := gateText(value); gate != "" && ((spec.Type != nil && isFeature(spec.Type)) || (converted && isFeature(call.Fun))) {
				names[gate] = spec.Names[i].Name
			}
		}
		return true
	})
}

// isSpec tells a gate's defaults from the newer table of gates that depend on others.
func isSpec(value *ast.CompositeLit) bool {
	for _, element := range value.Elts {
		switch element := element.(type) {
		case *ast.KeyValueExpr:
			return true
		case *ast.CompositeLit:
			return isSpec(element)
		}
	}
	return false
}

func gateAt(spec ast.Expr, m minor) (gate, bool, error) {
	literal := spec.(*ast.CompositeLit)
	if _, flat := literal.Elts[0].(*ast.KeyValueExpr); flat {
		g, _, err := readGate(literal)
		return g, true, err
	}
	var found gate
	known := false
	for _, element := range literal.Elts {
		g, since, err := readGate(element.(*ast.CompositeLit))
		if err != nil {
			return g, false, err
		}
		if since <= m {
			found, known = g, true
		}
	}
	return found, known, nil
}

func readGate(literal *ast.CompositeLit) (gate, minor, error) {
	var g gate
	var since, company minor
	for _, element := range literal.Elts {
		pair := element.(*ast.KeyValueExpr)
		value := print(token.NewFileSet(), pair.Value)
		switch key := pair.Key.(*ast.Ident).Name; key {
		case "Default", "LockToDefault":
			on, err := strconv.ParseBool(value)
			if err != nil {
				return g, since, fmt.Errorf("%s is %s, which is not read here", key, value)
			}
			if key == "Default" {
				g.Default = on
			} else {
				g.Locked = on
			}
		case "PreRelease":
			g.Stage = strings.ToLower(value[strings.LastIndex(value, ".")+1:])
		case "Version":
			if _, err := fmt.Sscanf(value, `version.MustParse("1.%d")`, &since); err != nil {
				return g, since, fmt.Errorf("version %s: %w", value, err)
			}
		case "MinCompatibilityVersion": // holds only where nothing older need be kept company; a kubelet keeps that of the minor before
			if _, err := fmt.Sscanf(value, `version.MustParse("1.%d")`, &company); err != nil {
				return g, since, fmt.Errorf("version %s: %w", value, err)
			}
		default:
			return g, since, fmt.Errorf("a property not met before: %s", key)
		}
	}
	if company > 0 { // so that such a default holds from the next minor on
		since = max(since, company+1)
	}
	return g, since, nil
}
