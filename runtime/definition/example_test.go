package definition_test

import (
	"fmt"

	"github.com/switchyard/switchyard/runtime/definition"
)

func ExampleDecodeAs() {
	offer, err := definition.DecodeAs[definition.Offer]([]byte(
		`{"expires": "2026-05-01T02:00:00+02:00", "attributes": {"fee": 2.50}, "effective": "2026-06-01T00:00:00Z"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	canonical, err := definition.Encode(offer)
	fmt.Println(string(canonical), err)
	fmt.Println(definition.Check("offers/gold", offer))

	_, err = definition.DecodeAs[definition.Zone]([]byte(`{"learn": "off"}`))
	fmt.Println(err)
	// Output:
	// {"attributes":{"fee":2.5},"effective":"2026-06-01T00:00:00Z","expires":"2026-05-01T00:00:00Z"} <nil>
	// the definition is not valid; offers/gold.expires: 2026-05-01T00:00:00Z is not after effective, which is 2026-06-01T00:00:00Z
	// the definition is not valid; learn: unknown key; the keys here are learning
}
