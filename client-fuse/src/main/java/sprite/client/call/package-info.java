/**
 * The system call that a thread carries out for a program: how long it has waited, for whom, and whether its program is
 * still there. Start with {@link sprite.client.call.Call}. The drivers make calls, the rooms below ask the current one
 * while they wait, and {@code status} lists those that wait. See "Waiting" in the design notes.
 */
@NullMarked
package sprite.client.call;

import org.jspecify.annotations.NullMarked;
