/**
 * What programs do with shared files, each chosen so that the history of it can be judged: every value is written once,
 * or everything that is written to an object is written by one worker. {@link sprite.client.stress.workload.Catalog}
 * lists them.
 */
@NullMarked
package sprite.client.stress.workload;

import org.jspecify.annotations.NullMarked;
