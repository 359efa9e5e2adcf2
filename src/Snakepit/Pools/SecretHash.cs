using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Snakepit.Pools;

/// <summary>Hashes data of callers with a random seed of the process, so that no caller can choose inputs or keys that collide.</summary>
internal static class SecretHash
{
    private static readonly long s_seed = DrawSeed();

    /// <returns>Never 0.</returns>
    public static ulong Of(ReadOnlySpan<byte> bytes) => Math.Max(1, XxHash3.HashToUInt64(bytes, s_seed));

    /// <inheritdoc cref="Of(ReadOnlySpan{byte})"/>
    public static ulong Of(string text) => Of(MemoryMarshal.AsBytes(text.AsSpan()));

    private static long DrawSeed()
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        RandomNumberGenerator.Fill(bytes);
        return MemoryMarshal.Read<long>(bytes);
    }
}
