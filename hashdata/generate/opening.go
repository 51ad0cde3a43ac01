package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"os"
	"path/filepath"
	"strings"
)

// A type with JSON methods of its own is described without what it consists of where no minor has it otherwise. FieldsV1 was so up to 1.37: bytes.
// Of one that consists of something else its fields are told, for a static pod's UID is a sum over them, too.

const fieldsV1, metaPath = "meta/v1.FieldsV1", "pkg/apis/meta/v1"

const handle = "unique.Handle"

// openFieldsV1 adds the field of FieldsV1, as it is built by default, where that is not the bytes that it was.
func openFieldsV1(types map[string]json.RawMessage, base string) error {
	described, known := types[fieldsV1]
	if !known {
		return nil
	}
	fields, err := openedFields(filepath.Join(base, metaPath), "FieldsV1")
	if err != nil || len(fields) == 0 || fields[0] == "Raw []byte" {
		return err
	}
	if len(fields) != 1 || fields[0] != "handle unique.Handle[string]" {
		return fmt.Errorf("%s consists of what was not met before: %v", fieldsV1, fields)
	}
	field := `{"go": %q, "json": null, "exported": false, "type": %q}`
	opened := strings.TrimSuffix(strings.TrimSpace(string(described)), "}") + `, "fields": [` + fmt.Sprintf(field, "handle", handle) + "]}"
	types[fieldsV1] = json.RawMessage(opened)
	types[handle] = json.RawMessage(`{"go": "unique.Handle[string]", "kind": "struct", "fields": [` + fmt.Sprintf(field, "value", "*string") + "]}")
	return nil
}

// openedFields are the fields of a struct, by name and type, in the files of a folder that a build without tags takes.
func openedFields(folder, name string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if takes, err := build.Default.MatchFile(folder, entry.Name()); err != nil || !takes || entry.IsDir() {
			continue
		}
		file, err := parser.ParseFile(newFiles(), filepath.Join(folder, entry.Name()), nil, 0)
		if err != nil {
			return nil, err
		}
		if found := file.Scope.Lookup(name); found != nil {
			if spec, ok := found.Decl.(*ast.TypeSpec); ok {
				return structFields(spec), nil
			}
		}
	}
	return nil, nil
}

func structFields(spec *ast.TypeSpec) []string {
	body, ok := spec.Type.(*ast.StructType)
	if !ok {
		return nil
	}
	var found []string
	for _, field := range body.Fields.List {
		for _, name := range field.Names {
			found = append(found, name.Name+" "+print(newFiles(), field.Type))
		}
	}
	return found
}
