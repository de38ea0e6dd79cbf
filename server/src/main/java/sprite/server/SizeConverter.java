package sprite.server;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a number of bytes such as 512K, 256M, 2G or 1048576. Immutable. */
final class SizeConverter implements ITypeConverter<Long> {
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,18})([KMG]?)");

    @Override
    public Long convert(String text) {
        Matcher size = SIZE.matcher(text);
        int shift = size.matches() && !size.group(2).isEmpty() ? 10 * ("KMG".indexOf(size.group(2)) + 1) : 0;
        if (!size.matches() || Long.parseLong(size.group(1)) > Long.MAX_VALUE >> shift) {
            throw new TypeConversionException("'" + text + "' is no size; write bytes, or a number with K, M or G");
        }
        return Long.parseLong(size.group(1)) << shift;
    }
}
