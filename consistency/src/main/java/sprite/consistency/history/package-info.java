/**
 * What programs did to a file system and what they got to see, as something that can be stored and judged.
 *
 * <p>A {@link sprite.consistency.history.History} is a list of {@link sprite.consistency.history.Operation}s on
 * objects: places in files, names, logs, locks. {@link sprite.consistency.history.HistoryReader} reads what
 * {@link sprite.consistency.history.HistoryLines} wrote, and refuses what is not whole; {@code docs/checking.md} tells
 * the format. Whether a history could have happened on one machine is for {@link sprite.consistency.verdict} to say.
 * Neither package opens a file or reads a clock.
 */
@NullMarked
package sprite.consistency.history;

import org.jspecify.annotations.NullMarked;
