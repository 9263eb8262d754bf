package segment

// Place is a visitor's place in a sample, in [0, 100). The package's documentation
// has the formula.
func Place(seed, key string) float64 {
	const offset, prime = 0xcbf29ce484222325, 0x100000001b3
	h := uint64(offset)
	for i := range len(seed) {
		h = (h ^ uint64(seed[i])) * prime
	}
	h *= prime // the byte 0x00
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * prime
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	h ^= h >> 33
	return 100 * float64(h>>11) / (1 << 53)
}
