package mailbox

// Keep sets how many messages are kept.
func (e *Engine) Keep(n int) { e.keep = n }
