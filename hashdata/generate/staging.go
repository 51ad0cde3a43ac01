package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Releases up to 1.14 know no modules: k8s.io/api and k8s.io/apimachinery are folders of the tree, and Godeps.json gives the commit
// of everything else.

const (
	stagingPath = "staging/src/k8s.io/"
	godepsPath  = "Godeps/Godeps.json"
)

var firstWithMod = patch{minor: 15, n: 12}

var stagingLibraries = []string{"api", "apimachinery"}

// treeLibraries are what the API types and the JSON decoder import, directly or not.
var treeLibraries = append([]string{
	"github.com/PuerkitoBio/purell", "github.com/PuerkitoBio/urlesc", "github.com/emicklei/go-restful", "github.com/ghodss/yaml",
	"github.com/go-openapi/jsonpointer", "github.com/go-openapi/jsonreference", "github.com/go-openapi/spec",
	"github.com/go-openapi/swag", "github.com/golang/glog", "github.com/golang/protobuf", "github.com/google/gofuzz",
	"github.com/mailru/easyjson", "github.com/spf13/pflag", "golang.org/x/net", "golang.org/x/text", "gopkg.in/yaml.v2",
	"k8s.io/klog", "k8s.io/kube-openapi", "sigs.k8s.io/yaml",
}, watchedLibraries...)

type godep struct{ ImportPath, Rev string }

func (o *oracle) goModFromTree() (string, error) {
	prefix := func(name string) origin {
		folder := stagingPath + name + "/"
		return origin{"k8s.io/kubernetes", o.read.kubernetes(), filepath.Join(o.source.Dir, folder), folder}
	}
	o.api, o.base = prefix("api"), prefix("apimachinery")
	text, err := os.ReadFile(filepath.Join(o.source.Dir, godepsPath))
	if err != nil {
		return "", err
	}
	var godeps struct{ Deps []godep }
	if err := json.Unmarshal(text, &godeps); err != nil {
		return "", err
	}
	var mod strings.Builder
	mod.WriteString("module oracle.test\n\ngo 1.13\n\n")
	for _, name := range stagingLibraries {
		fmt.Fprintf(&mod, "require k8s.io/%s v0.0.0\n\nreplace k8s.io/%s => ./staging/%s\n\n", name, name, name)
	}
	for _, lib := range treeLibraries {
		dep, ok := findGodep(godeps.Deps, lib)
		if !ok || lib == "k8s.io/utils" { // there, but not imported yet
			continue
		}
		version, err := godepVersion(lib, dep)
		if err != nil && slices.Contains(watchedLibraries, lib) {
			return "", err
		}
		if err != nil {
			version, err = firstModVersion(lib)
		}
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&mod, "require %s %s\n\nreplace %s => %s %s\n\n", lib, version, lib, lib, version)
	}
	return mod.String(), nil
}

func findGodep(deps []godep, lib string) (godep, bool) {
	for _, dep := range deps {
		if dep.ImportPath == lib || strings.HasPrefix(dep.ImportPath, lib+"/") {
			return dep, true
		}
	}
	return godep{}, false
}

// commits of the watched libraries by their module versions: a proxy that no longer asks the origin cannot turn a commit into one.
var commits = map[string]string{
	"05fbef0ca5da472bbf96c9322b84a53edc03c9fd": "v0.0.0-20180320133207-05fbef0ca5da",   // reflect2
	"342cbe0a04158f6dcb03ca0079991a51a4248c02": "v0.0.0-20171007142547-342cbe0a0415",   // protobuf
	"782f4967f2dc4564575ca782fe2d04090b5faca8": "v1.1.1-0.20170626231645-782f4967f2dc", // go-spew
	"ab8a2e0c74be9d3be70b3184d9acc634935ded82": "v0.0.0-20180701071628-ab8a2e0c74be",   // json-iterator
	"94122c33edd36123c84d5368cfb2b69df93a0ec8": "v1.0.1",                               // reflect2
	"bacd9c7ef1dd9b15be4a9909b8ac7a4e313eec94": "v0.0.0-20180306012644-bacd9c7ef1dd",   // concurrent
	"3887ee99ecf07df5b447e9b00d9c0b2adaa9f3e4": "v0.9.0",                               // inf
	"c0656edd0d9eab7c66d1eb0c568f9039345796f7": "v0.0.0-20170330071051-c0656edd0d9e",   // protobuf
	"f2b4162afba35581b6d4a50d3b8f34e33c144682": "v0.0.0-20180612202835-f2b4162afba3",   // json-iterator
}

// godepVersion is the module version of a vendored commit.
func godepVersion(lib string, dep godep) (string, error) {
	revision := dep.Rev
	if version, ok := commits[revision]; ok {
		revision = version
	}
	m, err := fetch(lib, revision)
	return m.Version, err
}

// firstModVersion serves libraries that have no say in the hash and only need to compile: what the first release with a go.mod uses.
func firstModVersion(lib string) (string, error) {
	source, err := fetch("k8s.io/kubernetes", firstWithMod.kubernetes())
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(source.Dir, "go.mod"))
	if err != nil {
		return "", err
	}
	if version := chosen(string(text), lib); version != "" {
		return version, nil
	}
	return "", fmt.Errorf("%s does not use %s", firstWithMod, lib)
}

// copyStaging puts the tree's libraries beside the probe: a module needs a go.mod, and the module cache cannot be written to.
func (o *oracle) copyStaging(work string) error {
	if o.api.Prefix == "" {
		return nil
	}
	for _, name := range stagingLibraries {
		to := filepath.Join(work, "staging", name)
		if err := os.CopyFS(to, os.DirFS(filepath.Join(o.source.Dir, stagingPath, name))); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, "go.mod"), []byte("module k8s.io/"+name+"\n\ngo 1.13\n"), 0o644); err != nil {
			return err
		}
	}
	return nil
}
