using System.Runtime.CompilerServices;

namespace Snakepit.Frames;

/// <summary>What is being written has passed the limit of a message. Thrown by the buffer, so that not much more than the limit is ever
/// held.</summary>
internal sealed class MessageTooLargeException(long limit) : Exception($"A message has more than {limit:N0} bytes.")
{
    private const long LargestExcess = 3; // json's writer asks for three bytes per character before it knows

    /// <summary>Throws when more is written than the limit, or when more room is asked for than anything that fits can need.</summary>
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
