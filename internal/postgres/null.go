package postgres

// Nullable is NULL, as nil, where the value is the zero value of its type.
func Nullable[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}
