package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"strings"
)

// An API token is tokenPrefix, 30 random characters (178 bits) and a checksum of all that, so that a scanner can tell a leaked
// token from noise, and a mistyped one is refused without looking anywhere.
const (
	tokenPrefix   = "wm_"
	tokenRandom   = 30
	tokenChecksum = 6
	tokenLength   = len(tokenPrefix) + tokenRandom + tokenChecksum

	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// secretLength is the length of session secrets and of the set-up token: 43 characters of base 62 are 256 bits.
const secretLength = 43

// newToken returns a fresh API token.
func newToken() string {
	body := tokenPrefix + randomText(tokenRandom)
	return body + checksum(body)
}

// checkToken returns UNAUTHENTICATED unless s has the form of an API token and a right checksum.
func checkToken(s string) error {
	if len(s) != tokenLength || !strings.HasPrefix(s, tokenPrefix) || !isBase62(s[len(tokenPrefix):]) {
		return errTokenUnknown
	}
	body, sum := s[:tokenLength-tokenChecksum], s[tokenLength-tokenChecksum:]
	if checksum(body) != sum {
		return errTokenUnknown
	}
	return nil
}

// checksum is the CRC-32 (IEEE) of s as six digits of base 62, most significant first.
func checksum(s string) string {
	var digits [tokenChecksum]byte
	sum := crc32.ChecksumIEEE([]byte(s))
	for i := tokenChecksum - 1; i >= 0; i-- {
		digits[i] = base62[sum%62]
		sum /= 62
	}
	return string(digits[:])
}

func isBase62(s string) bool {
	for i := range len(s) {
		if strings.IndexByte(base62, s[i]) < 0 {
			return false
		}
	}
	return true
}

// randomText returns n characters of base 62 from the system's source of randomness, each equally likely.
func randomText(n int) string {
	const fair = 256 - 256%62 // bytes from here on would favour the first digits
	out := make([]byte, 0, n)
	var buf [64]byte
	for {
		_, _ = rand.Read(buf[:]) // never fails
		for _, b := range buf {
			if b < fair {
				out = append(out, base62[b%62])
			}
			if len(out) == n {
				return string(out)
			}
		}
	}
}

// hashSecret returns what is stored of a token or a session's secret: its SHA-256 in hex. The secrets have more than 112
// bits, so that a plain hash is enough.
func hashSecret(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
