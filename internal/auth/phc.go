package auth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Cost is what computing one argon2id hash takes.
type Cost struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// DefaultCost is the recommendation of OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one thread.
var DefaultCost = Cost{Memory: 19 * 1024, Time: 2, Threads: 1}

// Lengths of what is made, and the most that is accepted when a stored hash is read, so that a doctored row cannot make a
// sign-in eat the machine's memory.
const (
	saltLength = 16
	hashLength = 32

	maxMemory  = 1 << 20 // KiB
	maxTime    = 64
	maxThreads = 16
	maxBytes   = 128
)

// phc is an encoded hash as the PHC string format has it: $argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>, the last two in
// base64 without padding (https://github.com/P-H-C/phc-string-format).
type phc struct {
	cost Cost
	salt []byte
	hash []byte
}

// String returns the encoded form.
func (e phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		e.cost.Memory, e.cost.Time, e.cost.Threads, b64.EncodeToString(e.salt), b64.EncodeToString(e.hash))
}

// parsePHC reads the encoded form; it accepts what String writes and nothing else.
func parsePHC(s string) (phc, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return phc{}, errors.New("not an argon2id hash")
	}
	if parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return phc{}, fmt.Errorf("argon2 version %q is not supported", parts[2])
	}
	var e phc
	var err error
	if e.cost, err = parseCost(parts[3]); err != nil {
		return phc{}, err
	}
	if e.salt, err = parseBytes(parts[4], 8); err != nil {
		return phc{}, fmt.Errorf("salt: %w", err)
	}
	if e.hash, err = parseBytes(parts[5], 16); err != nil {
		return phc{}, fmt.Errorf("hash: %w", err)
	}
	if e.String() != s {
		return phc{}, errors.New("not in canonical form")
	}
	return e, nil
}

func parseCost(s string) (Cost, error) {
	limits := [3]uint64{maxMemory, maxTime, maxThreads}
	var values [3]uint64
	parts := strings.Split(s, ",")
	if len(parts) != 3 {
		return Cost{}, fmt.Errorf("cost %q does not have three parts", s)
	}
	for i, name := range []string{"m=", "t=", "p="} {
		digits, found := strings.CutPrefix(parts[i], name)
		n, err := strconv.ParseUint(digits, 10, 32)
		if !found || err != nil || n == 0 || n > limits[i] {
			return Cost{}, fmt.Errorf("cost %q: part %d is out of bounds", s, i+1)
		}
		values[i] = n
	}
	return Cost{Memory: uint32(values[0]), Time: uint32(values[1]), Threads: uint8(values[2])}, nil
}

func parseBytes(s string, atLeast int) ([]byte, error) {
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil, err
	}
	if len(b) < atLeast || len(b) > maxBytes {
		return nil, fmt.Errorf("%d bytes are out of bounds", len(b))
	}
	return b, nil
}
