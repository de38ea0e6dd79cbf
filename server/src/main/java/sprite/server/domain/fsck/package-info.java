/**
 * Checks a domain at rest, and repairs it when told to. {@link sprite.server.domain.fsck.Fsck} is the door; a kind of
 * damage is a {@code Check}, which finds it, explains it and knows its repair.
 *
 * <p>No repair throws data away: what belongs nowhere gets a name in {@code lost+found} of the domain.
 */
@NullMarked
package sprite.server.domain.fsck;

import org.jspecify.annotations.NullMarked;
