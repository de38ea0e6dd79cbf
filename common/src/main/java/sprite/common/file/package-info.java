/**
 * What a file is apart from its data: type, attributes, times, and who may do what with it. All values and pure
 * functions; {@link sprite.common.file.Access} is the one place where mode bits decide.
 */
@NullMarked
package sprite.common.file;

import org.jspecify.annotations.NullMarked;
