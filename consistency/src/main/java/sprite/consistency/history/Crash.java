package sprite.consistency.history;

/** The daemon of a mount was killed at some moment of the span. Immutable. */
public record Crash(String mount, Span span) {}
