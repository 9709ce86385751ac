package auth

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/waymarkhq/waymark/internal/fault"
)

// How fast passwords may be guessed. An account gets 10 wrong guesses at once and then 2 a minute, whoever guesses; an
// address gets 30 at once and then 30 a minute, whomever it guesses at. A right password costs nothing.
const (
	accountBurst = 10
	accountEvery = 30 * time.Second
	addressBurst = 30
	addressEvery = 2 * time.Second

	// maxBuckets bounds the memory of each of the two tables, to about 2 MB; the least recently used go first.
	maxBuckets = 10_000
)

// throttle slows the guessing of passwords. Safe for concurrent use.
type throttle struct {
	now func() time.Time

	mu                  sync.Mutex // guards both tables and the buckets in them
	accounts, addresses *simplelru.LRU[string, *bucket]
}

// bucket holds what is left of the guesses at one moment. (x/time/rate cannot take from two buckets or from none.)
type bucket struct {
	left float64
	at   time.Time
}

func newThrottle(now func() time.Time) *throttle {
	// The only error is a size that is not positive.
	accounts, _ := simplelru.NewLRU[string, *bucket](maxBuckets, nil)
	addresses, _ := simplelru.NewLRU[string, *bucket](maxBuckets, nil)
	return &throttle{now: now, accounts: accounts, addresses: addresses}
}

// guess takes one guess for the account from the address. It is called before the password is looked at, so that guesses
// made at the same time cannot exceed what is allowed. The returned function gives it back after a right one.
// RATE_LIMITED with retryAfter in seconds when there is none left.
func (t *throttle) guess(account, address string) (giveBack func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	byAccount := fill(t.accounts, account, now, accountEvery, accountBurst)
	byAddress := fill(t.addresses, network(address), now, addressEvery, addressBurst)
	if byAccount.left < 1 || byAddress.left < 1 {
		wait := max((1-byAccount.left)*accountEvery.Seconds(), (1-byAddress.left)*addressEvery.Seconds())
		return nil, fault.New(fault.RateLimited, "too_many_attempts", "too many attempts to sign in; wait a moment").
			With("retryAfter", int(math.Ceil(wait)))
	}
	byAccount.left--
	byAddress.left--
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		byAccount.left++
		byAddress.left++
	}, nil
}

// fill returns the bucket of key with what it has gained since it was last looked at.
func fill(table *simplelru.LRU[string, *bucket], key string, now time.Time, every time.Duration, burst float64) *bucket {
	b, found := table.Get(key)
	if !found {
		b = &bucket{left: burst, at: now}
		table.Add(key, b)
	}
	if gained := now.Sub(b.at); gained > 0 {
		b.left = min(burst, b.left+gained.Seconds()/every.Seconds())
		b.at = now
	}
	return b
}

// network is the part of an address that one attacker easily moves within: all of an IPv4 address, the first 64 bits of
// an IPv6 address.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
