package secret_test

import (
	"fmt"

	"github.com/switchyard/switchyard/internal/secret"
)

func ExampleBox() {
	box, err := secret.NewBox(secret.NewKey())
	if err != nil {
		panic(err)
	}
	sealed := box.Seal([]byte("password"), []byte("tenant a"))
	plain, err := box.Open(sealed, []byte("tenant a"))
	fmt.Println(string(plain), err)
	_, err = box.Open(sealed, []byte("tenant b"))
	fmt.Println(err)
	// Output:
	// password <nil>
	// sealed value does not open
}
