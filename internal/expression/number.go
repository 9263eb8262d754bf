package expression

import "math"

func doubleValue(f float64) value { return value{kind: kindDouble, bits: math.Float64bits(f)} }

func (v value) double() float64 { return math.Float64frombits(v.bits) }
