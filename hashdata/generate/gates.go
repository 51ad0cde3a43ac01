package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

// gate is a feature gate's state in one minor.
type gate struct {
	Default bool   `json:"default"`
	Stage   string `json:"stage"`
	Locked  bool   `json:"locked"`
}

// readGates reads the defaults of all of the kubelet's own gates: a map from gate to spec up to 1.31, and from gate to a list of specs by
// minor since. A gate that a minor does not have is left out of its file: naming it in a kubelet's configuration stops that kubelet.
func readGates(root string, m minor) (map[string]gate, error) {
	paths, err := filepath.Glob(filepath.Join(root, gatesPath, "*.go"))
	if err != nil {
		return nil, err
	}
	names, specs := map[string]string{}, map[string]ast.Expr{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return nil, err
		}
		collectGates(file, names, specs)
	}
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
				if text, ok := value.(*ast.BasicLit); ok && text.Kind == token.STRING {
					gate, _ := strconv.Unquote(text.Value)
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
	var since minor
	for _, element := range literal.Elts {
		pair := element.(*ast.KeyValueExpr)
		value := print(token.NewFileSet(), pair.Value)
		switch key := pair.Key.(*ast.Ident).Name; key {
		case "Default":
			g.Default = value == "true"
		case "LockToDefault":
			g.Locked = value == "true"
		case "PreRelease":
			g.Stage = strings.ToLower(value[strings.LastIndex(value, ".")+1:])
		case "Version":
			if _, err := fmt.Sscanf(value, `version.MustParse("1.%d")`, &since); err != nil {
				return g, since, fmt.Errorf("version %s: %w", value, err)
			}
		case "MinCompatibilityVersion": // how far a control plane may emulate an older one
		default:
			return g, since, fmt.Errorf("a property not met before: %s", key)
		}
	}
	return g, since, nil
}
