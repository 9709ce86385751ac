package acceptance

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
)

// alphabet has no letters that look like digits, and no U, which makes words.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var codes = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// newCode returns a code that nobody guesses while its session is open: 40 random bits.
func newCode() string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails
	return codes.EncodeToString(b[:])
}

// likeDigits are the letters that people take digits for.
var likeDigits = strings.NewReplacer("O", "0", "I", "1", "L", "1", "-", "", " ", "")

// ReadCode returns a code as it is stored, however somebody wrote it.
func ReadCode(text string) string { return likeDigits.Replace(strings.ToUpper(text)) }
