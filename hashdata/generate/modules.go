package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// Modules come through the go command and stay in its cache; what it lists is not all that it can fetch, so a version that is
// not listed is asked for before it is given up.

type module struct{ Path, Version, Dir, Error string }

func fetch(path, version string) (module, error) {
	out, err := goCommand("go", "mod", "download", "-json", path+"@"+version)
	var m module
	if jsonErr := json.Unmarshal(out, &m); jsonErr != nil {
		return m, fmt.Errorf("%s@%s: %v", path, version, err)
	}
	if m.Error != "" {
		return m, fmt.Errorf("%s", m.Error)
	}
	return m, nil
}

func listed(path string) ([]string, error) {
	out, err := goCommand("go", "list", "-m", "-versions", path)
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(out))[1:], nil
}

// goCommand runs outside of any module, without the user's flags: the toolchains of the era do not know today's.
func goCommand(name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = os.TempDir()
	cmd.Env = append(plainEnv(), "GOFLAGS=-mod=mod")
	return output(cmd)
}

func output(cmd *exec.Cmd) ([]byte, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, stderr.String())
	}
	return out, err
}

// plainEnv spells out where modules come from, and shuts off the rest of "go env -w".
func plainEnv() []string {
	env := []string{"GOENV=off", "GO111MODULE=on", "CGO_ENABLED=0", "GOTOOLCHAIN=local"}
	for _, v := range os.Environ() {
		if !regexp.MustCompile(`^(GO111MODULE|GOENV|GOFLAGS|GOTOOLCHAIN|GOROOT|CGO_ENABLED|GOWORK|GOPROXY|GOSUMDB|GOPATH)=`).MatchString(v) {
			env = append(env, v)
		}
	}
	for _, name := range []string{"GOPROXY", "GOSUMDB", "GOPATH"} {
		out, err := exec.Command("go", "env", name).Output()
		if err == nil {
			env = append(env, name+"="+strings.TrimSpace(string(out)))
		}
	}
	return env
}

// lastPatch is the last release of a minor whose source can be had. Known are the listed ones and those of the file at hand.
func lastPatch(m minor, known []patch) (patch, module, error) {
	all, err := listed("k8s.io/kubernetes")
	if err != nil {
		return patch{}, module{}, err
	}
	for _, v := range all {
		if p, err := parsePatch(v); err == nil && p.minor == m {
			known = append(known, p)
		}
	}
	sort.Slice(known, func(i, j int) bool { return known[i].n > known[j].n })
	for _, p := range known {
		if source, err := fetch("k8s.io/kubernetes", p.kubernetes()); err == nil {
			return p, source, nil
		}
	}
	return patch{}, module{}, fmt.Errorf("no release of %s can be had; name one, such as %s.0", m, m)
}

// nearestSource is the source of a release or, where that cannot be had, of the nearest earlier patch of its minor.
func nearestSource(p patch) (patch, module, error) {
	var first error
	for n := p.n; n >= 0; n-- {
		q := patch{p.minor, n}
		m, err := fetch("k8s.io/kubernetes", q.kubernetes())
		if err == nil {
			return q, m, nil
		}
		if first == nil {
			first = err
		}
	}
	return p, module{}, first
}

// fetchStaging gets a library of a release, or of the nearest earlier release of its minor that has one (0.18.19 stands in for
// 0.18.20, which was never tagged in a way that can be had).
func fetchStaging(path string, p patch) (module, error) {
	var first error
	for n := p.n; n >= 0; n-- {
		m, err := fetch(path, patch{p.minor, n}.staging())
		if err == nil {
			return m, nil
		}
		if first == nil {
			first = err
		}
	}
	return module{}, first
}

// toolchain is the Go to build with: the one wanted or, if that cannot be had, the nearest of its line.
// The typed era is built with 1.13.15, the first Go that is at home with modules: encoding/json plays no part there, and spew,
// fmt and strconv print its values the same.
func toolchain(m minor, wanted goVersion) (goVersion, string, error) {
	if m <= 15 {
		wanted = goVersion{13, 15}
	}
	candidates := []goVersion{wanted}
	all, err := listed("golang.org/toolchain")
	if err != nil {
		return wanted, "", err
	}
	var line []goVersion
	for _, v := range all {
		v = strings.TrimPrefix(v, "v0.0.1-go")
		if g, err := parseGo(strings.TrimSuffix(v, ".linux-amd64")); err == nil && g.line == wanted.line && g != wanted {
			line = append(line, g)
		}
	}
	var failed error
	for _, g := range append(candidates, wanted.byDistance(line)...) {
		root, err := goRoot(g)
		if err == nil {
			return g, filepath.Join(root, "bin", "go"), nil
		}
		failed = err
	}
	return wanted, "", fmt.Errorf("no Go of the line 1.%d can be had: %w", wanted.line, failed)
}

func goRoot(g goVersion) (string, error) {
	cmd := exec.Command("go", "env", "GOROOT")
	cmd.Dir = os.TempDir()
	cmd.Env = append(plainEnv(), "GOTOOLCHAIN=go"+g.String())
	out, err := output(cmd)
	return strings.TrimSpace(string(out)), err
}
