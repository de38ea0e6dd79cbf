/**
 * The product as users have it: two servers, two hosts, the real kernel. Whatever one mount does, the other must show.
 *
 * <p>Start with {@link sprite.client.endtoend.Place}: what a test gets, in the same directory on both hosts.
 */
@NullMarked
package sprite.client.endtoend;

import org.jspecify.annotations.NullMarked;
