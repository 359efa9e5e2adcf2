using System.Buffers.Binary;

namespace Snakepit.Simulation.Fuzz;

/// <summary>Makes almost valid inputs: it cuts, joins, repeats, reorders and changes valid messages.</summary>
internal static class Mutator
{
    private const int MostParts = 4;
    private const int MostChanges = 4;
    private const int LongestRange = 64;
    private const int LongestInput = 64 * 1024;

    private static readonly uint[] s_extremes =
    [
        0, 1, 2, 23, 24, 255, 256, 257, 0x7FFF, 0xFFFF, 0x10000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF,
    ];

    /// <summary>Joins a few valid messages and changes them in a few places, or not at all.</summary>
    public static byte[] Next(IReadOnlyList<byte[]> corpus, ref SimRandom random)
    {
        byte[] input = Pick(corpus, ref random);
        for (int parts = random.Chance(500) ? 1 : random.Below(MostParts) + 1; parts > 1 && input.Length < LongestInput; parts--)
        {
            input = [.. input, .. random.Chance(300) ? input : Pick(corpus, ref random)];
        }
        for (int changes = random.Below(MostChanges + 1); changes > 0; changes--)
        {
            input = Change(input, corpus, ref random);
        }
        return input.Length <= LongestInput ? input : input[..LongestInput];
    }

    private static byte[] Change(byte[] input, IReadOnlyList<byte[]> corpus, ref SimRandom random)
    {
        int at = random.Below(input.Length + 1);
        int end = Math.Min(input.Length, at + 1 + random.Below(LongestRange));
        switch (random.Below(10))
        {
            case 0: // flip a bit
                return With(input, at, random.Below(8), static (bytes, at, bit) => bytes[at] ^= (byte)(1 << bit));
            case 1: // change a byte
                return With(input, at, Content(corpus, ref random), static (bytes, at, content) => bytes[at] = content);
            case 2: // change four bytes that may be a length
                uint extreme = random.Chance(300) ? (uint)input.Length + (uint)random.Below(3) - 1 : random.Pick(s_extremes);
                return With(input, at, extreme, static (bytes, at, extreme) => Write(bytes.AsSpan(at), extreme));
            case 3: // cut the end
                return input[..at];
            case 4: // append bytes
                return [.. input, .. Enumerable.Repeat(Content(corpus, ref random), random.Below(LongestRange))];
            case 5: // remove a range
                return [.. input[..at], .. input[end..]];
            case 6: // insert a byte
                return [.. input[..at], Content(corpus, ref random), .. input[at..]];
            case 7: // repeat a range
                return [.. input[..end], .. input[at..]];
            case 8: // swap beginning and end
                return [.. input[end..], .. input[..end]];
            default: // splice the beginning of one and the end of another
                byte[] other = Pick(corpus, ref random);
                return [.. input[..at], .. other[random.Below(other.Length + 1)..]];
        }
    }

    private static byte[] With<T>(byte[] input, int at, T value, Action<byte[], int, T> change)
    {
        if (input.Length == 0)
        {
            return input;
        }
        byte[] changed = [.. input];
        change(changed, Math.Min(at, input.Length - 1), value);
        return changed;
    }

    private static void Write(Span<byte> bytes, uint value)
    {
        Span<byte> all = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(all, value);
        all[..Math.Min(all.Length, bytes.Length)].CopyTo(bytes);
    }

    /// <summary>Returns a random byte, or one from a valid message.</summary>
    private static byte Content(IReadOnlyList<byte[]> corpus, ref SimRandom random) =>
        random.Chance(500) && Pick(corpus, ref random) is { Length: > 0 } other ? other[random.Below(other.Length)] : (byte)random.Next();

    private static byte[] Pick(IReadOnlyList<byte[]> corpus, ref SimRandom random) => corpus[random.Below(corpus.Count)];
}
