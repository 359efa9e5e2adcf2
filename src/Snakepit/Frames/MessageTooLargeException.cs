using System.Runtime.CompilerServices;

namespace Snakepit.Frames;

/// <summary>
/// A message has exceeded its limit while it was written. The buffer throws it, so that little more than the limit is ever held.
/// </summary>
internal sealed class MessageTooLargeException(long limit) : Exception($"A message has more than {limit:N0} bytes.")
{
    private const long LargestExcess = 3; // the JSON writer asks for three bytes per character in advance

    /// <summary>
    /// Throws when the content exceeds the limit, or when more room is requested than any message within the limit can need.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ThrowIfBeyond(int limit, int written, int asked)
    {
        if (written > limit || asked > (LargestExcess * limit) + ushort.MaxValue)
        {
            Throw(limit);
        }
    }

    private static void Throw(int limit) => throw new MessageTooLargeException(limit);
}
