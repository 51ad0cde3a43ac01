// Answers, for KubeletConfigurations of one version, whether its kubelet takes them: a line of JSON in, a line out.
//
// The file glue.go beside it is made when this is built, for what differs between versions.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

type question struct {
	Configuration json.RawMessage `json:"configuration"`
}

type answer struct {
	Undecoded string `json:"undecoded,omitempty"`
	Refused   string `json:"refused,omitempty"`
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked question
		if err := json.Unmarshal(line, &asked); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		written, err := json.Marshal(answered(asked.Configuration))
		if err != nil {
			written, _ = json.Marshal(answer{Undecoded: err.Error()})
		}
		fmt.Printf("%s\n", written)
	}
}

// As loading a file and validating what it gives do, one after the other.
func answered(configuration []byte) (given answer) {
	defer func() {
		if problem := recover(); problem != nil {
			given = answer{Refused: fmt.Sprint("panic: ", problem)}
		}
	}()
	kc, err := decoded(configuration)
	if err != nil {
		return answer{Undecoded: err.Error()}
	}
	if err := validated(kc); err != nil {
		return answer{Refused: err.Error()}
	}
	return answer{}
}
