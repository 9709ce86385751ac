package config

// ParseFile reads the text of a configuration file.
func ParseFile(s *Sources, text []byte) (map[string]string, error) { return s.parse(text) }
