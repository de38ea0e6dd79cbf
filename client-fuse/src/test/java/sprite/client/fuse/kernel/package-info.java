/** Tests of the driver that speaks the kernel's protocol itself. */
@NullMarked
package sprite.client.fuse.kernel;

import org.jspecify.annotations.NullMarked;
