package sprite.consistency.sim;

import sprite.consistency.OpenSeq;
import sprite.consistency.Version;

/** The server's reply to an open, a stat or a truncation that went well. Immutable. */
record Opened(Version version, OpenSeq seq, boolean cacheable, int size, boolean attributesGranted) {}
