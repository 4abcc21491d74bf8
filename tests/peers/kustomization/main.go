// Reads a JSON array of kustomization files from standard input and prints, for each, what kustomize
// makes of it: the fields after its moves, its warnings, or that it refuses the file; and whether and
// how it reads the same text as a file of replacements.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// Reading is what kustomize makes of one text.
type Reading struct {
	Input string `json:"input"`
	// Refuses is set if the text is no kustomization file; all but Replacements is empty then.
	Refuses  bool     `json:"refuses,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
	Fields   any      `json:"fields,omitempty"`
	// Replacements holds what a file with this text, named by a replacement, says; null if it is
	// refused.
	Replacements any `json:"replacements,omitempty"`
}

func main() {
	var inputs []string
	if err := json.NewDecoder(os.Stdin).Decode(&inputs); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	readings := make([]Reading, len(inputs))
	for i, input := range inputs {
		readings[i] = read(input)
		readings[i].Replacements = replacements([]byte(input))
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(readings); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(input string) Reading {
	var k types.Kustomization
	if k.Unmarshal([]byte(input)) != nil {
		return Reading{Input: input, Refuses: true}
	}
	var warnings []string
	for _, warning := range *k.CheckDeprecatedFields() {
		warnings = append(warnings, strings.Split(warning, "'")[1])
	}
	k.FixKustomization()
	if k.CheckEmpty() != nil || len(k.EnforceFields()) > 0 {
		return Reading{Input: input, Refuses: true}
	}
	k.APIVersion = ""
	k.MetaData, k.HelmGlobals = nil, nil
	if len(k.HelmCharts) > 0 {
		k.HelmCharts = []types.HelmChart{{Name: "chart"}}
	}
	for key := range k.OpenAPI {
		if key != "path" && key != "version" {
			delete(k.OpenAPI, key)
		}
	}
	for i := range k.Vars {
		k.Vars[i].Defaulting()
		k.Vars[i].ObjRef.APIVersion = ""
	}
	return Reading{Input: input, Warnings: warnings, Fields: plain(k)}
}

func replacements(text []byte) any {
	var any any
	if yaml.Unmarshal(text, &any) != nil {
		return nil
	}
	switch reflect.ValueOf(any).Kind() {
	case reflect.Slice:
		var many []types.Replacement
		if yaml.Unmarshal(text, &many) != nil || hasNil(many) {
			return nil
		}
		return map[string]interface{}{"list": plain(many)}
	case reflect.Map:
		var one types.Replacement
		if yaml.Unmarshal(text, &one) != nil || hasNil([]types.Replacement{one}) {
			return nil
		}
		return map[string]interface{}{"list": plain([]types.Replacement{one})}
	}
	return nil
}

// hasNil says whether kustomize would crash over an entry.
func hasNil(replacements []types.Replacement) bool {
	for _, replacement := range replacements {
		for _, target := range replacement.Targets {
			if target == nil {
				return true
			}
			for _, reject := range target.Reject {
				if reject == nil {
					return true
				}
			}
		}
	}
	return false
}

func plain(value any) any {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	var result any
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&result); err != nil {
		return err.Error()
	}
	return result
}
