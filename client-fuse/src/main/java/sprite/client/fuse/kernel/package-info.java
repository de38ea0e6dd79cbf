/**
 * The driver that speaks the kernel's FUSE protocol itself, through {@code /dev/fuse} and the foreign-function API: no
 * library and no C code lies between. Files go by their node ids, so that nothing has to be found by its path, and
 * everything the protocol has can be used: requests of 1 MiB, the flags of rename, interrupts, invalidation.
 *
 * <p>Start with {@link sprite.client.fuse.kernel.KernelDriver}. {@link sprite.client.fuse.kernel.Worker} threads read
 * requests, {@link sprite.client.fuse.kernel.Operations} finds the method of one of the {@code *Operations} classes
 * that carries one out, and what it puts into the worker's {@link sprite.client.fuse.kernel.Reply} is the answer.
 * {@link sprite.client.fuse.kernel.In} and {@link sprite.client.fuse.kernel.Out} say where the fields of the protocol's
 * structures lie; {@link sprite.client.fuse.kernel.Libc} calls C.
 *
 * <p>A node id is a file's {@code st_ino} ({@link sprite.common.name.FileId#statInode}), which no other file ever has.
 * Therefore there is no table of nodes, nothing to count, and nothing to do when the kernel forgets one.
 *
 * <p>Source: Linux, {@code include/uapi/linux/fuse.h}, protocol 7.31 (Linux 5.4) to 7.45;
 * {@code Documentation/filesystems/fuse.rst}.
 */
@NullMarked
package sprite.client.fuse.kernel;

import org.jspecify.annotations.NullMarked;
