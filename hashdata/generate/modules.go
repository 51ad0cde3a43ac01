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
	folder, err := os.MkdirTemp("", "outside-") // of its own: a module file that lies about would be taken, and written to
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	cmd.Dir = folder
	cmd.Env = append(plainEnv(), "GOFLAGS=-mod=mod", "GOTOOLCHAIN=auto") // a release may want a newer Go before it is even unpacked
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

// lastPatch is the last release of a minor whose source can be had, and all of its releases that there are. Neither of the two lists is whole:
// they are put together with what is on file, and what would come next is asked for.
func lastPatch(m minor, known []patch) (patch, module, error) {
	all, err := releasesOf(m, known)
	if err != nil {
		return patch{}, module{}, err
	}
	var failed error
	for _, p := range all {
		source, err := fetch("k8s.io/kubernetes", p.kubernetes())
		if err == nil {
			return p, source, nil
		}
		failed = err
	}
	if failed == nil {
		return patch{}, module{}, fmt.Errorf("no release of %s is known; name one, such as %s.0", m, m)
	}
	return patch{}, module{}, fmt.Errorf("no release of %s can be had, for the last that was tried: %w", m, failed)
}

// releasesOf are the releases of a minor, the newest first; where it has none yet, its pre-releases.
func releasesOf(m minor, known []patch) ([]patch, error) {
	found := map[patch]bool{}
	for _, p := range known {
		found[p] = true
	}
	for _, path := range []string{"k8s.io/kubernetes", "k8s.io/api"} {
		versions, err := listed(path)
		if err != nil {
			return nil, err
		}
		for _, v := range versions {
			if strings.HasPrefix(v, "v0.") {
				v = "v1." + strings.TrimPrefix(v, "v0.")
			}
			if p, err := parsePatch(v); err == nil && p.minor == m {
				found[p] = true
			}
		}
	}
	var released, before []patch
	for p := range found {
		if p.pre == "" {
			released = append(released, p)
		} else if p.n == 0 {
			before = append(before, p)
		}
	}
	if len(released) == 0 {
		sort.Slice(before, func(i, j int) bool { return laterPreRelease(before[i].pre, before[j].pre) })
		return before, nil
	}
	sort.Slice(released, func(i, j int) bool { return released[i].n > released[j].n })
	for next := (patch{minor: m, n: released[0].n + 1}); exists(next); next.n++ {
		released = append([]patch{next}, released...)
	}
	return released, nil
}

// laterPreRelease orders alpha.3 before beta.0 before rc.1.
func laterPreRelease(a, b string) bool {
	stage, number, _ := strings.Cut(a, ".")
	otherStage, otherNumber, _ := strings.Cut(b, ".")
	if stage != otherStage {
		return stage > otherStage
	}
	return len(number) > len(otherNumber) || (len(number) == len(otherNumber) && number > otherNumber)
}

// exists asks for a release without its source; its libraries stand for it, too.
func exists(p patch) bool {
	for _, version := range []string{"k8s.io/kubernetes@" + p.kubernetes(), "k8s.io/api@" + p.staging()} {
		if _, err := goCommand("go", "list", "-m", "-json", version); err == nil {
			return true
		}
	}
	return false
}

// nearestSource is the source of a release or, where that cannot be had, of the nearest earlier patch of its minor.
func nearestSource(p patch) (patch, module, error) {
	var first error
	for n := p.n; n >= 0; n-- {
		q := patch{minor: p.minor, n: n}
		if n == p.n {
			q = p
		}
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
		q := patch{minor: p.minor, n: n}
		if n == p.n {
			q = p
		}
		m, err := fetch(path, q.staging())
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
