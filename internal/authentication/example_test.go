package authentication_test

import (
	"fmt"
	"time"

	"github.com/switchyard/switchyard/internal/authentication"
)

func Example() {
	key := authentication.NewSigningKey()
	issuer := authentication.NewIssuer(key, nil)
	token, _, err := issuer.Issue(authentication.Caller{Account: "1", Tenant: "2", Name: "ann"}, authentication.ControlPlane, time.Hour)
	if err != nil {
		panic(err)
	}

	verifier := authentication.NewVerifier(authentication.ControlPlane, nil)
	if err := verifier.SetKeys([]authentication.VerificationKey{key.Verification()}); err != nil {
		panic(err)
	}
	caller, err := verifier.Verify(token)
	fmt.Println(caller.Name, err)
	// Output: ann <nil>
}
