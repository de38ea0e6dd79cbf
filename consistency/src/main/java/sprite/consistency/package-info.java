/**
 * Who may cache what, decided without doing anything about it.
 *
 * <p>Everything here is a value or a pure function of values. {@link sprite.consistency.FileConsistency#step} takes
 * what the server knows of one file and an event, and returns the next state and the effects to carry out; the server
 * and the simulator carry them out, the one with gRPC, the other with a seeded random number generator.
 * {@link sprite.consistency.Grant} does the same for permission to cache names and attributes, and
 * {@link sprite.consistency.ClientFile} is the client's side. The package reads no clock, starts no thread, opens no
 * socket, logs nothing, and never iterates an unordered collection.
 *
 * <p>Read {@code FileConsistency}, then {@code Event} and {@code Effect}; the rest is detail.
 *
 * <p>Source: Nelson, Welch, Ousterhout, "Caching in the Sprite Network File System", ACM TOCS 6(1), 1988. The case
 * numbers in comments are those of {@code StartConsistency} in Sprite's {@code fsconsistCache.c}.
 */
@NullMarked
package sprite.consistency;

import org.jspecify.annotations.NullMarked;
