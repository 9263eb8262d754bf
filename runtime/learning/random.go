package learning

import (
	"math"
	"time"
)

// source is a stream of random numbers: SplitMix64 (Steele, Lea and Flood 2014).
// Its zero value is one too.
type source struct{ state uint64 }

const golden = 0x9e3779b97f4a7c15

func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// stream is one of many streams of a seed.
func stream(seed, n uint64) source { return source{mix(seed + mix(n+golden))} }

func (s *source) next() uint64 {
	s.state += golden
	return mix(s.state)
}

// uniform is in (0, 1).
func (s *source) uniform() float64 { return (float64(s.next()>>11) + 0.5) / (1 << 53) }

func (s *source) normal() float64 { return quantile(s.uniform()) }

// gamma is by Marsaglia and Tsang 2000, "A simple method for generating gamma
// variables".
func (s *source) gamma(shape float64) float64 {
	scale := 1.0
	if shape < 1 {
		scale = math.Pow(s.uniform(), 1/shape)
		shape++
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := s.normal()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		u, square := s.uniform(), x*x
		if u < 1-0.0331*square*square || math.Log(u) < 0.5*square+d*(1-v+math.Log(v)) {
			return d * v * scale
		}
	}
}

// beta is finite as long as one of a and b is at least 1.
func (s *source) beta(a, b float64) float64 {
	x := s.gamma(a)
	return x / (x + s.gamma(b))
}

// quantile of the standard normal distribution: Wichura 1988, algorithm AS 241,
// PPND16.
func quantile(p float64) float64 {
	q := p - 0.5
	if math.Abs(q) <= 0.425 {
		r := 0.180625 - q*q
		return q * horner(r, &center[0]) / horner(r, &center[1])
	}
	r := p
	if q > 0 {
		r = 1 - p
	}
	r = math.Sqrt(-math.Log(r))
	var x float64
	if r <= 5 {
		x = horner(r-1.6, &middle[0]) / horner(r-1.6, &middle[1])
	} else {
		x = horner(r-5, &tail[0]) / horner(r-5, &tail[1])
	}
	return math.Copysign(x, q)
}

func horner(x float64, c *[8]float64) float64 {
	return ((((((c[7]*x+c[6])*x+c[5])*x+c[4])*x+c[3])*x+c[2])*x+c[1])*x + c[0]
}

// Numerator and denominator of the rational functions of AS 241.
var (
	center = [2][8]float64{
		{3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
			4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3},
		{1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
			2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3},
	}
	middle = [2][8]float64{
		{1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
			1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4},
		{1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
			1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9},
	}
	tail = [2][8]float64{
		{6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
			2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7},
		{1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
			7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15},
	}
)

// hash is FNV-1a with a finish that spreads short texts.
func hash(seed uint64, text string) uint64 {
	const offset, prime = 0xcbf29ce484222325, 0x100000001b3
	h := seed ^ offset
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * prime
	}
	return mix(h)
}

// Seed is that of a decision: of the session, its interaction point and the
// instant.
func Seed(session, point string, at time.Time) uint64 {
	return hash(hash(uint64(at.UnixMicro()), session), point)
}
