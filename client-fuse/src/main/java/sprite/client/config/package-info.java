/** What a client daemon was told: one immutable record, built by the command line, read by everybody else. */
@NullMarked
package sprite.client.config;

import org.jspecify.annotations.NullMarked;
