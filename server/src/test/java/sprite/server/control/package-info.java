/** Tests: dumps of domains that are being served. */
@NullMarked
package sprite.server.control;

import org.jspecify.annotations.NullMarked;
