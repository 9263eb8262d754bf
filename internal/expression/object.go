package expression

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
)

// objectTypes lets the checker know the fields of declared objects, so that a
// misspelt field is found when the expression is compiled. An object's type has
// the name of its variable and its values are maps.
type objectTypes struct {
	types.Provider
	fields map[string]map[string]*types.FieldType
}

// withObjects adds the objects to what the environment knows.
func withObjects(objects map[string][]Variable) cel.EnvOption {
	return func(e *cel.Env) (*cel.Env, error) {
		p := &objectTypes{Provider: e.CELTypeProvider(), fields: map[string]map[string]*types.FieldType{}}
		for name, fields := range objects {
			p.fields[name] = map[string]*types.FieldType{}
			for _, f := range fields {
				p.fields[name][f.Name] = fieldType(f)
			}
		}
		return cel.CustomTypeProvider(p)(e)
	}
}

func fieldType(f Variable) *types.FieldType {
	return &types.FieldType{
		Type: f.Type.cel,
		IsSet: func(object any) bool {
			fields, ok := object.(map[string]any)
			return ok && fields[f.Name] != nil
		},
		GetFrom: func(object any) (any, error) {
			fields, ok := object.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("no such field: %s", f.Name)
			}
			return fields[f.Name], nil
		},
	}
}

// FindStructType implements types.Provider.
func (p *objectTypes) FindStructType(name string) (*types.Type, bool) {
	if _, ok := p.fields[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldNames implements types.Provider.
func (p *objectTypes) FindStructFieldNames(name string) ([]string, bool) {
	fields, ok := p.fields[name]
	if !ok {
		return p.Provider.FindStructFieldNames(name)
	}
	names := make([]string, 0, len(fields))
	for field := range fields {
		names = append(names, field)
	}
	return names, true
}

// FindStructFieldType implements types.Provider.
func (p *objectTypes) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if fields, ok := p.fields[name]; ok {
		t, ok := fields[field]
		return t, ok
	}
	return p.Provider.FindStructFieldType(name, field)
}
