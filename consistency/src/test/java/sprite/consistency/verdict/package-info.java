/** Tests of the judgement: by hand, against a brute-force judge, and with what random programs see. */
@NullMarked
package sprite.consistency.verdict;

import org.jspecify.annotations.NullMarked;
