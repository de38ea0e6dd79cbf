/**
 * Who has which file open, who may cache what of it, and who has to be told before that changes.
 *
 * <p>{@link sprite.server.open.OpenFiles} drives {@link sprite.consistency.FileConsistency} and carries out its
 * effects; {@link sprite.server.open.Grants} keeps the grants of names and attributes. Both keep what they know of a
 * file in its entry in one table, under that entry's own lock, which is never held across a wait: while clients obey,
 * the file is in a state, not under a lock. {@link sprite.server.open.FileSteps} takes the core's steps;
 * {@link sprite.server.open.StoredFiles} is what they change in the domain.
 *
 * <p>Lock order: the domain's names lock ({@link sprite.server.open.Export}), one file's entry, then the leaves: a
 * session's outbox and holdings.
 */
@NullMarked
package sprite.server.open;

import org.jspecify.annotations.NullMarked;
