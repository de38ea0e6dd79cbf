/**
 * The file server's process: {@link sprite.server.Main} reads the command line and the configuration file into one
 * {@link sprite.server.ServerConfig}, {@link sprite.server.RunningServer} puts the rooms together, serves, and stops.
 * Nothing else reads options, properties or the environment, and nothing else writes to standard output.
 */
@NullMarked
package sprite.server;

import org.jspecify.annotations.NullMarked;
