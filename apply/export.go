package apply

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/runtime/definition"
)

// Export writes a tenant as documents that Parse reads: everything but passwords
// and keys. With a channel it writes the design of that channel alone, with what
// lies in the tenant. Applying what was exported changes nothing.
func Export(ctx context.Context, c *client.Client, tenant, channel string, out io.Writer) error {
	e := &exporter{client: c, tenant: tenant, encoder: yaml.NewEncoder(out)}
	e.encoder.SetIndent(2)
	if channel == "" {
		if err := e.resources(ctx); err != nil {
			return err
		}
	}
	if err := e.designs(ctx, channel); err != nil {
		return err
	}
	return e.encoder.Close()
}

type exporter struct {
	client  *client.Client
	tenant  string
	encoder *yaml.Encoder
}

// field is one field of a document, in its place.
type field struct {
	name  string
	value any
}

func (e *exporter) resources(ctx context.Context) error {
	tenant, err := e.client.Tenant(ctx, e.tenant)
	if err != nil {
		return err
	}
	if err := e.write(KindTenant, tenant.Name, field{"displayName", tenant.DisplayName}); err != nil {
		return err
	}
	if err := e.solutions(ctx); err != nil {
		return err
	}
	if err := e.accounts(ctx); err != nil {
		return err
	}
	if err := e.processes(ctx); err != nil {
		return err
	}
	return e.accessGroups(ctx)
}

func (e *exporter) solutions(ctx context.Context) error {
	solutions, err := e.client.Solutions(ctx, e.tenant)
	if err != nil {
		return err
	}
	for _, solution := range solutions {
		groups, err := e.groups(ctx, solution.Name)
		if err != nil {
			return err
		}
		if err := e.write(KindSolution, solution.Name,
			field{"displayName", solution.DisplayName}, field{"serverGroups", groups}); err != nil {
			return err
		}
	}
	return nil
}

func (e *exporter) groups(ctx context.Context, solution string) ([]ServerGroup, error) {
	groups, err := e.client.ServerGroups(ctx, e.tenant, solution)
	if err != nil {
		return nil, err
	}
	all := make([]ServerGroup, 0, len(groups))
	for _, group := range groups {
		servers, err := e.client.Servers(ctx, e.tenant, solution, group.Name)
		if err != nil {
			return nil, err
		}
		written := ServerGroup{Name: group.Name, Kind: group.Kind, Servers: []client.NewServer{}}
		for _, s := range servers {
			written.Servers = append(written.Servers, client.NewServer{Name: s.Name, Account: s.Account, Node: s.Node})
		}
		all = append(all, written)
	}
	return all, nil
}

func (e *exporter) accounts(ctx context.Context) error {
	accounts, err := e.client.Accounts(ctx, e.tenant)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		fields := []field{{"displayName", a.DisplayName}, {"accountKind", a.Kind}, {"roles", a.Roles}}
		if a.Agent != nil {
			fields = append(fields, field{"agent", a.Agent})
		}
		if a.Disabled {
			fields = append(fields, field{"disabled", true})
		}
		if err := e.write(KindAccount, a.Name, fields...); err != nil {
			return err
		}
	}
	return nil
}

func (e *exporter) processes(ctx context.Context) error {
	processes, err := e.client.BusinessProcesses(ctx, e.tenant)
	if err != nil {
		return err
	}
	for _, listed := range processes {
		process, err := e.client.BusinessProcess(ctx, e.tenant, listed.Name)
		if err != nil {
			return err
		}
		if err := e.write(KindBusinessProcess, process.Name,
			field{"displayName", process.DisplayName}, field{"document", process.Document}); err != nil {
			return err
		}
	}
	return nil
}

func (e *exporter) accessGroups(ctx context.Context) error {
	groups, err := e.client.AccessGroups(ctx, e.tenant)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if err := e.write(KindAccessGroup, g.Name,
			field{"displayName", g.DisplayName}, field{"members", g.Members}, field{"grants", g.Grants}); err != nil {
			return err
		}
	}
	return nil
}

// designs writes design objects, each after those that it may name.
func (e *exporter) designs(ctx context.Context, channel string) error {
	exported, err := e.client.ExportDesign(ctx, e.tenant, channel)
	if err != nil {
		return err
	}
	for _, o := range exported.Objects {
		fields := []field{{"displayName", o.DisplayName}}
		if o.Channel != "" {
			fields = append([]field{{"channel", o.Channel}}, fields...)
		}
		if err := e.write(fileKind(definition.Kind(o.Kind)), o.Name, append(fields, field{"", o.Spec})...); err != nil {
			return err
		}
	}
	return nil
}

// write writes one document. The fields of a value without a name lie beside the
// others.
func (e *exporter) write(kind Kind, name string, fields ...field) error {
	document := &yaml.Node{Kind: yaml.MappingNode}
	header := []field{{"kind", kind}, {"name", name}}
	if kind != KindTenant {
		header = []field{{"kind", kind}, {"tenant", e.tenant}, {"name", name}}
	}
	for _, f := range append(header, fields...) {
		value, err := nodeOf(f.value)
		switch {
		case err != nil:
			return fmt.Errorf("write %s %s: %w", kind, name, err)
		case f.name == "":
			document.Content = append(document.Content, value.Content...)
		case f.value == "":
		default:
			document.Content = append(document.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: f.name}, value)
		}
	}
	return e.encoder.Encode(document)
}

// nodeOf is a value in YAML with the fields of its JSON form, in their order.
func nodeOf(value any) (*yaml.Node, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return nodeFrom(decoder)
}

func nodeFrom(decoder *json.Decoder) (*yaml.Node, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		return collection(decoder, t)
	case string:
		node := &yaml.Node{}
		node.SetString(t)
		return node, nil
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
	default:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(t)}, nil
	}
}

func collection(decoder *json.Decoder, open json.Delim) (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.SequenceNode}
	if open == '{' {
		node.Kind = yaml.MappingNode
	}
	for decoder.More() {
		element, err := nodeFrom(decoder)
		if err != nil {
			return nil, err
		}
		node.Content = append(node.Content, element)
	}
	_, err := decoder.Token() // the closing one
	return node, err
}
