// The same as somebody writes it who has measured: one pod in memory at a time, only what is hashed decoded, FNV-1a over the decimals of the
// bytes without printing them first.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	v1 "k8s.io/api/core/v1"

	"upgradecheck/tests/bench/rivals/hashes"
)

const (
	offset uint32 = 2166136261
	prime  uint32 = 16777619
)

type pod struct {
	Metadata struct {
		UID string `json:"uid"`
	} `json:"metadata"`
	Spec struct {
		InitContainers []v1.Container `json:"initContainers"`
		Containers     []v1.Container `json:"containers"`
	} `json:"spec"`
}

type picked struct {
	Image string `json:"image"`
	Name  string `json:"name"`
}

var decimals [256]string

func main() {
	for i := range decimals {
		decimals[i] = strconv.Itoa(i)
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		hashes.Fail(err)
	}
	decoder := json.NewDecoder(bufio.NewReaderSize(file, 1<<20))
	if err := toItems(decoder); err != nil {
		hashes.Fail(err)
	}
	printer := hashes.NewPrinter()
	defer printer.Flush()
	for decoder.More() {
		var one pod
		if err := decoder.Decode(&one); err != nil {
			hashes.Fail(err)
		}
		for _, containers := range [][]v1.Container{one.Spec.InitContainers, one.Spec.Containers} {
			for i := range containers {
				its := &containers[i]
				printer.Print(hashes.Line{UID: one.Metadata.UID, Container: its.Name, Old: hashed(its), New: hashed(picked{its.Image, its.Name})})
			}
		}
	}
}

// toItems reads up to the first item of the list. The lists that are compared have no other member of that name before it.
func toItems(decoder *json.Decoder) error {
	for {
		token, err := decoder.Token()
		if err != nil {
			return fmt.Errorf("a list without items: %w", err)
		}
		if token == "items" {
			_, err := decoder.Token()
			return err
		}
	}
}

func hashed(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		hashes.Fail(err)
	}
	sum := fed(offset, "([]uint8)[")
	for i, one := range text {
		if i > 0 {
			sum = (sum ^ ' ') * prime
		}
		sum = fed(sum, decimals[one])
	}
	return strconv.FormatUint(uint64((sum^']')*prime), 16)
}

func fed(sum uint32, text string) uint32 {
	for i := 0; i < len(text); i++ {
		sum = (sum ^ uint32(text[i])) * prime
	}
	return sum
}
