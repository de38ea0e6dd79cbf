/**
 * The wire: gRPC, and nothing but. {@link sprite.server.rpc.FileServer} is the whole file server for those who start
 * one; handlers here decode, call and encode, and are the only place where a bug becomes an answer.
 */
@NullMarked
package sprite.server.rpc;

import org.jspecify.annotations.NullMarked;
