package main

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

// What a field of a KubeletConfiguration holds, by its type in Go: what else is written there is not decoded, and the kubelet ends. The
// types of other packages of Kubernetes are read, too; their names have their packages before them.

var kindByType = map[string]string{
	"bool": "switch", "int32": "number", "int64": "long", "int": "long", "uint32": "natural", "float64": "fraction", "string": "word",
	"[]string": "list", "[]int32": "numbers",
	"map[string]string": "map", "map[string]bool": "switches", "map[string][]string": "lists",
	"time.Duration":                                     "long",
	"apimachinery/pkg/apis/meta/v1.Duration":            "length",
	"apimachinery/pkg/api/resource.Quantity":            "quantity",
	"apimachinery/pkg/api/resource.QuantityValue":       "quantity",
	"map[string]apimachinery/pkg/api/resource.Quantity": "quantities",
}

// decodesItself is what is decoded by a method of its own, which takes a duration, or a number of nanoseconds.
const decodesItself, lengthOrNumber = ".TimeOrMetaDuration", "length-or-number"

// namesIn tells how types are called in a file.
type namesIn struct {
	prefix   string
	imported map[string]string
}

func imports(file *ast.File) map[string]string {
	found := map[string]string{}
	for _, one := range file.Imports {
		path, _ := strconv.Unquote(one.Path.Value)
		name := filepath.Base(path)
		if one.Name != nil {
			name = one.Name.Name
		}
		found[name] = strings.TrimPrefix(path, "k8s.io/")
	}
	return found
}

func (n namesIn) text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return n.text(e.X)
	case *ast.ArrayType:
		return "[]" + n.text(e.Elt)
	case *ast.MapType:
		return "map[" + n.text(e.Key) + "]" + n.text(e.Value)
	case *ast.SelectorExpr:
		return n.imported[print(token.NewFileSet(), e.X)] + "." + e.Sel.Name
	case *ast.Ident:
		if _, builtin := kindByType[e.Name]; builtin || n.prefix == "" {
			return e.Name
		}
		return n.prefix + e.Name
	}
	return print(token.NewFileSet(), e)
}

// load reads the package of a type, where that is one of Kubernetes' own that is not read yet.
func (c *configuration) load(of string) error {
	of = of[strings.LastIndex(of, "]")+1:]
	at := strings.LastIndex(of, ".")
	if at < 0 || !(strings.HasPrefix(of, "component-base/") || strings.HasPrefix(of, "api/")) {
		return nil
	}
	if _, known := c.structs[of]; known || c.named[of] != "" {
		return nil
	}
	library, path, _ := strings.Cut(of[:at], "/")
	m, err := fetchStaging("k8s.io/"+library, c.at)
	if err != nil {
		return err
	}
	files, err := packageFiles(filepath.Join(m.Dir, path))
	if err != nil {
		return err
	}
	c.loaded = append(c.loaded, "k8s.io/"+of[:at])
	for _, file := range files {
		c.addTypes(file, of[:at+1])
	}
	for _, m := range c.structs[of] {
		if err := c.load(m.of); err != nil {
			return err
		}
	}
	return c.load(c.named[of])
}

// plain is a type without the names that stand for others.
func (c *configuration) plain(of string) string {
	for {
		switch {
		case c.named[of] != "":
			of = c.named[of]
		case strings.HasPrefix(of, "[]"):
			return "[]" + c.plainMember(of[2:])
		case strings.HasPrefix(of, "map["):
			key, value, _ := strings.Cut(of[4:], "]")
			return "map[" + c.plainMember(key) + "]" + c.plainMember(value)
		default:
			return of
		}
	}
}

func (c *configuration) plainMember(of string) string {
	if _, opens := c.structs[of]; opens {
		return of
	}
	return c.plain(of)
}

// kind is empty for what decodes itself in a way that is not told here.
func (c *configuration) kind(m member) string {
	if strings.HasSuffix(m.of, decodesItself) {
		return lengthOrNumber
	}
	of := c.plain(m.of)
	if kind := kindByType[of]; kind != "" {
		if kind == "length" && m.pointer {
			return "length-or-null"
		}
		return kind
	}
	if _, opens := c.structs[of]; opens {
		return "structure"
	}
	if _, opens := c.structs[strings.TrimPrefix(of, "[]")]; opens {
		return "records"
	}
	return ""
}
