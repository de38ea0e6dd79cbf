package sprite.server;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;
import sprite.server.prefix.HostPort;

/** Reads HOST:PORT for the command line. Immutable. */
final class HostPortConverter implements ITypeConverter<HostPort> {
    @Override
    public HostPort convert(String text) {
        try {
            return HostPort.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(String.valueOf(e.getMessage()));
        }
    }
}
