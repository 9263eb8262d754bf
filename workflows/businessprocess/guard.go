package businessprocess

import (
	"fmt"
	"net/netip"
	"syscall"
)

// Guard decides which addresses the calls of processes may reach. It is asked
// when a connection is dialed, after names were resolved, so a name that
// resolves to a private address gets no further than the address itself.
//
// Its zero value lets public addresses through and nothing else.
type Guard struct {
	// Allow lists networks that are let through though they are not public.
	Allow []netip.Prefix
}

// notPublic are the special-purpose networks of the IANA registries (RFC 6890
// and its updates) that netip's own predicates do not cover.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carrier-grade NAT
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), // benchmarking
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),          // IPv4-compatible: would lead to any IPv4 address
	netip.MustParsePrefix("64:ff9b::/96"),   // NAT64: would lead to any IPv4 address
	netip.MustParsePrefix("64:ff9b:1::/48"), // local NAT64
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), // Teredo and other protocol assignments
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4: would lead to any IPv4 address
	netip.MustParsePrefix("fec0::/10"),
}

// refusedAddressError says which address was refused. It is for the log alone.
type refusedAddressError struct{ address string }

func (e *refusedAddressError) Error() string {
	return fmt.Sprintf("address %s is not public and not allowed", e.address)
}

// Permits reports whether calls may be made to the address.
func (g Guard) Permits(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	for _, network := range g.Allow {
		if network.Contains(address) {
			return true
		}
	}
	if !address.IsGlobalUnicast() || address.IsPrivate() {
		return false
	}
	for _, network := range notPublic {
		if network.Contains(address) {
			return false
		}
	}
	return true
}

// control refuses a connection before its first packet.
func (g Guard) control(_, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil || !g.Permits(target.Addr()) {
		return &refusedAddressError{address: address}
	}
	return nil
}
