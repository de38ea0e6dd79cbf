/**
 * How commands speak with the daemon of a mount: a Unix-domain socket per mount, in a directory of the user who
 * mounted. One JSON line asks, one answers, and the connection ends. Start with
 * {@link sprite.client.control.ControlSocket}.
 */
@NullMarked
package sprite.client.control;

import org.jspecify.annotations.NullMarked;
