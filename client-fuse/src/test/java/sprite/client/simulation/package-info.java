/**
 * Whole servers and whole clients, the classes that the daemons run, in a simulated world: one carrier thread, one
 * source of chance, virtual time, a network that delays and breaks. A seed determines everything.
 *
 * <p>{@code WorldTest} runs seeds. {@code Rewriting} loads the product's classes so that their locks, clocks and timers
 * are the world's; {@code Scheduler} decides who runs; {@code Network} carries the messages; {@code Fleet} puts servers
 * and clients together; {@code Program} is what is done at a client, and {@code Register} and its like judge what was
 * seen.
 */
@NullMarked
package sprite.client.simulation;

import org.jspecify.annotations.NullMarked;
