/**
 * The driver on jnr-fuse and libfuse 2.9: a path goes with every request, the kernel caches nothing (direct I/O, zero
 * time-outs), and the daemon's cache is the only one.
 *
 * <p>jnr-fuse lends the shapes of libfuse's structures and, through jnr-ffi, the calls that set a mount up. What runs
 * for every request is different from jnr-fuse's own way, for speed: {@link sprite.client.fuse.jnr.Worker} threads of
 * ours read the requests instead of libfuse's loop, and libfuse's callbacks are upcalls of the foreign-function API. A
 * worker is a Java thread, so no callback attaches one, and as it sees the raw request it knows what the kernel really
 * asked for, which the path interface does not tell.
 *
 * <p>Start with {@link sprite.client.fuse.jnr.JnrDriver}. An operation is a method of one of the {@code *Operations}
 * classes; {@link sprite.client.fuse.jnr.Callbacks} tells libfuse about them.
 *
 * <p>Limits of the path interface: no shared writable mappings (MAP_SHARED), no RENAME_EXCHANGE, and {@code fstat} of
 * an open file whose name <em>and directory</em> are gone fails. The names {@code .fuse_hidden...} that libfuse makes
 * up for open files that are removed never reach the file system; see {@link sprite.client.fuse.jnr.HiddenFiles}.
 *
 * <p>Source: libfuse 2.9.9, {@code lib/fuse.c}.
 */
@NullMarked
package sprite.client.fuse.jnr;

import org.jspecify.annotations.NullMarked;
