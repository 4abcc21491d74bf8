//go:build peer

// Reads a JSON array of trees from standard input and prints, for each, the transformer configuration
// that kustomize accumulates for its root. It uses kustomize's internal packages, so the script copies
// it into a copy of kustomize's module.
package main

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"

	"sigs.k8s.io/kustomize/api/internal/accumulator"
	"sigs.k8s.io/kustomize/api/internal/loader"
	"sigs.k8s.io/kustomize/api/internal/plugins/builtinconfig"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// Tree is a kustomization: the files of its fields, and what is nested in it.
type Tree struct {
	Bases          []Tree   `json:"bases,omitempty"`
	Configurations []string `json:"configurations,omitempty"`
	Crds           []string `json:"crds,omitempty"`
}

// Reading is the configuration of a tree, one field a line: those that are not kustomize's own, unless
// they are many, and a digest of them all in their order.
type Reading struct {
	Refuses bool     `json:"refuses,omitempty"`
	Added   []string `json:"added,omitempty"`
	Digest  string   `json:"digest,omitempty"`
}

func main() {
	var trees []Tree
	if err := json.NewDecoder(os.Stdin).Decode(&trees); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	builtIn := map[string]bool{}
	for _, line := range dump(builtinconfig.MakeDefaultConfig()) {
		builtIn[line] = true
	}
	readings := make([]Reading, len(trees))
	for i, tree := range trees {
		config, err := accumulate(tree)
		if err != nil {
			readings[i].Refuses = true
			continue
		}
		digest := fnv.New64a()
		for _, line := range dump(config) {
			_, _ = digest.Write([]byte(line + "\n"))
			if !builtIn[line] {
				readings[i].Added = append(readings[i].Added, line)
			}
		}
		if len(readings[i].Added) > 20 {
			readings[i].Added = nil
		}
		readings[i].Digest = fmt.Sprintf("%016x", digest.Sum64())
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(readings); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func accumulate(tree Tree) (config *builtinconfig.TransformerConfig, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("%v", problem)
		}
	}()
	ra := accumulator.MakeEmptyAccumulator()
	for _, base := range tree.Bases {
		nested, err := accumulate(base)
		if err != nil {
			return nil, err
		}
		if err := ra.MergeConfig(nested); err != nil {
			return nil, err
		}
	}
	files := filesys.MakeFsInMemory()
	write := func(prefix string, texts []string) (names []string) {
		for i, text := range texts {
			name := fmt.Sprintf("%s%d.yaml", prefix, i)
			_ = files.WriteFile("/app/"+name, []byte(text))
			names = append(names, name)
		}
		return names
	}
	_ = files.Mkdir("/app")
	configurations := write("config", tree.Configurations)
	crds := write("crd", tree.Crds)
	_ = files.WriteFile("/app/kustomization.yaml", nil)
	ldr, err := loader.NewLoader(loader.RestrictionRootOnly, "/app", files)
	if err != nil {
		return nil, err
	}
	own, err := builtinconfig.MakeTransformerConfig(ldr, configurations)
	if err != nil {
		return nil, err
	}
	if err := ra.MergeConfig(own); err != nil {
		return nil, err
	}
	ofCrds, err := accumulator.LoadConfigFromCRDs(ldr, crds)
	if err != nil {
		return nil, err
	}
	if err := ra.MergeConfig(ofCrds); err != nil {
		return nil, err
	}
	return ra.GetTransformerConfig(), nil
}

func dump(config *builtinconfig.TransformerConfig) (lines []string) {
	list := func(name string, specs []types.FieldSpec) {
		for _, spec := range specs {
			lines = append(lines, fmt.Sprintf("%s|%s|%s|%s|%s|%v", name,
				spec.Group, spec.Version, spec.Kind, spec.Path, spec.CreateIfNotPresent))
		}
	}
	list("namePrefix", config.NamePrefix)
	list("nameSuffix", config.NameSuffix)
	list("namespace", config.NameSpace)
	list("commonLabels", config.CommonLabels)
	list("labels", config.Labels)
	list("templateLabels", config.TemplateLabels)
	list("volumeClaimTemplateLabels", config.VolumeClaimTemplateLabels)
	list("commonAnnotations", config.CommonAnnotations)
	list("varReference", config.VarReference)
	list("images", config.Images)
	list("replicas", config.Replicas)
	for _, references := range config.NameReference {
		lines = append(lines, fmt.Sprintf("%s|%s|%s",
			references.Group, references.Version, references.Kind))
		list("nameReference", references.Referrers)
	}
	return lines
}
