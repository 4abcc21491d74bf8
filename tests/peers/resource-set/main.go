//go:build peer

// Command peer says what flux-operator makes of ResourceSets, for tests/resource_set_peers.rs.
//
// It is built within a copy of flux-operator's module, whose builder is internal. It reads lines with
// {"resourceSet": {...}, "inputsFrom": [...]} and answers each with {"objects": [...]} or {"error": "..."}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	ssautil "github.com/fluxcd/pkg/ssa/utils"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	fluxcdv1 "github.com/controlplaneio-fluxcd/flux-operator/api/v1"
	"github.com/controlplaneio-fluxcd/flux-operator/internal/builder"
	"github.com/controlplaneio-fluxcd/flux-operator/internal/inputs"
)

type question struct {
	ResourceSet json.RawMessage   `json:"resourceSet"`
	InputsFrom  []json.RawMessage `json:"inputsFrom"`
}

type answer struct {
	Objects []map[string]any `json:"objects"`
	Error   string           `json:"error,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		said := answer{Objects: []map[string]any{}}
		objects, err := build(lines.Bytes())
		if err != nil {
			said.Error = err.Error()
		}
		for _, object := range objects {
			said.Objects = append(said.Objects, object.Object)
		}
		line, err := json.Marshal(said)
		if err != nil {
			line, _ = json.Marshal(answer{Error: err.Error()})
		}
		out.Write(append(line, '\n'))
	}
	if err := lines.Err(); err != nil {
		panic(err)
	}
}

// build does what the reconciler does up to the point where it needs a cluster. A crash is a refusal too.
func build(line []byte) (built []*unstructured.Unstructured, err error) {
	defer func() {
		if crash := recover(); crash != nil {
			built, err = nil, fmt.Errorf("crash: %v", crash)
		}
	}()
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	set := &fluxcdv1.ResourceSet{}
	if err := yaml.Unmarshal(asked.ResourceSet, set); err != nil {
		return nil, err
	}
	set.SetGroupVersionKind(fluxcdv1.GroupVersion.WithKind(fluxcdv1.ResourceSetKind))
	if err := builder.ValidateResourceSetSpec(set.Spec); err != nil {
		return nil, err
	}
	providers, err := named(set, asked.InputsFrom)
	if err != nil {
		return nil, err
	}
	combined, err := inputs.Combine(set, providers)
	if err != nil {
		return nil, err
	}
	if len(set.Spec.InputsFrom) > 0 && len(combined) == 0 {
		return nil, nil
	}
	steps, err := builder.BuildResourceSetFromSpec(set.Spec, combined)
	if err != nil {
		return nil, err
	}
	objects := builder.FlattenSteps(steps)
	owner := "resourceset." + fluxcdv1.GroupVersion.Group
	ssautil.SetCommonMetadata(objects, map[string]string{
		owner + "/name":      set.GetName(),
		owner + "/namespace": set.GetNamespace(),
	}, nil)
	if common := set.Spec.CommonMetadata; common != nil {
		ssautil.SetCommonMetadata(objects, common.Labels, common.Annotations)
	}
	return objects, nil
}

// named picks the providers that a set names, and has them give what a static one gives.
func named(set *fluxcdv1.ResourceSet, texts []json.RawMessage) (map[inputs.ProviderKey]fluxcdv1.InputProvider, error) {
	kind := fluxcdv1.GroupVersion.WithKind(fluxcdv1.ResourceSetInputProviderKind)
	picked := map[inputs.ProviderKey]fluxcdv1.InputProvider{}
	for _, reference := range set.Spec.InputsFrom {
		if reference.Name == "" {
			return nil, fmt.Errorf("only providers with a name are compared")
		}
		found := false
		for _, text := range texts {
			provider := &fluxcdv1.ResourceSetInputProvider{}
			if err := yaml.Unmarshal(text, provider); err != nil {
				return nil, err
			}
			provider.SetGroupVersionKind(kind)
			if provider.GetNamespace() == "" {
				provider.SetNamespace(set.GetNamespace())
			}
			if provider.GetName() != reference.Name || provider.GetNamespace() != set.GetNamespace() {
				continue
			}
			if provider.Spec.Type != fluxcdv1.InputProviderStatic {
				return nil, fmt.Errorf("the provider %s is not static", reference.Name)
			}
			values := provider.Spec.DefaultValues
			if values == nil {
				values = fluxcdv1.ResourceSetInput{}
			}
			id, err := inputs.JSON(inputs.ID(provider.GetName()))
			if err != nil {
				return nil, err
			}
			values["id"] = id
			provider.Status.ExportedInputs = []fluxcdv1.ResourceSetInput{values}
			picked[inputs.NewProviderKey(provider)] = provider
			found = true
			break
		}
		if !found {
			return nil, fmt.Errorf("there is no provider %s", reference.Name)
		}
	}
	return picked, nil
}
