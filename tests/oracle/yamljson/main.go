// Command yamljson answers YAML documents with the JSON that Kubernetes' own code makes of them: one JSON object per line in,
// one per line out. {"yaml": base64} gives {"json": base64} or {"error": text}; with "split": true the parts that kubectl -f reads,
// {"parts": [base64, …], "error"?}.
//
// "go run . fill FILE" writes anew what Go says to each case of a file of goldens.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	kubeyaml "k8s.io/apimachinery/pkg/util/yaml"
)

type question struct {
	YAML  []byte `json:"yaml"`
	Split bool   `json:"split"`
}

type answer struct {
	JSON  []byte   `json:"json,omitempty"`
	Parts [][]byte `json:"parts,omitempty"`
	Error string   `json:"error,omitempty"`
}

type golden struct {
	Name   string `json:"name"`
	YAML   string `json:"yaml,omitempty"`
	Base64 []byte `json:"base64,omitempty"`
	JSON   string `json:"json,omitempty"`
	Error  string `json:"error,omitempty"`
}

type goldens struct {
	Provenance map[string]string `json:"provenance"`
	Cases      []golden          `json:"cases"`
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "fill" {
		if err := fill(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	enc := json.NewEncoder(out)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var q question
			if err := json.Unmarshal(line, &q); err != nil {
				panic(err)
			}
			if err := enc.Encode(ask(q)); err != nil {
				panic(err)
			}
			out.Flush()
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			panic(err)
		}
	}
}

func fill(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var g goldens
	if err := json.Unmarshal(data, &g); err != nil {
		return err
	}
	g.Provenance = map[string]string{"by": "go run . fill, in tests/oracle/yamljson", "go": runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			g.Provenance[dep.Path] = dep.Version
		}
	}
	for i := range g.Cases {
		c := &g.Cases[i]
		text := []byte(c.YAML)
		if c.Base64 != nil {
			text = c.Base64
		}
		a := ask(question{YAML: text})
		c.JSON, c.Error = string(a.JSON), a.Error
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(g); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}

// ask tells a panic of the reader as an error: a kubelet would crash.
func ask(q question) (a answer) {
	defer func() {
		if r := recover(); r != nil {
			a = answer{Error: fmt.Sprintf("panic: %v", r)}
		}
	}()
	if q.Split {
		return split(q.YAML)
	}
	made, err := kubeyaml.ToJSON(q.YAML)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{JSON: made}
}

func split(stream []byte) (a answer) {
	reader := kubeyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(stream)))
	for {
		part, err := reader.Read()
		if err == io.EOF {
			return a
		}
		if err != nil {
			a.Error = err.Error()
			return a
		}
		a.Parts = append(a.Parts, part)
	}
}
