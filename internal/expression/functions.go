package expression

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// functions are the members that standard CEL lacks. The names and signatures of
// those on text are the ones of CEL's strings extension.
func functions() []cel.EnvOption {
	return []cel.EnvOption{
		cel.Function("level", cel.MemberOverload("levels_level_string",
			[]*cel.Type{cel.MapType(cel.StringType, cel.IntType), cel.StringType}, cel.IntType,
			cel.BinaryBinding(level))),
		textFunction("lowerAscii", func(r rune) rune {
			if r >= 'A' && r <= 'Z' {
				return r + 'a' - 'A'
			}
			return r
		}),
		textFunction("upperAscii", func(r rune) rune {
			if r >= 'a' && r <= 'z' {
				return r - 'a' + 'A'
			}
			return r
		}),
		cel.Function("trim", cel.MemberOverload("string_trim",
			[]*cel.Type{cel.StringType}, cel.StringType,
			cel.UnaryBinding(func(text ref.Val) ref.Val {
				return types.String(strings.TrimSpace(string(text.(types.String))))
			}))),
	}
}

func textFunction(name string, mapping func(rune) rune) cel.EnvOption {
	id := map[string]string{"lowerAscii": "string_lower_ascii", "upperAscii": "string_upper_ascii"}[name]
	return cel.Function(name, cel.MemberOverload(id, []*cel.Type{cel.StringType}, cel.StringType,
		cel.UnaryBinding(func(text ref.Val) ref.Val {
			return types.String(strings.Map(mapping, string(text.(types.String))))
		})))
}

// level returns a name's number, 0 when it has none.
func level(levels, name ref.Val) ref.Val {
	found, ok := levels.(traits.Mapper).Find(name)
	if !ok {
		return types.IntZero
	}
	return found
}
