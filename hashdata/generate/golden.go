package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// quirks are the containers that were made by hand, one for each thing that Go does to a container and that nobody would guess.
//
//go:embed quirks.ndjson
var quirks []byte

// golden is one container and what the kubelet makes of it.
type golden struct {
	ID               string `json:"id"`
	Source           string `json:"source,omitempty"`
	Patch            string `json:"patch,omitempty"`
	Container        string `json:"container,omitempty"`
	ContainerBase64  []byte `json:"container_base64,omitempty"`
	Hash             string `json:"hash,omitempty"`
	WithoutResources string `json:"hash_without_resources,omitempty"`
	Refused          string `json:"refused,omitempty"`
}

type sample struct {
	id        string
	container []byte
}

func readSamples(d *description) ([]sample, error) {
	var all []sample
	for _, g := range d.Generated {
		all = append(all, sample{g.ID, []byte(g.Container)})
	}
	lines := bufio.NewScanner(bytes.NewReader(quirks))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var q struct {
			ID, Container   string
			ContainerBase64 []byte `json:"container_base64"`
		}
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			return nil, fmt.Errorf("quirks.ndjson: %w: %s", err, lines.Text())
		}
		all = append(all, sample{"quirk/" + q.ID, append([]byte(q.Container), q.ContainerBase64...)})
	}
	seen := map[string]bool{}
	for _, s := range all {
		if seen[s.id] {
			return nil, fmt.Errorf("two containers are called %s", s.id)
		}
		seen[s.id] = true
	}
	return all, lines.Err()
}

// makeGoldens asks the oracle about every container. Where an older oracle is given (a patch of the same minor before it moved to
// Go 1.22), what it answers differently stands twice, each with its patch.
func makeGoldens(o, older *oracle, samples []sample) ([]golden, error) {
	sources := []string{""}
	if o.hash.era == "typed" {
		sources = []string{"json", "protobuf"}
	}
	var all []golden
	for _, source := range sources {
		found, err := o.goldens(samples, source)
		if err != nil {
			return nil, err
		}
		if older == nil {
			all = append(all, found...)
			continue
		}
		before, err := older.goldens(samples, source)
		if err != nil {
			return nil, err
		}
		for i, g := range found {
			if b := before[i]; b.Hash != g.Hash || b.Refused != g.Refused || b.WithoutResources != g.WithoutResources {
				b.Patch, g.Patch = older.patch.String(), crossing(older.patch)
				all = append(all, b)
			}
			all = append(all, g)
		}
	}
	return all, nil
}

func (o *oracle) goldens(samples []sample, source string) ([]golden, error) {
	requests := make([]request, len(samples))
	for i, s := range samples {
		pod := append([]byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[`), s.container...)
		requests[i] = request{append(pod, "]}}"...), source}
	}
	answers, err := o.ask(requests)
	if err != nil {
		return nil, err
	}
	all := make([]golden, len(samples))
	for i, a := range answers {
		g := golden{ID: samples[i].id, Source: source, Refused: a.Error}
		if utf8.Valid(samples[i].container) {
			g.Container = string(samples[i].container)
		} else {
			g.ContainerBase64 = samples[i].container
		}
		if a.Error == "" {
			if len(a.Containers) != 1 {
				return nil, fmt.Errorf("%s: %d containers", g.ID, len(a.Containers))
			}
			g.Hash, g.WithoutResources = a.Containers[0].Hash, a.Containers[0].WithoutResources
		}
		all[i] = g
	}
	return all, nil
}

func crossing(before patch) string { return patch{minor: before.minor, n: before.n + 1}.String() }
