/**
 * Whether a history could have happened on one machine: whether every operation can be given a moment within its span
 * so that each read finds what was written last. That is linearizability, and it is what spritefs promises.
 *
 * <p>{@link sprite.consistency.verdict.HistoryCheck} is the door. Linearizability is local: a history is linearizable
 * iff that of every object is (Herlihy and Wing, "Linearizability: A Correctness Condition for Concurrent Objects", ACM
 * TOPLAS 12(3), 1990), so objects are judged one by one, each kind by its own rules:
 * {@link sprite.consistency.verdict.UniqueValues} and {@link sprite.consistency.verdict.KnownOrder} for registers,
 * {@link sprite.consistency.verdict.LogOrder} and {@link sprite.consistency.verdict.LogLength} for logs, and
 * {@link sprite.consistency.verdict.LockHolds} for locks. All of them sort and then sweep once. Pure functions.
 */
@NullMarked
package sprite.consistency.verdict;

import org.jspecify.annotations.NullMarked;
