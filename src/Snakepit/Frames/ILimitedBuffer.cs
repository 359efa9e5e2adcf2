using System.Buffers;

namespace Snakepit.Frames;

/// <summary>A buffer that refuses what passes a limit, by a <see cref="MessageTooLargeException"/>.</summary>
internal interface ILimitedBuffer : IBufferWriter<byte>
{
    int Limit { get; }
}
