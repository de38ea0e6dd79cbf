/** Commands are tested as users run them: in JVMs of their own. */
@NullMarked
package sprite.client.cli;

import org.jspecify.annotations.NullMarked;
