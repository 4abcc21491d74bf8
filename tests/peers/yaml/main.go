// Reads a JSON array of YAML texts from standard input and prints, for each, what Go makes of it:
// its documents as JSON by go-yaml v3 and v2, and written again by kyaml and by sigs.k8s.io/yaml.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"go.yaml.in/yaml/v3"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	k8s "sigs.k8s.io/yaml"
)

// Reading is what Go makes of one text.
type Reading struct {
	Input string `json:"input"`
	// Error is set if go-yaml v3 refuses the text; all else but what v2 says is empty then.
	Error string `json:"error,omitempty"`
	// JSON holds the documents as go-yaml v3 decodes them, dates as text.
	JSON []any `json:"json,omitempty"`
	// Compact and Indented are the documents as kyaml writes their nodes again.
	Compact  []string `json:"compact,omitempty"`
	Indented []string `json:"indented,omitempty"`
	// Kubernetes is each document through sigs.k8s.io/yaml.JSONToYAML.
	Kubernetes []string `json:"kubernetes,omitempty"`
	// V2 is the first document as sigs.k8s.io/yaml.YAMLToJSON (go-yaml v2) reads it.
	V2 any `json:"v2,omitempty"`
	// V2Refuses is set if it refuses the text, V2Strict if only YAMLToJSONStrict does.
	V2Refuses bool `json:"v2_refuses,omitempty"`
	V2Strict  bool `json:"v2_strict,omitempty"`
	// Written is the first document as kyaml reads and writes a text within a text, with its comments.
	Written string `json:"written,omitempty"`
	// WrittenRefuses is set if kyaml does not read, or not write, that.
	WrittenRefuses bool `json:"written_refuses,omitempty"`
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
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(readings); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(input string) Reading {
	reading := readV3(input)
	written, err := rewrite(input)
	reading.Written = written
	reading.WrittenRefuses = err != nil
	text, err := readV2(input, k8s.YAMLToJSON)
	if err != nil {
		reading.V2Refuses = true
		return reading
	}
	_ = json.Unmarshal(text, &reading.V2)
	_, err = readV2(input, k8s.YAMLToJSONStrict)
	reading.V2Strict = err != nil
	return reading
}

func rewrite(input string) (text string, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("%v", problem)
		}
	}()
	var document yaml.Node
	if err := kyaml.Unmarshal([]byte(input), &document); err != nil || document.Kind == 0 {
		return "", err
	}
	return kyaml.NewRNode(&document).String()
}

func readV2(input string, convert func([]byte) ([]byte, error)) (text []byte, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("%v", problem)
		}
	}()
	return convert([]byte(input))
}

func readV3(input string) (reading Reading) {
	defer func() {
		if problem := recover(); problem != nil {
			reading = Reading{Input: input, Error: fmt.Sprint(problem)}
		}
	}()
	reading.Input = input
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(input)))
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Reading{Input: input, Error: err.Error()}
		}
		compact := emit(&document, kyaml.CompactSequenceStyle)
		indented := emit(&document, kyaml.WideSequenceStyle)
		datesAreText(&document)
		var value any
		if err := document.Decode(&value); err != nil {
			return Reading{Input: input, Error: err.Error()}
		}
		value = jsonValue(value)
		text, err := json.Marshal(value)
		if err != nil {
			return Reading{Input: input, Error: err.Error()}
		}
		printed, err := k8s.JSONToYAML(text)
		if err != nil {
			printed = []byte("error: " + err.Error())
		}
		reading.JSON = append(reading.JSON, value)
		reading.Compact = append(reading.Compact, compact)
		reading.Indented = append(reading.Indented, indented)
		reading.Kubernetes = append(reading.Kubernetes, string(printed))
	}
	return reading
}

func emit(document *yaml.Node, style kyaml.SequenceIndentStyle) string {
	var out bytes.Buffer
	encoder := kyaml.NewEncoderWithOptions(&out, &kyaml.EncoderOptions{SeqIndent: style})
	if err := encoder.Encode(document); err != nil {
		return "error: " + err.Error()
	}
	_ = encoder.Close()
	return out.String()
}

func datesAreText(node *yaml.Node) {
	if node.Kind == yaml.ScalarNode && node.Tag == "!!timestamp" {
		node.Tag = "!!str"
	}
	for _, child := range node.Content {
		datesAreText(child)
	}
}

// jsonValue makes a decoded value fit for JSON, with keys as sigs.k8s.io/yaml has them.
func jsonValue(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, item := range value {
			value[key] = jsonValue(item)
		}
		return value
	case map[any]any:
		object := make(map[string]any, len(value))
		for key, item := range value {
			object[jsonKey(key)] = jsonValue(item)
		}
		return object
	case []any:
		for i, item := range value {
			value[i] = jsonValue(item)
		}
		return value
	case float64:
		switch {
		case math.IsNaN(value):
			return ".nan"
		case math.IsInf(value, 1):
			return ".inf"
		case math.IsInf(value, -1):
			return "-.inf"
		}
		return value
	default:
		return value
	}
}

func jsonKey(key any) string {
	switch key := key.(type) {
	case nil:
		return "null"
	case float64:
		switch value := jsonValue(key).(type) {
		case string:
			return value
		default:
			return strconv.FormatFloat(key, 'g', -1, 64)
		}
	default:
		return fmt.Sprint(key)
	}
}
