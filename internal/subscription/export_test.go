package subscription

// Accepting reports whether Run has begun and not been told to end.
func (s *Server) Accepting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepting
}
