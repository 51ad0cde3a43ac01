package main

import (
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// minor is the N of 1.N.
type minor int

func (m minor) String() string { return "1." + strconv.Itoa(int(m)) }

// patch is a release, such as 1.22.17, or a pre-release of a minor's first: 1.38.0-beta.0.
type patch struct {
	minor minor
	n     int
	pre   string
}

func (p patch) String() string { return p.release() + p.suffix() }

// release is what a pre-release comes before, and of a release itself.
func (p patch) release() string { return fmt.Sprintf("%s.%d", p.minor, p.n) }

func (p patch) suffix() string {
	if p.pre == "" {
		return ""
	}
	return "-" + p.pre
}

// preRelease is the whole of it, empty of a release.
func (p patch) preRelease() string {
	if p.pre == "" {
		return ""
	}
	return p.String()
}

func (p patch) kubernetes() string { return "v" + p.String() }

// staging is the version that the libraries of this release carry: 0.22.17 for 1.22.17.
func (p patch) staging() string { return fmt.Sprintf("v0.%d.%d%s", int(p.minor), p.n, p.suffix()) }

var patchText = regexp.MustCompile(`^v?1\.([0-9]+)\.([0-9]+)(?:-((?:alpha|beta|rc)\.[0-9]+))?$`)

func parsePatch(s string) (patch, error) {
	found := patchText.FindStringSubmatch(s)
	if found == nil {
		return patch{}, fmt.Errorf("%q is no Kubernetes release, such as 1.22.17", s)
	}
	m, err := strconv.Atoi(found[1])
	if err != nil {
		return patch{}, fmt.Errorf("%q is no Kubernetes release: %w", s, err)
	}
	n, err := strconv.Atoi(found[2])
	if err != nil {
		return patch{}, fmt.Errorf("%q is no Kubernetes release: %w", s, err)
	}
	return patch{minor(m), n, found[3]}, nil
}

// goVersion is a Go release, such as 1.22.5. Before 1.21 the first release of a line had no third number.
type goVersion struct{ line, n int }

func (g goVersion) String() string {
	if g.n == 0 && g.line < 21 {
		return fmt.Sprintf("1.%d", g.line)
	}
	return fmt.Sprintf("1.%d.%d", g.line, g.n)
}

func parseGo(s string) (goVersion, error) {
	parts := strings.Split(strings.TrimPrefix(s, "go"), ".")
	if len(parts) < 2 || len(parts) > 3 || parts[0] != "1" {
		return goVersion{}, fmt.Errorf("%q is no Go release", s)
	}
	numbers := make([]int, 2)
	for i, part := range parts[1:] {
		n, err := strconv.Atoi(part)
		if err != nil {
			return goVersion{}, fmt.Errorf("%q is no final Go release: %w", s, err)
		}
		numbers[i] = n
	}
	return goVersion{numbers[0], numbers[1]}, nil
}

// shortEscapes is the one Go change that ever touched the hash: encoding/json writes U+0008 and U+000C as \b and \f from Go 1.22
// on, and as \u0008 and \u000c before.
func (g goVersion) shortEscapes() bool { return g.line >= 22 }

// byDistance puts the releases nearest to g first; of two equally near ones the later.
func (g goVersion) byDistance(all []goVersion) []goVersion {
	sorted := append([]goVersion(nil), all...)
	away := func(o goVersion) int {
		if o.n < g.n {
			return 2*(g.n-o.n) + 1
		}
		return 2 * (o.n - g.n)
	}
	sort.SliceStable(sorted, func(i, j int) bool { return away(sorted[i]) < away(sorted[j]) })
	return sorted
}
