using System.Buffers;

namespace Snakepit.Transport;

/// <summary>A buffer that refuses what passes a limit, by a <see cref="MessageTooLargeException"/>.</summary>
internal interface ILimitedBuffer : IBufferWriter<byte>
{
    int Limit { get; }
}
