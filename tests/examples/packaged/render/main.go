// Renders a chart as `helm template` does, by helm's own engine: render RELEASE CHART.
package main

import (
	"fmt"
	"os"
	"path"
	"sort"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

func main() {
	chart, err := loader.Load(os.Args[2])
	check(err)
	values, err := chartutil.ToRenderValues(chart, nil, chartutil.ReleaseOptions{Name: os.Args[1], Namespace: "default", Revision: 1, IsInstall: true}, chartutil.DefaultCapabilities)
	check(err)
	files, err := engine.Render(chart, values)
	check(err)
	names := []string{}
	for name := range files {
		if !strings.HasPrefix(path.Base(name), "_") {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Printf("---\n# Source: %s\n%s\n", name, files[name])
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
