/**
 * The command line: {@code spritefs mount}, {@code umount}, {@code status}, {@code prefix}, {@code check}. Errors are
 * one line on stderr that names the thing, the cause and the way out; the exit status is 0 only if the command did what
 * it says, 2 if it was not understood, 1 otherwise. Nobody else reads options, properties or the environment.
 */
@NullMarked
package sprite.client.cli;

import org.jspecify.annotations.NullMarked;
