package outward

import "net/netip"

// reserved are the networks that are no place on the public internet, or lead to another address that they contain:
// IANA's special-purpose registries, without what is globally reachable.
var reserved = prefixes(
	"0.0.0.0/8",       // this network
	"10.0.0.0/8",      // private
	"100.64.0.0/10",   // behind a carrier's translation
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local; the metadata of clouds
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.88.99.0/24",  // relays of 6to4
	"192.168.0.0/16",  // private
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/4",     // multicast
	"240.0.0.0/4",     // reserved, broadcast

	"2001::/23",     // protocol assignments: Teredo, benchmarks, ORCHID
	"2001:db8::/32", // documentation
	"2002::/16",     // 6to4: an IPv4 address inside
	"3fff::/20",     // documentation
)

// clouds are public by their numbers, and yet answered by the machine's own cloud.
var clouds = prefixes(
	"168.63.129.16/32", // Azure's platform
)

// global is where IPv6's public addresses are: loopback, unspecified, mapped, compatible, translated (64:ff9b::/96),
// unique-local, link-local, site-local and multicast ones are all outside.
var global = netip.MustParsePrefix("2000::/3")

// isPublic reports whether an address is a place on the public internet.
func isPublic(ip netip.Addr) bool {
	if !ip.IsValid() || ip.Is6() && !global.Contains(ip) {
		return false
	}
	for _, list := range [][]netip.Prefix{reserved, clouds} {
		for _, p := range list {
			if p.Contains(ip) {
				return false
			}
		}
	}
	return true
}

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}
