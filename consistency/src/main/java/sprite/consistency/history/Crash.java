package sprite.consistency.history;

/**
 * What a mount alone knew may have been lost at some moment of the span: its daemon was killed, or it was out of reach
 * for so long that the servers gave it up. Immutable.
 */
public record Crash(String mount, Span span) {}
