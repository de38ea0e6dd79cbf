/**
 * What can go wrong, as one closed list. {@link sprite.common.error.FsError} is translated in two places only: to a
 * gRPC status in {@code sprite.common.wire.RpcErrors}, to an errno in the FUSE drivers' {@code Errno}.
 */
@NullMarked
package sprite.common.error;

import org.jspecify.annotations.NullMarked;
