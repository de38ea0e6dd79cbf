/**
 * The data of files on a client: {@link sprite.client.file.FileCache} is the door. It takes in what servers decide
 * about opens ({@code CachedFile.takeIn}, after {@link sprite.consistency.ClientFile}), serves reads and writes from
 * blocks ({@code Reader}, {@code Writer}, {@code BlockMap}), brings dirty blocks home ({@code WriteBack}, and
 * {@code WriteAhead} before they are asked for), obeys callbacks ({@code Recalls}), orders truncations
 * ({@code Changes}) and opens again after a lost session ({@code Reopening}). It decides nothing about who may cache,
 * and knows no names.
 *
 * <p>Lock order, first to last: the lock of one {@code CachedFile}; whatever an {@link AttributeSink} locks; Caffeine's
 * eviction lock; {@code BlockStore}'s room lock; {@code SlabPool}'s lock. Nobody holds two files' locks. No lock is
 * held across a request or {@code ServerLink.send}: frames are posted in the file's outbox under its lock, which orders
 * them, and sent after it. The policy's victims are queued under the eviction lock and freed by
 * {@code BlockStore.drain}, which is called without any lock.
 *
 * <p>Source: Nelson, Welch, Ousterhout, "Caching in the Sprite Network File System", ACM TOCS 6(1), 1988; trap numbers
 * are those of the design notes.
 */
@NullMarked
package sprite.client.file;

import org.jspecify.annotations.NullMarked;
