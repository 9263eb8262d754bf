package authentication_test

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
)

var ann = authentication.Caller{Account: "0190-ann", Tenant: "0190-acme", Name: "ann"}

// testBundle is an issuer and a verifier of one key, on one clock.
type testBundle struct {
	now      time.Time
	key      authentication.SigningKey
	issuer   *authentication.Issuer
	verifier *authentication.Verifier
}

func setup(t *testing.T) *testBundle {
	t.Helper()
	b := &testBundle{now: time.Unix(1_800_000_000, 0), key: authentication.NewSigningKey()}
	clock := func() time.Time { return b.now }
	b.issuer = authentication.NewIssuer(b.key, clock)
	b.verifier = authentication.NewVerifier(authentication.ControlPlane, clock)
	require.NoError(t, b.verifier.SetKeys([]authentication.VerificationKey{b.key.Verification()}))
	return b
}

func (b *testBundle) issue(t *testing.T) string {
	t.Helper()
	token, expires, err := b.issuer.Issue(ann, authentication.ControlPlane, time.Hour)
	require.NoError(t, err)
	require.Equal(t, b.now.Add(time.Hour), expires)
	return token
}

// sign makes a token with any header and claims, signed with the right key.
func (b *testBundle) sign(header, claims map[string]any) string {
	unsigned := segment(header) + "." + segment(claims)
	return unsigned + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(b.key.Private, []byte(unsigned)))
}

func segment(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func (b *testBundle) claims(change map[string]any) map[string]any {
	claims := map[string]any{
		"iss": "switchyard", "sub": ann.Account, "aud": []string{"control-plane"}, "tenant": ann.Tenant, "name": ann.Name,
		"iat": b.now.Unix(), "exp": b.now.Add(time.Hour).Unix(), "jti": "1",
	}
	for name, value := range change {
		if value == nil {
			delete(claims, name)
			continue
		}
		claims[name] = value
	}
	return claims
}

func TestVerifier(t *testing.T) {
	t.Run("AcceptsWhatTheIssuerIssued", func(t *testing.T) {
		b := setup(t)
		token := b.issue(t)
		for range 2 { // verified, then remembered
			caller, err := b.verifier.Verify(token)
			require.NoError(t, err)
			require.Equal(t, ann, caller)
		}
		caller, err := b.verifier.Verify(b.sign(map[string]any{"alg": "EdDSA", "kid": b.key.ID}, b.claims(nil)))
		require.NoError(t, err, "the helper of the refusals below makes good tokens")
		require.Equal(t, ann, caller)
	})

	b := setup(t)
	good := map[string]any{"alg": "EdDSA", "typ": "JWT", "kid": b.key.ID}
	other := authentication.NewSigningKey()
	foreign, _, err := authentication.NewIssuer(other, nil).Issue(ann, authentication.ControlPlane, time.Hour)
	require.NoError(t, err)
	parts := strings.Split(b.issue(t), ".")
	hs256 := segment(map[string]any{"alg": "HS256", "kid": b.key.ID}) + "." + segment(b.claims(nil))
	mac := hmac.New(sha256.New, b.key.Verification().Public)
	mac.Write([]byte(hs256))
	refused := map[string]string{
		"Empty":             "",
		"NoDots":            "token",
		"ManyDots":          strings.Repeat(".", 100_000),
		"ManyDotsInBounds":  strings.Repeat(".", 4000),
		"AlgNone":           segment(map[string]any{"alg": "none", "kid": b.key.ID}) + "." + parts[1] + ".",
		"AlgNoneSigned":     b.sign(map[string]any{"alg": "none", "kid": b.key.ID}, b.claims(nil)),
		"AlgMissing":        b.sign(map[string]any{"kid": b.key.ID}, b.claims(nil)),
		"AlgConfusion":      hs256 + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)),
		"NoSignature":       parts[0] + "." + parts[1] + ".",
		"OtherSignature":    parts[0] + "." + parts[1] + "." + strings.Split(foreign, ".")[2],
		"OtherClaims":       parts[0] + "." + segment(b.claims(map[string]any{"sub": "eve"})) + "." + parts[2],
		"OtherKey":          foreign,
		"NoKeyID":           b.sign(map[string]any{"alg": "EdDSA"}, b.claims(nil)),
		"KeyIDNotText":      b.sign(map[string]any{"alg": "EdDSA", "kid": 7}, b.claims(nil)),
		"OtherAudience":     b.sign(good, b.claims(map[string]any{"aud": "server-group/1"})),
		"NoAudience":        b.sign(good, b.claims(map[string]any{"aud": nil})),
		"OtherIssuer":       b.sign(good, b.claims(map[string]any{"iss": "elsewhere"})),
		"NoIssuer":          b.sign(good, b.claims(map[string]any{"iss": nil})),
		"Expired":           b.sign(good, b.claims(map[string]any{"exp": b.now.Add(-time.Minute).Unix()})),
		"NoExpiry":          b.sign(good, b.claims(map[string]any{"exp": nil})),
		"ExpiryNotANumber":  b.sign(good, b.claims(map[string]any{"exp": "never"})),
		"IssuedInTheFuture": b.sign(good, b.claims(map[string]any{"iat": b.now.Add(time.Hour).Unix()})),
		"NotYet":            b.sign(good, b.claims(map[string]any{"nbf": b.now.Add(time.Hour).Unix()})),
		"NoSubject":         b.sign(good, b.claims(map[string]any{"sub": nil})),
		"NoTenant":          b.sign(good, b.claims(map[string]any{"tenant": nil})),
		"Padded":            b.issue(t) + "=",
		"AnAPIKey":          authentication.NewAPIKey().Text,
	}
	for name, token := range refused {
		t.Run("Refuses"+name, func(t *testing.T) {
			_, err := b.verifier.Verify(token)
			f, ok := fault.As(err)
			require.True(t, ok)
			require.Equal(t, fault.Unauthenticated, f.Kind)
			require.Equal(t, "the credentials are not valid", f.Message, "every refusal reads the same")
		})
	}
	t.Run("RefusesEverythingWithoutKeys", func(t *testing.T) {
		_, err := authentication.NewVerifier(authentication.ControlPlane, nil).Verify(b.issue(t))
		require.True(t, fault.Is(err, fault.Unauthenticated))
	})
	t.Run("ForgetsARememberedTokenWhenItExpires", func(t *testing.T) {
		b := setup(t)
		token := b.issue(t)
		_, err := b.verifier.Verify(token)
		require.NoError(t, err)
		b.now = b.now.Add(time.Hour + time.Minute)
		_, err = b.verifier.Verify(token)
		require.True(t, fault.Is(err, fault.Unauthenticated))
	})
	t.Run("ForgetsARememberedTokenWhenItsKeyIsGone", func(t *testing.T) {
		b := setup(t)
		token := b.issue(t)
		_, err := b.verifier.Verify(token)
		require.NoError(t, err)
		require.NoError(t, b.verifier.SetKeys([]authentication.VerificationKey{other.Verification()}))
		_, err = b.verifier.Verify(token)
		require.True(t, fault.Is(err, fault.Unauthenticated))
	})
	t.Run("RefusesAKeyOfAnotherLength", func(t *testing.T) {
		require.Error(t, b.verifier.SetKeys([]authentication.VerificationKey{{ID: "x", Public: make([]byte, 31)}}))
		require.Error(t, b.verifier.SetKeys([]authentication.VerificationKey{{Public: make([]byte, 32)}}))
	})
	t.Run("HoldsUnderConcurrencyAndManyTokens", func(t *testing.T) {
		b := setup(t)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for i := range 300 {
					token, _, _ := b.issuer.Issue(authentication.Caller{Account: fmt.Sprint(i), Tenant: "t"}, authentication.ControlPlane, time.Hour)
					caller, err := b.verifier.Verify(token)
					if err != nil || caller.Account != fmt.Sprint(i) {
						t.Error(caller, err)
					}
					_ = b.verifier.SetKeys([]authentication.VerificationKey{b.key.Verification()})
				}
			})
		}
		group.Wait()
	})
}

func TestSigningKey(t *testing.T) {
	key := authentication.NewSigningKey()
	require.Equal(t, key, authentication.SigningKeyFromSeed(key.Private.Seed()))
	require.NotEqual(t, key.ID, authentication.NewSigningKey().ID)
}

func TestAPIKey(t *testing.T) {
	key := authentication.NewAPIKey()
	t.Run("ReadsItsOwnText", func(t *testing.T) {
		require.Regexp(t, `^swk_[0-9a-f]{32}_[0-9a-f]{64}$`, key.Text)
		have, err := authentication.ParseAPIKey(key.Text)
		require.NoError(t, err)
		require.Equal(t, key, have)
		require.True(t, have.Matches(key.Hash))
		require.True(t, authentication.LooksLikeAPIKey(key.Text))
	})
	t.Run("MatchesNoOtherHash", func(t *testing.T) {
		require.False(t, key.Matches(authentication.NewAPIKey().Hash))
		require.False(t, key.Matches(nil))
		require.False(t, authentication.APIKey{}.Matches(nil))
	})
	for name, text := range map[string]string{
		"Empty": "", "Short": key.Text[:100], "Long": key.Text + "0", "OtherPrefix": "swx" + key.Text[3:],
		"UpperCase": strings.ToUpper(key.Text), "UpperHex": key.Text[:99] + "AB", "NoSeparator": strings.Replace(key.Text, "_", "0", 2),
		"NotHex": key.Text[:100] + "g", "Huge": strings.Repeat("swk_", 100_000),
	} {
		t.Run("Refuses"+name, func(t *testing.T) {
			_, err := authentication.ParseAPIKey(text)
			require.True(t, fault.Is(err, fault.Unauthenticated))
		})
	}
}

func TestPassword(t *testing.T) {
	hashed, err := authentication.HashPassword(t.Context(), "correct horse battery")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(hashed, "$argon2id$v=19$m=19456,t=2,p=1$"))
	verify := func(t *testing.T, hashed, password string) bool {
		t.Helper()
		ok, err := authentication.VerifyPassword(t.Context(), hashed, password)
		require.NoError(t, err)
		return ok
	}
	t.Run("VerifiesItselfAlone", func(t *testing.T) {
		require.True(t, verify(t, hashed, "correct horse battery"))
		require.False(t, verify(t, hashed, "correct horse batterz"))
		require.False(t, verify(t, hashed, ""))
		require.False(t, verify(t, hashed, strings.Repeat("x", 1<<20)))
	})
	t.Run("HashesDifferEachTime", func(t *testing.T) {
		again, err := authentication.HashPassword(t.Context(), "correct horse battery")
		require.NoError(t, err)
		require.NotEqual(t, hashed, again)
	})
	t.Run("RefusesOneTooLongToHash", func(t *testing.T) {
		_, err := authentication.HashPassword(t.Context(), strings.Repeat("x", 1025))
		require.True(t, fault.Is(err, fault.Invalid))
	})
	t.Run("VerifiesHashesOfOtherCosts", func(t *testing.T) {
		// The reference implementation's test vector: argon2id, "password", "somesalt".
		require.True(t, verify(t, "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password"))
	})
	for name, broken := range map[string]string{
		"Empty": "", "OtherAlgorithm": strings.Replace(hashed, "argon2id", "argon2i", 1), "OtherVersion": strings.Replace(hashed, "v=19", "v=16", 1),
		"HugeMemory": strings.Replace(hashed, "m=19456", "m=4000000000", 1), "HugeTime": strings.Replace(hashed, "t=2", "t=4000000", 1),
		"NoLanes": strings.Replace(hashed, "p=1", "p=0", 1), "NoSalt": "$argon2id$v=19$m=256,t=2,p=1$$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"NotBase64": hashed[:len(hashed)-1] + "!",
	} {
		t.Run("FailsOnABrokenHash"+name, func(t *testing.T) {
			_, err := authentication.VerifyPassword(t.Context(), broken, "password")
			require.Error(t, err)
		})
	}
	t.Run("AnUnknownUserCostsTheSame", func(t *testing.T) {
		require.NoError(t, authentication.VerifyNothing(t.Context(), "whatever"))
	})
	t.Run("AFloodIsRefusedNotServed", func(t *testing.T) {
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		var group sync.WaitGroup
		faults := make(chan error, 200)
		for range 200 {
			group.Go(func() {
				_, err := authentication.VerifyPassword(canceled, hashed, "x")
				faults <- err
			})
		}
		group.Wait()
		close(faults)
		refused := 0
		for err := range faults {
			if fault.Is(err, fault.Unavailable) {
				refused++
			}
		}
		require.Positive(t, refused)
	})
}

func BenchmarkVerify(b *testing.B) {
	key := authentication.NewSigningKey()
	verifier := authentication.NewVerifier(authentication.ControlPlane, nil)
	_ = verifier.SetKeys([]authentication.VerificationKey{key.Verification()})
	token, _, _ := authentication.NewIssuer(key, nil).Issue(ann, authentication.ControlPlane, time.Hour)
	for b.Loop() {
		if _, err := verifier.Verify(token); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyPassword(b *testing.B) {
	hashed, _ := authentication.HashPassword(b.Context(), "correct horse battery")
	for b.Loop() {
		_, _ = authentication.VerifyPassword(b.Context(), hashed, "x")
	}
}
