/** The client's files. */
@NullMarked
package sprite.client.file;

import org.jspecify.annotations.NullMarked;
