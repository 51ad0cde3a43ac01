// Answers, for settings that a kubelet parses when it starts, whether one version takes them: a line of JSON in, a line out.
//
// The file glue.go beside it is made when this is built: the release's own parseResourceList, and what is called otherwise between versions.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

type question struct {
	Hard    map[string]string `json:"evictionHard"`
	Soft    map[string]string `json:"evictionSoft"`
	Grace   map[string]string `json:"evictionSoftGracePeriod"`
	Reclaim map[string]string `json:"evictionMinimumReclaim"`
	Kube    map[string]string `json:"kubeReserved"`
	System  map[string]string `json:"systemReserved"`
	Suites  []string          `json:"tlsCipherSuites"`
	Version string            `json:"tlsMinVersion"`
	Sysctls []string          `json:"allowedUnsafeSysctls"`
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
		written, err := json.Marshal(map[string]string{"refused": answered(asked)})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Printf("%s\n", written)
	}
}

// In the order of run and UnsecuredDependencies in cmd/kubelet/app/server.go, and of NewMainKubelet.
func answered(asked question) (refused string) {
	defer func() {
		if problem := recover(); problem != nil {
			refused = fmt.Sprint("panic: ", problem)
		}
	}()
	for _, ask := range []func() error{
		func() error { return suites(asked.Suites) },
		func() error { return version(asked.Version) },
		func() error { return reserved(asked.Kube) },
		func() error { return reserved(asked.System) },
		func() error { return thresholds(asked.Hard, nil, nil, nil) },
		func() error { return thresholds(asked.Hard, asked.Soft, asked.Grace, asked.Reclaim) },
		func() error { return sysctls(asked.Sysctls) },
	} {
		if err := ask(); err != nil {
			return err.Error()
		}
	}
	return ""
}
